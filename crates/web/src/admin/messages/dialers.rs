//! What people read about dialers, and about what is planned for them.

use fleet::Timestamp;
use fleet::dialer_files::Standing;
use fleet::dialers::planned_drains::Plan;
use fleet::dialers::planned_drains::{Act, OPEN_AT_MOST};
use fleet::dialers::save::Dialer;
use fleet::save::KeyFault;
use fleet::schema::Invalid;
use fleet::sessions::ManagerRow;
use floor::{LineCounts, NodeView};

use super::Tone;
use super::floor::time;
use crate::admin::inputs::InputKind;

pub(in crate::admin) const SAVED: &str =
    "The dialer is saved. Hotdesk has taken it in; its card shows whether its manager interface answers.";
pub(in crate::admin) const OUTDATED: &str = "Somebody else has changed this dialer since you opened the page, so nothing was \
    saved. What is stored now stands at each field. Save once more to put what you typed over it.";
pub(in crate::admin) const WRONG: &str = "Nothing was saved yet. Please look at these fields:";
pub(in crate::admin) const PLANNED: &str = "It is planned.";
pub(in crate::admin) const CANCELLED: &str = "The plan is cancelled.";
pub(in crate::admin) const NO_SUCH_PLAN: &str = "This plan is not open any more: it was carried out or cancelled.";
pub(in crate::admin) const NO_TIME: &str = "Give a day and a time, such as 2026-11-21 18:00.";

pub(in crate::admin) const IS_OVER: &str = "This time is over already. Times are UTC.";
pub(in crate::admin) const ENDS_TOO_SOON: &str = "The end must be after the beginning.";
pub(in crate::admin) const LEADS_NONE: &str = "no dialer";

/// What there is to say of a node beside its name.
pub(in crate::admin) fn node(node: &NodeView) -> &'static str {
    match (node.is_this, node.stays) {
        (_, false) => "is being stopped",
        (true, true) => "this one",
        (false, true) => "",
    }
}

/// What is wrong with a field.
pub(in crate::admin) fn fault(fault: &KeyFault) -> String {
    match fault {
        KeyFault::Taken => "There is a dialer at this address already.".to_owned(),
        KeyFault::Value(Invalid::NamesNothing { .. }) => "There is no dialer at this address.".to_owned(),
        KeyFault::Itself => "A dialer cannot stand in for itself.".to_owned(),
        KeyFault::Value(what) => value(what),
        // No other table's key is in the form of a dialer.
        _ => "This value is not possible.".to_owned(),
    }
}

fn value(what: &Invalid) -> String {
    match what {
        Invalid::NotAllowed { allowed, .. } => format!("Only {allowed} are allowed."),
        Invalid::TooLong { found, at_most, .. } => format!("It is {found} bytes long; at most {at_most} are allowed."),
        Invalid::TooShort { .. } | Invalid::Missing { .. } => "Fill this in.".to_owned(),
        Invalid::NotInRange { from, to, .. } => format!("A whole number from {from} to {to}, please."),
        Invalid::NotOneOf { known, .. } => format!("One of {known}, please."),
        _ => "This value cannot be.".to_owned(),
    }
}

/// Why a drain cannot be planned: the dialer has as many plans as it can have.
pub(in crate::admin) fn too_many_plans() -> String {
    format!("This dialer has {OPEN_AT_MOST} plans already. Cancel one of them first.")
}

/// A time that is kept as it is written.
fn stamped(stamp: &str, now: Timestamp) -> String {
    Timestamp::from_stamp(stamp).map_or_else(|| stamp.to_owned(), |at| time(at, now))
}

/// How a dialer stands to its configuration files.
pub(in crate::admin) fn files(standing: &Standing, now: Timestamp) -> (String, Tone) {
    let loaded = match standing.loaded.as_str() {
        "" => "Configuration files written and not loaded by Hotdesk".to_owned(),
        loaded => format!("Configuration loaded {}", stamped(loaded, now)),
    };
    match (&standing.error, standing.is_up_to_date) {
        (Some((file, words)), _) => (format!("{loaded}; {} {words}", file.name()), Tone::Bad),
        (None, true) => (format!("{loaded}, up to date"), Tone::Good),
        (None, false) => {
            (format!("{loaded}, waiting for the latest (last heard {})", stamped(&standing.told, now)), Tone::Busy)
        }
    }
}

