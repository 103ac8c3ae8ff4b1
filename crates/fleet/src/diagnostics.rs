//! Checks of `hotdesk doctor` on the rows of a fleet: broken references, duplicate logins, plain passwords.

pub mod dialers;

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet_file::Fleet;
use crate::fleet_file::fleet::Index;
use crate::name;
use crate::schema::{Row, Table};

/// A problem or a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// No account can change phones through the API.
    NoAdministrator,
    /// An alias contains a login that no phone has.
    MemberMissing {
        /// The alias.
        alias: String,
        /// The login.
        login: String,
    },
    /// Two members of an alias are on one dialer.
    MembersOnOneDialer {
        /// The alias.
        alias: String,
        /// The dialer.
        server_ip: String,
        /// The logins of these members.
        logins: Vec<String>,
    },
    /// A phone is on a dialer that does not exist.
    DialerMissing {
        /// The phone, as `server_ip/extension`.
        phone: String,
        /// The dialer.
        server_ip: String,
    },
    /// Several phones have one login.
    LoginShared {
        /// The login.
        login: String,
        /// The phones, as `server_ip/extension`.
        phones: Vec<String>,
    },
    /// A user's list of functions contains a name without blanks around it, which never matches.
    FunctionNeverMatches {
        /// The user.
        user: String,
        /// The function.
        function: String,
    },
    /// Users' passwords are stored as plain text.
    PlainPasswords {
        /// The users.
        users: Vec<String>,
    },
    /// Rows refer to a user group that does not exist.
    GroupMissing {
        /// The group.
        user_group: String,
        /// The rows that refer to it, such as `user 6666`.
        named_by: Vec<String>,
    },
}

impl Finding {
    /// Whether this is a problem; otherwise it is a hint.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::PlainPasswords { .. } | Self::GroupMissing { .. })
    }
}

/// All problems, followed by all hints.
#[must_use]
pub fn examine(fleet: &Fleet) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !fleet.of(Table::User).iter().any(Row::can_administrate) {
        findings.push(Finding::NoAdministrator);
    }
    phones(fleet, &mut findings);
    aliases(fleet, &mut findings);
    users(fleet, &mut findings);
    groups(fleet, &mut findings);
    findings.sort_by_key(|finding| !finding.is_wrong());
    findings
}

fn phones(fleet: &Fleet, findings: &mut Vec<Finding>) {
    let index = Index::of(fleet.all());
    let mut by_login: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for phone in fleet.of(Table::Phone) {
        let server_ip = phone.text("server_ip");
        if !index.has(Table::Dialer, server_ip) {
            findings.push(Finding::DialerMissing { phone: phone.name(), server_ip: server_ip.to_owned() });
        }
        by_login.entry(name::key(phone.text("phone_login"))).or_default().push(phone);
    }
    for (login, phones) in by_login.into_iter().filter(|(_, phones)| phones.len() > 1) {
        findings.push(Finding::LoginShared { login, phones: phones.into_iter().map(Row::name).collect() });
    }
}

fn aliases(fleet: &Fleet, findings: &mut Vec<Finding>) {
    let dialers: BTreeMap<String, &str> = fleet
        .of(Table::Phone)
        .iter()
        .map(|phone| (name::key(phone.text("phone_login")), phone.text("server_ip")))
        .collect();
    for alias in fleet.of(Table::Alias) {
        let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for login in alias.text("phone_logins").split(',') {
            match dialers.get(&name::key(login)) {
                Some(server_ip) => drop(members.entry(server_ip).or_default().insert(login)),
                None => findings.push(Finding::MemberMissing { alias: alias.name(), login: login.to_owned() }),
            }
        }
        for (server_ip, logins) in members.into_iter().filter(|(_, logins)| logins.len() > 1) {
            findings.push(Finding::MembersOnOneDialer {
                alias: alias.name(),
                server_ip: server_ip.to_owned(),
                logins: logins.into_iter().map(str::to_owned).collect(),
            });
        }
    }
}

fn users(fleet: &Fleet, findings: &mut Vec<Finding>) {
    // VICIdial's own tables store passwords in its own way.
    let users = fleet.of(Table::User).iter().filter(|_| !fleet.is_shared_with_vicidial);
    let plain = users.filter(|user| !user.text("pass").is_empty());
    let plain: Vec<String> = plain.map(Row::name).collect();
    if !plain.is_empty() {
        findings.push(Finding::PlainPasswords { users: plain });
    }
    for user in fleet.of(Table::User) {
        let allowed = user.text("api_allowed_functions");
        let is_for_all = allowed == "ALL" || allowed.contains("ALL_FUNCTIONS");
        if user.text("vdc_agent_api_access") != "1" || is_for_all {
            continue;
        }
        let never = allowed.split_whitespace().filter(|function| !allowed.contains(&format!(" {function} ")));
        findings.extend(
            never.map(|function| Finding::FunctionNeverMatches { user: user.name(), function: function.to_owned() }),
        );
    }
}

