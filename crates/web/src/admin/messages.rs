//! What people read in the panel.

pub(crate) mod aliases;
pub(super) mod dialers;
pub(super) mod floor;
pub(super) mod lines;
pub(super) mod logins;
pub(crate) mod phones;
mod settings;
pub(super) mod tokens;
pub(super) mod users;
pub(super) mod webhooks;

use std::net::IpAddr;

use ::floor::DialerView;
use axum::http::StatusCode;
use fleet::authorization::Role;
use fleet::authorization::functions::Permission;
use fleet::name;
use fleet::placement::Why;

use crate::App;
pub(super) use settings::*;

pub(super) const FAILED: &str = "It could not be carried out. Try again in a moment.";
pub(super) const NO_TOKEN: &str = "This form is not from a page of your visit, perhaps from one before you logged in again. \
    Nothing was changed. Go back, load the page again, and try once more.";
pub(super) const MAY_ONLY_LOOK: &str =
    "Your account may look, but not change anything: that takes level 8 and “may change phones and dialers”.";
pub(super) const NO_SUCH_PAGE: &str = "There is no page at this address.";
pub(super) const NO_SUCH_DIALER: &str = "There is no such dialer any more.";
pub(super) const NO_SUCH_USER: &str = "There is no such user.";
pub(super) const SESSION_IS_OVER: &str = "This session is over already.";
pub(super) const NOWHERE_ELSE: &str = "No other dialer can take the agent now, so the agent stays.";
pub(super) const CALLS_CHANGED: &str =
    "Nothing was done yet: the number of agents in a call has changed since you were asked. Please look again.";
pub(super) const INCOMPLETE: &str = "Type a user and a password.";
pub(super) const LOGIN_INCORRECT: &str =
    "The user name or the password is wrong, or the account may not come in here: that takes level 7.";
pub(super) const NO_ACCESS: &str = "Your account may not use the API (vdc_agent_api_access), and so not this panel.";
pub(super) const SAVED: &str = "Saved. It counts from the next call on.";
pub(super) const MAY_NOT_CHANGE_USERS: &str = "Your account may not change users (modify_users). Nothing was changed.";
pub(super) const ABOVE_OWN_LEVEL: &str =
    "Nobody changes an account above their own level, or lifts one above it. Nothing was changed.";
pub(super) const LOCKS_ONESELF_OUT: &str =
    "This would put you out of this panel, so nothing was changed. Have another administrator do it.";
pub(super) const NO_SUCH_LEVEL: &str = "Levels go from 1 to 9. Nothing was changed.";
pub(super) const NOWHERE: &str = "No phone of this alias can take an agent now.";

pub(super) const NO_SUCH_ROW: &str = "There is no such row of the log, or not any more.";
pub(super) const NOTHING_SENT: &str = "Nothing more was sent, or nothing more was kept.";
pub(super) const NO_DETAILS: &str = "No details were kept.";

/// Nobody comes in from there.
pub(super) fn address_not_allowed(from: IpAddr) -> String {
    format!("This account may not come from the address {from}.")
}

/// What somebody with this role is called.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
    }
}

/// What a page that only says something is headed by.
pub(super) fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::CONFLICT => "Not possible now",
        _ => "It did not work",
    }
}

/// How something is to be taken; the name of its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Busy,
    Bad,
    Quiet,
}

impl std::fmt::Display for Tone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        })
    }
}

/// What a dialer is called.
pub(super) fn dialer(dialer: &DialerView) -> String {
    if dialer.server_id.is_empty() { dialer.server_ip.clone() } else { dialer.server_id.clone() }
}

/// What dialers are called, looked up once for a whole page.
pub(super) struct Dialers(Vec<(String, String)>);

impl Dialers {
    pub(super) fn of(app: &App) -> Self {
        Self(app.floor.dialers().iter().map(|view| (view.server_ip.clone(), dialer(view))).collect())
    }

    /// What the dialer at this address is called.
    pub(super) fn name(&self, server_ip: &str) -> String {
        let known = self.0.iter().find(|(known, _)| name::same(known, server_ip));
        known.map_or_else(|| server_ip.to_owned(), |(_, name)| name.clone())
    }
}

/// A dialer's health.
pub(super) fn health(word: &str) -> (&'static str, Tone) {
    match word {
        "healthy" => ("Healthy", Tone::Good),
        "suspect" => ("Suspect", Tone::Busy),
        "down" => ("Down", Tone::Bad),
        "no_account" => ("No account", Tone::Bad),
        _ => ("Not watched", Tone::Quiet),
    }
}

/// What keeps agents from a dialer that is well.
pub(super) fn switches(dialer: &DialerView) -> Vec<&'static str> {
    let switches = [
        (!dialer.active, "Inactive"),
        (!dialer.accepts_agents, "Takes no agents"),
        (dialer.draining, "Draining: nobody new"),
    ];
    switches.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect()
}

/// How a session is.
pub(super) fn state(word: &str) -> (&'static str, Tone) {
    match word {
        "live" => ("Live", Tone::Good),
        "ringing" => ("Ringing", Tone::Busy),
        "reserved" => ("Reserved", Tone::Busy),
        _ => ("Over", Tone::Quiet),
    }
}

/// Where a login goes.
pub(super) fn goes(dialer: &str, phone: &str) -> String {
    format!("{dialer}, phone {phone}")
}

/// Why it goes there.
pub(super) fn why(why: Why, seats: u32, choices: usize) -> String {
    let seats = if seats == 1 { "1 seat".to_owned() } else { format!("{seats} seats") };
    match (why, choices) {
        (_, 1) => format!("The only one that can take an agent now ({seats})."),
        (Why::LeastLoaded, _) => format!("Least loaded of {choices} ({seats})."),
        (Why::Grouped, _) => format!("The campaign's agents are there ({seats})."),
    }
}

/// Which functions an account may call, in few words.
pub(super) fn functions(allowed: &str) -> String {
    if allowed.contains("ALL_FUNCTIONS") || allowed == "ALL" {
        return "All".to_owned();
    }
    match allowed.split_whitespace().count() {
        0 => "None".to_owned(),
        1 => allowed.trim().to_owned(),
        count => format!("{count} functions"),
    }
}

/// A permission, and how to give it.
pub(super) fn permission(permission: Permission) -> (&'static str, &'static str) {
    match permission {
        Permission::NotLocked => {
            ("The account is not locked", "Too many wrong passwords: it opens by itself after 15 minutes.")
        }
        Permission::Active => ("The account is active", "Tick “Active” and save."),
        Permission::Level => ("Level 7 or above", "Without it every login is refused as wrong. Set the level to 8."),
        Permission::Function => ("The function is allowed", "Tick the function, or choose “All functions”, and save."),
        Permission::ApiAccess => ("API access", "Tick “API access” and save."),
        Permission::AdminAccess => {
            ("May change phones and dialers", "Tick “May change phones, aliases and dialers” and save.")
        }
        Permission::ModifyUsers => ("May change users", "Set modify_users in a fleet file."),
        Permission::ViewReports => ("May see reports", "Set view_reports in a fleet file."),
        Permission::AdminLevel => ("Level 8 or above", "Set the level to 8 or 9 and save."),
        Permission::Delete => ("May delete phones and aliases", "Tick “May delete phones and aliases” and save."),
        Permission::Address => (
            "The address is allowed",
            "It is on the system's black list, or not on the list of the user's group (api_ip_list).",
        ),
    }
}