/// A plan: what, when, and by whom.
pub(in crate::admin) fn plan(plan: &Plan, now: Timestamp) -> String {
    let act = match plan.act {
        Act::Drain => "Drain",
        Act::Take => "Take agents again",
    };
    format!("{act} at {}, planned by {}", time(plan.due, now), plan.user)
}

/// What became of a plan.
pub(in crate::admin) fn outcome(plan: &Plan) -> String {
    let at = plan.done.get(..16).unwrap_or_default();
    match plan.outcome.as_str() {
        "done" => format!("done at {at} UTC"),
        "cancelled" => format!("cancelled at {at} UTC"),
        _ => "not done: there was no such dialer".to_owned(),
    }
}

/// Where a manager interface is, and whose account is used there.
pub(in crate::admin) fn manager(row: &ManagerRow) -> String {
    if row.user.is_empty() {
        return format!("{}:{}, no account", row.host, row.port);
    }
    let tls = if row.tls { ", TLS" } else { "" };
    format!("{}:{} as {}{tls}", row.host, row.port, row.user)
}

/// How many lines there are, in few words.
pub(in crate::admin) fn lines(lines: &LineCounts) -> String {
    match lines.registered {
        Some(registered) => format!("{registered} of {}", lines.expected),
        None => format!("– of {}", lines.expected),
    }
}

/// A dialer's name and address.
pub(in crate::admin) fn title(dialer: &Dialer) -> String {
    format!("{} {}", dialer.value("server_id"), dialer.server_ip()).trim_start().to_owned()
}

/// Which way to the manager interface counts where Hotdesk has none of its own.
pub(in crate::admin) fn otherwise(dialer: &Dialer) -> String {
    let (host, port, user) = (dialer.value("telnet_host"), dialer.value("telnet_port"), dialer.value("ASTmgrUSERNAME"));
    let account = if user.is_empty() { "without an account".to_owned() } else { format!("as {user}") };
    format!("{host}:{port} {account}")
}

/// What a field of a new dialer begins with.
pub(in crate::admin) fn default_of(field: &str) -> &'static str {
    match field {
        "active" | "active_agent_login_server" => "Y",
        "ami_tls" => "N",
        "conf_engine" => "MEETME",
        _ => "",
    }
}

/// A field's label, and what helps to fill it in.
pub(in crate::admin) fn field(name: &str, has_secret: bool) -> (&'static str, &'static str) {
    match name {
        "server_ip" => ("Address", "The dialer’s server_ip. It cannot be changed later."),
        "server_id" => ("Name", "Up to 10 letters, digits, - and _."),
        "server_description" => ("Description", ""),
        "active" => ("Active", "Whether it is in use at all."),
        "active_agent_login_server" => ("Takes agents", ""),
        "ami_host" => ("Host", "Empty: as it says above."),
        "ami_port" => ("Port", "Usually 5038, with TLS 5039."),
        "ami_user" => ("Account", ""),
        "ami_secret" if has_secret => ("Secret", "One is stored. Empty: it stays as it is."),
        "ami_secret" => ("Secret", "None of its own is stored."),
        "ami_tls" => ("TLS", ""),
        "active_twin_server_ip" => ("Twin", "Who stands in for it."),
        "conf_engine" => ("Conference engine", ""),
        "asterisk_version" => ("Asterisk version", ""),
        _ => ("Weight", "Its share where dialers have weights. Empty: none."),
    }
}

/// A value as it is read in a field of this kind.
pub(in crate::admin) fn shown(kind: &InputKind, value: &str) -> String {
    match kind {
        InputKind::Choice(choices) => {
            choices.iter().find(|(sent, _)| sent == value).map_or_else(|| value.to_owned(), |(_, words)| words.clone())
        }
        _ if value.is_empty() => "empty".to_owned(),
        _ => value.to_owned(),
    }
}
