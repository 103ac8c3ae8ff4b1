//! Texts about dialers and their scheduled drains.

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

const SAVED: &str = "Dialer saved. The floor shows whether its manager interface answers.";
pub(in crate::admin) const OUTDATED: &str = "Someone else has changed this dialer since you opened it, so nothing was saved. \
    The form has your values; each changed field also shows the saved one. Save again to overwrite it.";
pub(in crate::admin) const WRONG: &str = "Nothing was saved. Correct these fields:";
const CANCELLED: &str = "Scheduled drain cancelled.";
pub(in crate::admin) const NO_SUCH_PLAN: &str = "This drain is no longer scheduled: it was carried out or cancelled.";
pub(in crate::admin) const NO_TIME: &str = "Enter a date and time, e.g. 2026-11-21 18:00.";

pub(in crate::admin) const IS_OVER: &str = "That time is in the past. Times are UTC.";
pub(in crate::admin) const ENDS_TOO_SOON: &str = "The end must be after the start.";
pub(in crate::admin) const LEADS_NONE: &str = "None";

/// Confirmation above the page of a dialer after a change.
pub(in crate::admin) fn news(done: &str, plans: &[Plan], now: Timestamp) -> String {
    match done {
        "saved" => SAVED.to_owned(),
        "planned" => {
            let latest = plans.iter().filter(|plan| plan.act == Act::Drain).max_by_key(|plan| plan.plan_id);
            latest.map_or_else(String::new, |plan| format!("Drain scheduled for {}.", time(plan.due, now)))
        }
        "cancelled" => CANCELLED.to_owned(),
        _ => String::new(),
    }
}

/// Remark below the name of a node.
pub(in crate::admin) fn node(node: &NodeView) -> &'static str {
    match (node.is_this, node.stays) {
        (_, false) => "stopping",
        (true, true) => "this node",
        (false, true) => "",
    }
}

/// Why the value of a field is refused.
pub(in crate::admin) fn fault(fault: &KeyFault) -> String {
    match fault {
        KeyFault::Taken => "A dialer with this address already exists.".to_owned(),
        KeyFault::Value(Invalid::NamesNothing { .. }) => "No dialer has this address.".to_owned(),
        KeyFault::Itself => "A dialer cannot be its own twin.".to_owned(),
        KeyFault::Value(what) => value(what),
        // The dialer form has no fields of other tables.
        _ => "Invalid value.".to_owned(),
    }
}

fn value(what: &Invalid) -> String {
    match what {
        Invalid::NotAllowed { allowed, .. } => format!("Only {allowed} are allowed."),
        Invalid::TooLong { found, at_most, .. } => format!("Too long: {found} bytes; at most {at_most} are allowed."),
        Invalid::TooShort { .. } | Invalid::Missing { .. } => "Required.".to_owned(),
        Invalid::NotInRange { from, to, .. } => format!("Enter a whole number from {from} to {to}."),
        Invalid::NotOneOf { known, .. } => format!("Choose one of {known}."),
        _ => "Invalid value.".to_owned(),
    }
}

/// The dialer already has the maximum number of scheduled drains.
pub(in crate::admin) fn too_many_plans() -> String {
    format!("This dialer already has {OPEN_AT_MOST} scheduled drains. Cancel one first.")
}

/// A stored time, as shown; unchanged if it cannot be read.
fn stamped(stamp: &str, now: Timestamp) -> String {
    Timestamp::from_stamp(stamp).map_or_else(|| stamp.to_owned(), |at| time(at, now))
}

/// State of the configuration files that Hotdesk writes for a dialer.
pub(in crate::admin) fn files(standing: &Standing, now: Timestamp) -> (String, Tone) {
    let loaded = match standing.loaded.as_str() {
        "" => "Configuration files written; not loaded by Hotdesk".to_owned(),
        loaded => format!("Configuration loaded {}", stamped(loaded, now)),
    };
    match (&standing.error, standing.is_up_to_date) {
        (Some((file, words)), _) => (format!("{loaded}; {} {words}", file.name()), Tone::Bad),
        (None, true) => (format!("{loaded}, up to date"), Tone::Good),
        (None, false) => (
            format!("{loaded}; the latest version is pending (last contact {})", stamped(&standing.reported, now)),
            Tone::Busy,
        ),
    }
}

/// A scheduled action: what, when and by whom.
pub(in crate::admin) fn plan(plan: &Plan, now: Timestamp) -> String {
    let act = match plan.act {
        Act::Drain => "Drain",
        Act::Take => "Take agents again",
    };
    format!("{act} at {}, scheduled by {}", time(plan.due, now), plan.user)
}

/// Result of a scheduled action.
pub(in crate::admin) fn outcome(plan: &Plan) -> String {
    let at = plan.done.get(..16).unwrap_or_default();
    match plan.outcome.as_str() {
        "done" => format!("done at {at} UTC"),
        "cancelled" => format!("cancelled at {at} UTC"),
        _ => "not done: the dialer did not exist".to_owned(),
    }
}

/// Address of a manager interface and the account that Hotdesk uses.
pub(in crate::admin) fn manager(row: &ManagerRow) -> String {
    if row.user.is_empty() {
        return format!("{}:{}, no account", row.host, row.port);
    }
    let tls = if row.tls { ", TLS" } else { "" };
    format!("{}:{} as {}{tls}", row.host, row.port, row.user)
}

/// Registered and expected phones, in short.
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

/// VICIdial's AMI connection, which Hotdesk uses for empty fields.
pub(in crate::admin) fn otherwise(dialer: &Dialer) -> String {
    let (host, port, user) = (dialer.value("telnet_host"), dialer.value("telnet_port"), dialer.value("ASTmgrUSERNAME"));
    let account = if user.is_empty() { "without an account".to_owned() } else { format!("as {user}") };
    format!("{host}:{port} {account}")
}

/// Initial value of a field of a new dialer.
pub(in crate::admin) fn default_of(field: &str) -> &'static str {
    match field {
        "active" | "active_agent_login_server" => "Y",
        "ami_tls" => "N",
        "conf_engine" => "MEETME",
        _ => "",
    }
}

/// Label and hint of a field.
pub(in crate::admin) fn field(name: &str, has_secret: bool) -> (&'static str, &'static str) {
    match name {
        "server_ip" => ("Address", "The dialer’s IP address (server_ip). It cannot be changed later."),
        "server_id" => ("Name", "Up to 10 letters, digits, - and _."),
        "server_description" => ("Description", ""),
        "active" => ("Active", ""),
        "active_agent_login_server" => ("Takes agents", ""),
        "ami_host" => ("Host", "Leave empty to use VICIdial’s host."),
        "ami_port" => ("Port", "Usually 5038, or 5039 with TLS."),
        "ami_user" => ("Account", ""),
        "ami_secret" if has_secret => ("Secret", "A secret is stored. Leave empty to keep it."),
        "ami_secret" => ("Secret", "No secret stored."),
        "ami_tls" => ("TLS", ""),
        "active_twin_server_ip" => ("Twin", "Takes over when this one fails."),
        "conf_engine" => ("Conference engine", ""),
        "asterisk_version" => ("Asterisk version", ""),
        _ => ("Weight", "Share of agents. Leave empty for an even share."),
    }
}

/// A value as the field shows it.
pub(in crate::admin) fn shown(kind: &InputKind, value: &str) -> String {
    match kind {
        InputKind::Choice(choices) => {
            choices.iter().find(|(sent, _)| sent == value).map_or_else(|| value.to_owned(), |(_, words)| words.clone())
        }
        _ if value.is_empty() => "empty".to_owned(),
        _ => value.to_owned(),
    }
}
