//! Messages of the findings, each with its solution.

use fleet::diagnostics::{Finding, dialers};
use fleet::sessions::Engine;
use store::VicidialFacts;

/// Maximum number of names in a message; further names are counted.
const NAMED: usize = 5;

/// Message of a finding.
pub(super) fn fleet_finding(finding: &Finding) -> String {
    match finding {
        Finding::NoAdministrator => {
            "no account can administrate: run `hotdesk user add NAME --level 9 --api --ast-admin --delete-phones`, or set the \
                password of an administrator with `hotdesk user password NAME`"
                .to_owned()
        }
        Finding::MemberMissing { alias, login } => format!(
            "alias {alias} contains the login {login:?}, which no phone has: add a phone with this login, or remove the login from \
                the alias with update_phone_alias"
        ),
        Finding::MembersOnOneDialer { alias, server_ip, logins } => format!(
            "alias {alias} contains {} phones on the dialer {server_ip} ({}), but a login uses only one phone per dialer: remove the \
                others with update_phone_alias",
            logins.len(),
            some(logins)
        ),
        Finding::DialerMissing { phone, server_ip } => format!(
            "phone {phone} is on the dialer {server_ip}, which does not exist: add the dialer with `hotdesk apply`, or delete the \
                phone"
        ),
        Finding::LoginShared { login, phones } => format!(
            "{} phones ({}) have the same login {login:?}: give each phone a unique login with update_phone",
            phones.len(),
            some(phones)
        ),
        Finding::FunctionNeverMatches { user, function } => format!(
            "user {user} can never call {function}, since it has no blanks around it in api_allowed_functions: save the value again \
                with `hotdesk apply`"
        ),
        Finding::PlainPasswords { users } => format!(
            "passwords are stored as plain text, for {}: each becomes a digest at the next successful login with upgrade_passwords \
                on, or with `hotdesk user password NAME`",
            some(users)
        ),
        Finding::GroupMissing { user_group, named_by } => format!(
            "the user group {user_group} does not exist, but is used by {}: add it with `hotdesk apply`",
            some(named_by)
        ),
    }
}

/// Message of a finding about a dialer.
pub(super) fn dialer_finding(finding: &dialers::Finding) -> String {
    use dialers::Finding;
    match finding {
        Finding::NoAccount { server_ip, aliases } => format!(
            "Hotdesk has no account on the dialer {server_ip}, so it cannot ring phones on it, but {} phones on it: set \
                ASTmgrUSERNAME and ASTmgrSECRET with `hotdesk apply` to the values in the dialer's manager.conf",
            who_has("alias", "aliases", aliases)
        ),
        Finding::NoAddress { server_ip, host } => format!(
            "the manager interface of the dialer {server_ip} has an invalid address, {host:?}: correct telnet_host with `hotdesk \
                apply`"
        ),
        Finding::NoPort { server_ip } => format!(
            "the manager interface of the dialer {server_ip} has no port: set telnet_port with `hotdesk apply`, usually to 5038"
        ),
        Finding::SharedAddress { host, port, dialers } => format!(
            "the dialers {} have the same manager interface, {host}:{port}: correct telnet_host and telnet_port with `hotdesk \
                apply`, or set active to false for all but one of them",
            some(dialers)
        ),
        Finding::NoConferences { server_ip, engine } => format!(
            "the dialer {server_ip} has no conferences in {}, so no agent can log in on it: add them, or set conf_engine to the \
                other engine with `hotdesk apply`",
            table(*engine)
        ),
        Finding::ConferencesPending { server_ip } => {
            format!("the dialer {server_ip} has no conferences yet: start `hotdesk serve`, which creates them")
        }
        Finding::FewConferences { server_ip, conferences } => format!(
            "the dialer {server_ip} has {} of {} conferences free: add some, or lower its weight with `hotdesk apply`",
            conferences.free, conferences.all
        ),
        Finding::FileFailed { server_ip, file, words } => {
            format!("on the dialer {server_ip}, {} {words}: see the log of `hotdesk sidecar` on it", file.name())
        }
        Finding::FilesOutdated { server_ip, reported } => format!(
            "the dialer {server_ip} does not have the latest configuration files; its last report was at {reported} UTC: check whether \
                `hotdesk sidecar` is running on it"
        ),
        Finding::AgentsWithoutDialer { server_ip, agents } => format!(
            "{} open on the dialer {server_ip}, which does not exist: add the dialer again with `hotdesk apply`, or ask the agents to \
                log in again",
            sessions_of(agents)
        ),
    }
}

/// `alias xyz100 has`, or `2 aliases (a, b) have`.
fn who_has(one: &str, many: &str, names: &[String]) -> String {
    match names {
        [name] => format!("{one} {name} has"),
        names => format!("{} {many} ({}) have", names.len(), some(names)),
    }
}

/// `the session of agent 7001 is`, or `the sessions of 2 agents (7001, 7002) are`.
fn sessions_of(agents: &[String]) -> String {
    match agents {
        [agent] => format!("the session of agent {agent} is"),
        agents => format!("the sessions of {} agents ({}) are", agents.len(), some(agents)),
    }
}

/// Table with the conferences of an engine.
fn table(engine: Engine) -> &'static str {
    match engine {
        Engine::Meetme => "vicidial_conferences",
        Engine::Confbridge => "vicidial_confbridges",
    }
}

/// Which installation of VICIdial this is, and in which time zone its times are.
pub(super) fn vicidial(facts: &VicidialFacts) -> String {
    let unknown = |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
    let (sign, minutes) = (if facts.minutes_ahead < 0 { '-' } else { '+' }, facts.minutes_ahead.abs());
    format!(
        "these are VICIdial's own tables (VICIdial {}, version of the tables {}); their times are those of the database \
         server's time zone {}, now UTC{sign}{:02}:{:02}: the dialers and web servers must have the same",
        unknown(&facts.version),
        unknown(&facts.tables),
        facts.time_zone,
        minutes / 60,
        minutes % 60
    )
}

/// Problems of the passwords in VICIdial's tables.
pub(super) fn password_faults(facts: &VicidialFacts) -> Vec<String> {
    let mut faults = Vec::new();
    if facts.has_unusable_hash_rule {
        faults.push(
            "no password can be verified: pass_hash_enabled is 1, but bcrypt does not accept pass_key or pass_cost in system_settings; \
             pass_key must have 16 characters, and pass_cost must be 0 to 31: restore the values of VICIdial's installation"
                .to_owned(),
        );
    }
    if !facts.users_without_password.is_empty() {
        faults.push(format!(
            "VICIdial cannot verify the password of {}, because an earlier version of Hotdesk or another program emptied it; with an \
             empty pass, VICIdial accepts an empty password: set a new one with `hotdesk user password NAME`, or set active to N",
            some(&facts.users_without_password)
        ));
    }
    faults
}

fn some(names: &[String]) -> String {
    let listed = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}
