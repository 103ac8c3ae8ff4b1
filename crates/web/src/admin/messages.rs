//! Texts of the admin panel.

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

pub(super) const FAILED: &str = "Hotdesk could not do this. Try again in a moment.";
pub(super) const NO_TOKEN: &str = "This form has expired, perhaps because you have logged in again since you opened it. \
    Nothing was changed. Go back, reload the page and try again.";
pub(super) const MAY_ONLY_LOOK: &str =
    "Your account can only view. Changes require level 8 or higher and “May change phones, aliases and dialers”.";
pub(super) const NO_SUCH_PAGE: &str = "There is no page at this address.";
pub(super) const NO_SUCH_DIALER: &str = "This dialer no longer exists.";
pub(super) const NO_SUCH_USER: &str = "This user does not exist.";
pub(super) const SESSION_IS_OVER: &str = "This session has already ended.";
pub(super) const NOWHERE_ELSE: &str = "No other dialer can take this agent now. The agent was not moved.";
pub(super) const CALLS_CHANGED: &str = "The number of agents on a call has changed since you opened this page. Nothing was done yet: check and confirm again.";
pub(super) const INCOMPLETE: &str = "Enter a user and a password.";
pub(super) const LOGIN_INCORRECT: &str =
    "Wrong user or password, or this account has no panel access (level 7 or higher).";
pub(super) const NO_ACCESS: &str =
    "This panel requires API access (vdc_agent_api_access), which your account does not have.";
pub(super) const SAVED: &str = "Saved. Takes effect immediately.";
pub(super) const MAY_NOT_CHANGE_USERS: &str = "Your account may not change users (modify_users). Nothing was changed.";
pub(super) const ABOVE_OWN_LEVEL: &str =
    "You cannot change an account above your own level, or raise an account above it. Nothing was changed.";
pub(super) const LOCKS_ONESELF_OUT: &str =
    "This would lock you out of the panel, so nothing was changed. Ask another administrator to do it.";
pub(super) const NO_SUCH_LEVEL: &str = "The level must be a number from 1 to 9. Nothing was changed.";
pub(super) const NOWHERE: &str = "No phone of this alias is available.";

pub(super) const NO_SUCH_ROW: &str = "This log entry does not exist, or it was deleted.";
pub(super) const NOTHING_SENT: &str = "No parameters were logged.";
pub(super) const NO_DETAILS: &str = "No details were logged.";

/// The account's IP lists do not allow a login from this address.
pub(super) fn address_not_allowed(from: IpAddr) -> String {
    format!("This account may not log in from the address {from}.")
}

/// Name of a role.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Supervisor => "supervisor",
        Role::Administrator => "administrator",
    }
}

/// Heading of a page that shows only a message.
pub(super) fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::CONFLICT => "Not possible now",
        _ => "Something went wrong",
    }
}

/// Tone of a message; also the CSS class.
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

/// Name of a dialer: its `server_id`, or its address if that is empty.
pub(super) fn dialer(dialer: &DialerView) -> String {
    if dialer.server_id.is_empty() { dialer.server_ip.clone() } else { dialer.server_id.clone() }
}

/// Names of all dialers, looked up once per page.
pub(super) struct Dialers(Vec<(String, String)>);

impl Dialers {
    pub(super) fn of(app: &App) -> Self {
        Self(app.floor.dialers().iter().map(|view| (view.server_ip.clone(), dialer(view))).collect())
    }

    /// Name of the dialer at this address.
    pub(super) fn name(&self, server_ip: &str) -> String {
        let known = self.0.iter().find(|(known, _)| name::same(known, server_ip));
        known.map_or_else(|| server_ip.to_owned(), |(_, name)| name.clone())
    }
}

/// A dialer's health.
pub(super) fn health(word: &str) -> (&'static str, Tone) {
    match word {
        "healthy" => ("Healthy", Tone::Good),
        "suspect" => ("Not responding", Tone::Busy),
        "down" => ("Down", Tone::Bad),
        "no_account" => ("No account", Tone::Bad),
        _ => ("Not monitored", Tone::Quiet),
    }
}

/// Settings that keep new agents from a healthy dialer.
pub(super) fn switches(dialer: &DialerView) -> Vec<&'static str> {
    let switches =
        [(!dialer.active, "Inactive"), (!dialer.accepts_agents, "Takes no agents"), (dialer.draining, "Draining")];
    switches.into_iter().filter_map(|(is_set, words)| is_set.then_some(words)).collect()
}

/// State of an agent session.
pub(super) fn state(word: &str) -> (&'static str, Tone) {
    match word {
        "live" => ("Live", Tone::Good),
        "ringing" => ("Ringing", Tone::Busy),
        "reserved" => ("Reserved", Tone::Busy),
        _ => ("Ended", Tone::Quiet),
    }
}

/// Dialer and phone to which a login goes.
pub(super) fn goes(dialer: &str, phone: &str) -> String {
    format!("{dialer}, phone {phone}")
}

/// Why a login goes to this phone.
pub(super) fn why(why: Why, seats: u32, choices: usize) -> String {
    let agents = if seats == 1 { "1 agent".to_owned() } else { format!("{seats} agents") };
    match (why, choices) {
        (_, 1) => format!("The only available phone ({agents} on its dialer)."),
        (Why::LeastLoaded, _) => format!("Least loaded of {choices} ({agents})."),
        (Why::Grouped, _) => format!("Agents of the campaign are there ({agents})."),
    }
}

/// Functions that an account may call, in short.
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

/// A permission and how to grant it.
pub(super) fn permission(permission: Permission) -> (&'static str, &'static str) {
    match permission {
        Permission::NotLocked => {
            ("The account is not locked", "Too many wrong passwords. The account unlocks after 15 minutes.")
        }
        Permission::Active => ("The account is active", "Tick “Active” and save."),
        Permission::Level => {
            ("Level 7 or higher", "Below level 7, every login is refused as wrong. Set the level to 8 and save.")
        }
        Permission::Function => ("The function is allowed", "Tick the function, or choose “All functions”, and save."),
        Permission::ApiAccess => ("API access", "Tick “API access” and save."),
        Permission::AdminAccess => {
            ("May change phones, aliases and dialers", "Tick “May change phones, aliases and dialers” and save.")
        }
        Permission::ModifyUsers => ("May change users", "Set modify_users in a fleet file."),
        Permission::ViewReports => ("May view reports", "Set view_reports in a fleet file."),
        Permission::ModifyRemoteAgents => ("May change remote agents", "Set modify_remoteagents in VICIdial."),
        Permission::AdminLevel => ("Level 8 or higher", "Set the level to 8 or 9 and save."),
        Permission::Delete => ("May delete phones and aliases", "Tick “May delete phones and aliases” and save."),
        Permission::Address => (
            "The address is allowed",
            "It is on the system’s block list, or missing from the list of the user’s group (api_ip_list).",
        ),
    }
}
