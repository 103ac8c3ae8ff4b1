//! Checks of `hotdesk doctor` on the dialers: connection settings, conferences, configuration files, and agents on missing
//! dialers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::dialer_files::{FileName, Standing, write};
use crate::fleet_file::Fleet;
use crate::schema::Table;
use crate::sessions::{Engine, ManagerRow};
use crate::{FleetTx, TxError, name};

/// With fewer free conferences than this, a dialer will soon be unable to take agents.
const FEW_CONFERENCES: u32 = 5;

/// Maximum length of a host name, in bytes.
const HOST_NAME: usize = 253;

/// Maximum length of one label of a host name, in bytes.
const HOST_LABEL: usize = 63;

/// A dialer and its conferences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialer {
    /// Its connection settings.
    pub manager: ManagerRow,
    /// Its conference engine.
    pub engine: Engine,
    /// Its conferences of that engine.
    pub conferences: ConferenceCount,
    /// Whether it has conferences of the other engine.
    pub has_other_conferences: bool,
}

/// Number of conferences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConferenceCount {
    /// In total.
    pub all: u32,
    /// Not used by an agent.
    pub free: u32,
}

/// The state of the dialers, as the checks need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Every dialer.
    pub dialers: Vec<Dialer>,
    /// The state of the configuration files, for dialers that load them.
    pub files: Vec<(String, Standing)>,
    /// Agents with open sessions, and their dialers.
    pub agents: Vec<(String, String)>,
}

impl Seen {
    /// Reads the state from the database.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let (mut dialers, mut files) = (Vec::new(), Vec::new());
        for manager in tx.managers()? {
            let engine = tx.dialer(&manager.server_ip)?.map_or(Engine::Meetme, |dialer| dialer.engine);
            let other = if engine == Engine::Meetme { Engine::Confbridge } else { Engine::Meetme };
            let conferences = tx.count_conferences(&manager.server_ip, engine)?;
            let has_other_conferences = tx.count_conferences(&manager.server_ip, other)?.all > 0;
            let reports = tx.loaded_files(&manager.server_ip)?;
            let rows = if reports.is_empty() { None } else { tx.dialer_rows(&manager.server_ip)? };
            let standing = rows.and_then(|rows| Standing::of(&reports, &write(&rows)));
            files.extend(standing.map(|standing| (manager.server_ip.clone(), standing)));
            dialers.push(Dialer { manager, engine, conferences, has_other_conferences });
        }
        let sessions = tx.open_sessions()?.into_iter();
        Ok(Self { dialers, files, agents: sessions.map(|session| (session.user, session.place.server_ip)).collect() })
    }
}

/// A problem or a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after their content")]
pub enum Finding {
    /// Hotdesk has no account on a dialer on which aliases have phones.
    NoAccount { server_ip: String, aliases: Vec<String> },
    /// The host of a dialer's manager interface is not valid.
    NoAddress { server_ip: String, host: String },
    /// The port of a dialer's manager interface is not set.
    NoPort { server_ip: String },
    /// Several active dialers have the same address and port.
    SharedAddress { host: String, port: u16, dialers: Vec<String> },
    /// A dialer has no conferences, and Hotdesk does not create them.
    NoConferences { server_ip: String, engine: Engine },
    /// A dialer has no conferences yet; the running server will create them.
    ConferencesPending { server_ip: String },
    /// A dialer has few free conferences.
    FewConferences { server_ip: String, conferences: ConferenceCount },
    /// A dialer could not store or load one of its files.
    FileFailed { server_ip: String, file: FileName, words: String },
    /// A dialer has not loaded the latest version of its files.
    FilesOutdated { server_ip: String, reported: String },
    /// Agents have sessions on a dialer that does not exist.
    AgentsWithoutDialer { server_ip: String, agents: Vec<String> },
}

impl Finding {
    /// Whether this is a problem; otherwise it is a hint.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        match self {
            Self::ConferencesPending { .. } => false,
            Self::FewConferences { conferences, .. } => conferences.free == 0,
            _ => true,
        }
    }
}

/// All problems and hints about the dialers. With `is_queued`, a VICIdial cluster's own daemons place the calls, and Hotdesk does
/// not watch the dialers.
#[must_use]
pub fn examine(fleet: &Fleet, seen: &Seen, is_queued: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let active = || seen.dialers.iter().filter(|dialer| dialer.manager.active);
    if !is_queued {
        accounts(fleet, active(), &mut findings);
        places(active().filter(|dialer| dialer.has_account()), &mut findings);
    }
    findings.extend(
        active().filter(|dialer| is_queued || dialer.has_account()).filter_map(|dialer| conferences(dialer, is_queued)),
    );
    findings.extend(seen.files.iter().filter_map(|(server_ip, standing)| files(server_ip, standing)));
    let known: BTreeSet<String> = seen.dialers.iter().map(|dialer| name::key(&dialer.manager.server_ip)).collect();
    let mut orphaned: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (agent, server_ip) in seen.agents.iter().filter(|(_, server_ip)| !known.contains(&name::key(server_ip))) {
        orphaned.entry(server_ip).or_default().push(agent.clone());
    }
    findings.extend(
        orphaned
            .into_iter()
            .map(|(server_ip, agents)| Finding::AgentsWithoutDialer { server_ip: server_ip.to_owned(), agents }),
    );
    findings
}