fn groups(fleet: &Fleet, findings: &mut Vec<Finding>) {
    let index = Index::of(fleet.all());
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in fleet.of(Table::User).iter().chain(fleet.of(Table::Phone)).chain(fleet.of(Table::Alias)) {
        let group = entry.text("user_group");
        if !group.is_empty() && group != "---ALL---" && !index.has(Table::UserGroup, group) {
            missing.entry(group).or_default().push(entry.title());
        }
    }
    let finding =
        |(user_group, named_by): (&str, _)| Finding::GroupMissing { user_group: user_group.to_owned(), named_by };
    findings.extend(missing.into_iter().map(finding));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: Table, values: &[(&str, &str)]) -> Row {
        let mut entry = Row::new(table);
        for (key, value) in values {
            entry.set(key, (*value).to_owned());
        }
        entry
    }

    fn administrator() -> Row {
        let rights = [("user", "6666"), ("user_level", "8"), ("vdc_agent_api_access", "1"), ("ast_admin_access", "1")];
        row(Table::User, &[&rights[..], &[("api_allowed_functions", " add_phone "), ("pass_hash", "x")]].concat())
    }

    fn phone(login: &str, server_ip: &str) -> Row {
        row(Table::Phone, &[("extension", login), ("server_ip", server_ip), ("phone_login", login)])
    }

    fn fleet(phones: Vec<Row>, members: &str) -> Fleet {
        let mut fleet = Fleet::default();
        fleet.set(Table::Dialer, vec![row(Table::Dialer, &[("server_ip", "10.0.9.8")])]);
        fleet.set(Table::User, vec![administrator()]);
        fleet.set(Table::Phone, phones);
        fleet.set(Table::Alias, vec![row(Table::Alias, &[("alias_id", "xyz100"), ("phone_logins", members)])]);
        fleet
    }

    #[test]
    fn a_sound_fleet_has_no_findings() {
        assert_eq!(examine(&fleet(vec![phone("100a", "10.0.9.8")], "100A")), []);
    }

    #[test]
    fn missing_members_and_members_on_one_dialer_are_found() {
        let fleet = fleet(vec![phone("100a", "10.0.9.8"), phone("100b", "10.0.9.8")], "100a,100b,100z,100a");
        let on_one = Finding::MembersOnOneDialer {
            alias: "xyz100".into(),
            server_ip: "10.0.9.8".into(),
            logins: vec!["100a".into(), "100b".into()],
        };
        let missing = Finding::MemberMissing { alias: "xyz100".into(), login: "100z".into() };
        assert_eq!(examine(&fleet), [missing, on_one]);
    }

    #[test]
    fn phones_without_a_dialer_and_with_a_shared_login_are_found() {
        let mut shared = phone("200", "10.0.9.9");
        shared.set("phone_login", "100A".into());
        let fleet = fleet(vec![phone("100a", "10.0.9.8"), shared], "100a");
        let dialer = Finding::DialerMissing { phone: "10.0.9.9/200".into(), server_ip: "10.0.9.9".into() };
        let login =
            Finding::LoginShared { login: "100a".into(), phones: vec!["10.0.9.8/100a".into(), "10.0.9.9/200".into()] };
        assert_eq!(examine(&fleet), [dialer, login]);
    }

    #[test]
    fn problems_of_accounts_are_found() {
        let mut fleet = fleet(vec![phone("100a", "10.0.9.8")], "100a");
        let mut user = administrator();
        user.set("active", "N".into());
        user.set("api_allowed_functions", "add_phone update_phone version".into());
        user.set("pass", "1234".into());
        user.set("user_group", "NOBODY".into());
        fleet.set(Table::User, vec![user]);
        let findings = examine(&fleet);
        let never = |function: &str| Finding::FunctionNeverMatches { user: "6666".into(), function: function.into() };
        assert_eq!(
            findings,
            [
                Finding::NoAdministrator,
                never("add_phone"),
                never("version"),
                Finding::PlainPasswords { users: vec!["6666".into()] },
                Finding::GroupMissing { user_group: "NOBODY".into(), named_by: vec!["user 6666".into()] },
            ]
        );
        assert_eq!(findings.iter().filter(|finding| finding.is_wrong()).count(), 3);
    }
}