/// The problem with a dialer's files, if any.
fn files(server_ip: &str, standing: &Standing) -> Option<Finding> {
    let server_ip = server_ip.to_owned();
    match &standing.error {
        Some((file, words)) => Some(Finding::FileFailed { server_ip, file: *file, words: words.clone() }),
        None if !standing.is_up_to_date => {
            Some(Finding::FilesOutdated { server_ip, reported: standing.reported.clone() })
        }
        None => None,
    }
}

impl Dialer {
    fn has_account(&self) -> bool {
        !self.manager.user.is_empty()
    }
}

/// Finds dialers without an account on which aliases have phones.
fn accounts<'a>(fleet: &Fleet, active: impl Iterator<Item = &'a Dialer>, findings: &mut Vec<Finding>) {
    let phones = fleet.of(Table::Phone).iter();
    let dialer_of: BTreeMap<String, String> =
        phones.map(|phone| (name::key(phone.text("phone_login")), name::key(phone.text("server_ip")))).collect();
    let mut aliases: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for alias in fleet.of(Table::Alias) {
        for login in alias.text("phone_logins").split(',') {
            if let Some(server_ip) = dialer_of.get(&name::key(login)) {
                aliases.entry(server_ip).or_default().insert(alias.name());
            }
        }
    }
    for dialer in active.filter(|dialer| !dialer.has_account()) {
        let server_ip = &dialer.manager.server_ip;
        if let Some(aliases) = aliases.get(name::key(server_ip).as_str()) {
            findings
                .push(Finding::NoAccount { server_ip: server_ip.clone(), aliases: aliases.iter().cloned().collect() });
        }
    }
}

/// Checks the addresses of the manager interfaces.
fn places<'a>(watched: impl Iterator<Item = &'a Dialer>, findings: &mut Vec<Finding>) {
    let mut places: BTreeMap<(String, u16), Vec<String>> = BTreeMap::new();
    for ManagerRow { server_ip, host, port, .. } in watched.map(|dialer| &dialer.manager) {
        if !can_be_host(host) {
            findings.push(Finding::NoAddress { server_ip: server_ip.clone(), host: host.clone() });
        } else if *port == 0 {
            findings.push(Finding::NoPort { server_ip: server_ip.clone() });
        } else {
            places.entry((host.to_ascii_lowercase(), *port)).or_default().push(server_ip.clone());
        }
    }
    let shared = places.into_iter().filter(|(_, dialers)| dialers.len() > 1);
    findings.extend(shared.map(|((host, port), dialers)| Finding::SharedAddress { host, port, dialers }));
}

fn conferences(dialer: &Dialer, is_queued: bool) -> Option<Finding> {
    let Dialer { manager: ManagerRow { server_ip, .. }, engine, conferences, has_other_conferences } = dialer;
    let server_ip = server_ip.clone();
    match conferences.all {
        0 if is_queued || *has_other_conferences => Some(Finding::NoConferences { server_ip, engine: *engine }),
        0 => Some(Finding::ConferencesPending { server_ip }),
        _ if conferences.free < FEW_CONFERENCES => {
            Some(Finding::FewConferences { server_ip, conferences: *conferences })
        }
        _ => None,
    }
}

/// Whether this is a valid address or host name. The name is not resolved.
#[must_use]
pub fn can_be_host(host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok() {
        return true;
    }
    let is_label = |label: &str| {
        (1..=HOST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // A host that ends in a number is a mistyped address.
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= HOST_NAME && host.split('.').all(is_label) && !host.rsplit('.').next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Row;

    fn dialer(server_ip: &str, user: &str) -> Dialer {
        Dialer {
            manager: ManagerRow {
                server_ip: server_ip.to_owned(),
                active: true,
                accepts_agents: true,
                draining: false,
                server_id: String::new(),
                host: server_ip.to_owned(),
                port: 5038,
                user: user.to_owned(),
                secret: String::new(),
                tls: false,
            },
            engine: Engine::Meetme,
            conferences: ConferenceCount { all: 300, free: 300 },
            has_other_conferences: true,
        }
    }

    fn found(dialers: Vec<Dialer>) -> Vec<Finding> {
        examine(&Fleet::default(), &Seen { dialers, ..Seen::default() }, false)
    }

    fn rooms_found(all: u32, free: u32, has_other_conferences: bool, is_queued: bool) -> Vec<Finding> {
        let dialer = Dialer {
            conferences: ConferenceCount { all, free },
            has_other_conferences,
            ..dialer("10.0.9.8", "hotdesk")
        };
        examine(&Fleet::default(), &Seen { dialers: vec![dialer], ..Seen::default() }, is_queued)
    }

    #[test]
    fn addresses_and_names_are_valid_hosts_but_mistyped_addresses_are_not() {
        for host in ["10.0.9.8", "::1", "dialer-a", "dialer_a.example.org", "3com.example"] {
            assert!(can_be_host(host), "{host}");
        }
        for host in ["10.0.9.300", "10.0.9", "10.0.9.8:5038", "", "a..b", "dialer a", "5038", &"a".repeat(64)] {
            assert!(!can_be_host(host), "{host}");
        }
    }

    #[test]
    fn active_dialers_with_the_same_address_are_found() {
        let at_one = |server_ip: &str| {
            let dialer = dialer(server_ip, "hotdesk");
            Dialer { manager: ManagerRow { host: "10.0.9.8".into(), ..dialer.manager }, ..dialer }
        };
        let dialers = vec!["10.0.9.8".into(), "10.0.9.9".into()];
        let expected = Finding::SharedAddress { host: "10.0.9.8".into(), port: 5038, dialers };
        assert_eq!(found(vec![at_one("10.0.9.8"), at_one("10.0.9.9")]), [expected]);
        let mut inactive = at_one("10.0.9.9");
        inactive.manager.active = false;
        assert_eq!(found(vec![at_one("10.0.9.8"), inactive]), []);
    }

    #[test]
    fn missing_conferences_are_a_problem_unless_the_server_will_create_them() {
        let server_ip = || "10.0.9.8".to_owned();
        let none = Finding::NoConferences { server_ip: server_ip(), engine: Engine::Meetme };
        let none = [none];
        assert_eq!(
            rooms_found(0, 0, true, false),
            none,
            "the server creates conferences only on a dialer that has none of either engine"
        );
        assert_eq!(rooms_found(0, 0, false, true), none, "the server creates none in a VICIdial cluster");
        assert_eq!(rooms_found(0, 0, false, false), [Finding::ConferencesPending { server_ip: server_ip() }]);
        for (free, is_wrong) in [(0, true), (4, false)] {
            let few = rooms_found(300, free, true, false);
            let conferences = ConferenceCount { all: 300, free };
            assert_eq!(few, [Finding::FewConferences { server_ip: server_ip(), conferences }]);
            assert_eq!(few[0].is_wrong(), is_wrong);
        }
        assert_eq!(rooms_found(300, 5, true, false), []);
    }

    #[test]
    fn a_dialer_of_an_alias_needs_an_account_if_hotdesk_places_the_calls() {
        let row = |section, values: &[(&str, &str)]| {
            let mut entry = Row::new(section);
            for (key, value) in values {
                entry.set(key, (*value).to_owned());
            }
            entry
        };
        let mut fleet = Fleet::default();
        fleet.set(Table::Phone, vec![row(Table::Phone, &[("phone_login", "100a"), ("server_ip", "10.0.9.8")])]);
        fleet.set(Table::Alias, vec![row(Table::Alias, &[("alias_id", "xyz100"), ("phone_logins", "100A,gone")])]);
        let seen = Seen { dialers: vec![dialer("10.0.9.8", ""), dialer("10.0.9.9", "")], ..Seen::default() };
        let expected = Finding::NoAccount { server_ip: "10.0.9.8".into(), aliases: vec!["xyz100".into()] };
        assert_eq!(examine(&fleet, &seen, false), [expected]);
        assert_eq!(examine(&fleet, &seen, true), []);
    }

    #[test]
    fn agents_on_a_dialer_that_is_gone_are_found() {
        let on = |agent: &str, server_ip: &str| (agent.to_owned(), server_ip.to_owned());
        let agents = vec![on("7001", "10.0.9.8"), on("7002", "10.0.9.9"), on("7003", "10.0.9.9")];
        let seen = Seen { dialers: vec![dialer("10.0.9.8", "hotdesk")], agents, ..Seen::default() };
        let agents = vec!["7002".into(), "7003".into()];
        let expected = Finding::AgentsWithoutDialer { server_ip: "10.0.9.9".into(), agents };
        assert_eq!(examine(&Fleet::default(), &seen, false), [expected]);
    }

    #[test]
    fn outdated_and_unreadable_files_of_a_dialer_are_found() {
        let standing = |is_up_to_date, error| Standing {
            is_up_to_date,
            loaded: "2026-11-21 12:03:00".to_owned(),
            reported: "2026-11-21 12:04:00".to_owned(),
            error,
        };
        let failed = Some((FileName::Iax, "chan_iax2.so is not loaded".to_owned()));
        let files = [("a", standing(true, None)), ("b", standing(false, None)), ("c", standing(false, failed))];
        let files = files.map(|(ip, standing)| (ip.to_owned(), standing)).into();
        let (reported, words) = ("2026-11-21 12:04:00".to_owned(), "chan_iax2.so is not loaded".to_owned());
        assert_eq!(
            examine(&Fleet::default(), &Seen { files, ..Seen::default() }, false),
            [
                Finding::FilesOutdated { server_ip: "b".to_owned(), reported },
                Finding::FileFailed { server_ip: "c".to_owned(), file: FileName::Iax, words },
            ]
        );
    }
}
