//! Texts of replies: a mapping from outcome to text, with one file per function.

mod add_phone;
mod add_phone_alias;
mod add_phone_alias_by_extension;
mod add_user;
mod agent_campaigns;
mod agent_status;
mod blind_monitor;
mod campaigns_list;
mod chooser;
mod copy_user;
mod logged_in_agents;
mod server_refresh;
mod table;
mod update_phone;
mod update_phone_alias;
mod update_remote_agent;
mod update_user;
mod user_details;
mod user_group_status;

use std::borrow::Cow;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use fleet::Timestamp;
use fleet::field::Field;
use fleet::non_agent_api::{Call, Command, Outcome};

use crate::dialect::Dialect;
use crate::messages::api_replies::with_status;

/// The first word of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyKind {
    Success,
    Error,
    Notice,
}

impl ReplyKind {
    /// The word in replies and in the API log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Error => "ERROR",
            Self::Notice => "NOTICE",
        }
    }
}

/// How a reply is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The dialect of its lines.
    pub dialect: Dialect,
    /// Whether the client prefers JSON to a page, of the functions that reply with a page.
    pub as_json: bool,
}

/// The part of a reply after the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTail {
    /// `- user|data`, or after an error in VICIdial's dialect `: |user|data`.
    UserAndData(String),
    /// `- user|data`, or after an error in VICIdial's dialect `: user|data`.
    Searched(String),
    /// The whole text, in lines.
    Whole(String),
    /// The whole document. It has no entry in the API log.
    Document(String),
}

/// A line of a reply, and its entry in the API log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyLine {
    pub kind: ReplyKind,
    pub reason: Cow<'static, str>,
    rest: ReplyTail,
}

impl ReplyLine {
    /// A success with its data.
    fn success(reason: &'static str, data: impl Into<String>) -> Self {
        Self { kind: ReplyKind::Success, reason: reason.into(), rest: ReplyTail::UserAndData(data.into()) }
    }

    /// An error with its data.
    fn error(reason: impl Into<Cow<'static, str>>, data: impl Into<String>) -> Self {
        Self { kind: ReplyKind::Error, reason: reason.into(), rest: ReplyTail::UserAndData(data.into()) }
    }

    /// A notice with its data.
    fn notice(reason: impl Into<Cow<'static, str>>, data: impl Into<String>) -> Self {
        Self { kind: ReplyKind::Notice, reason: reason.into(), rest: ReplyTail::UserAndData(data.into()) }
    }

    /// A text in a special format.
    fn whole(kind: ReplyKind, reason: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), rest: ReplyTail::Whole(text.into()) }
    }

    /// An error of a search, with the search terms.
    fn not_found(reason: &'static str, data: impl Into<String>) -> Self {
        Self { kind: ReplyKind::Error, reason: reason.into(), rest: ReplyTail::Searched(data.into()) }
    }

    /// A document.
    fn document(text: String) -> Self {
        Self { kind: ReplyKind::Success, reason: "".into(), rest: ReplyTail::Document(text) }
    }

    /// Whether the API log has an entry for it.
    pub fn is_logged(&self) -> bool {
        !matches!(self.rest, ReplyTail::Document(_))
    }

    /// The reply for an outcome of a call.
    fn of(now: Timestamp, call: &Call, ending: &Outcome, style: Style) -> Self {
        let Style { dialect, as_json } = style;
        let user = call.user.as_str();
        match (&call.command, ending) {
            (Command::AddPhone(sent), Outcome::AddPhone(ending)) => add_phone::line(sent, ending, dialect),
            (Command::UpdatePhone(sent), Outcome::UpdatePhone(ending)) => update_phone::line(sent, ending, dialect),
            (Command::AddPhoneAlias(sent), Outcome::AddPhoneAlias(ending)) => {
                add_phone_alias::line(sent, ending, dialect)
            }
            (Command::AddPhoneAliasByExtension(sent), ending) => {
                add_phone_alias_by_extension::line(sent, ending).unwrap_or_else(|| common(now, call, ending, dialect))
            }
            (Command::UpdatePhoneAlias(sent), Outcome::UpdatePhoneAlias(ending)) => {
                update_phone_alias::line(sent, ending, dialect)
            }
            (Command::ServerRefresh(sent), Outcome::ServerRefresh(ending)) => {
                server_refresh::line(sent, ending, dialect)
            }
            (Command::AddUser(sent), Outcome::AddUser(ending)) => add_user::line(sent, ending),
            (Command::CopyUser(sent), Outcome::CopyUser(ending)) => copy_user::line(sent, ending),
            (Command::UserDetails(sent), Outcome::UserDetails(ending)) => user_details::line(sent, ending),
            (Command::LoggedInAgents(sent), Outcome::LoggedInAgents(ending)) => logged_in_agents::line(sent, ending),
            (Command::AgentStatus(sent), Outcome::AgentStatus(ending)) => agent_status::line(sent, ending),
            (Command::UserGroupStatus(sent), Outcome::UserGroupStatus(ending)) => user_group_status::line(sent, ending),
            (Command::AgentCampaigns(sent), Outcome::AgentCampaigns(ending)) => {
                agent_campaigns::line(user, sent, ending, dialect)
            }
            (Command::CampaignsList(sent), Outcome::CampaignsList(ending)) => campaigns_list::line(sent, ending),
            (Command::BlindMonitor(sent), Outcome::BlindMonitor(ending)) => blind_monitor::line(user, sent, ending),
            (Command::VmList(sent), Outcome::VmList(found)) => chooser::mailboxes(sent, found, as_json),
            (Command::ContainerList(sent), Outcome::ContainerList(ending)) => {
                chooser::containers(sent, ending, as_json)
            }
            (command, Outcome::NoPermission) => {
                Self::error(no_permission(command), no_permission_data(command, dialect))
            }
            _ => common(now, call, ending, dialect),
        }
    }

    /// The text of the reply, including the line end of each line.
    pub fn text(self, call: &Call, dialect: Dialect) -> String {
        let (kind, reason, user) = (self.kind.word(), &self.reason, call.user.as_str());
        match self.rest {
            ReplyTail::Whole(mut text) => {
                text.push('\n');
                text
            }
            ReplyTail::Document(text) => text,
            ReplyTail::UserAndData(data) if dialect == Dialect::Vicidial && self.kind != ReplyKind::Success => {
                format!("{kind}: {reason}: |{user}|{data}\n")
            }
            ReplyTail::Searched(data) if dialect == Dialect::Vicidial => format!("{kind}: {reason}: {user}|{data}\n"),
            ReplyTail::UserAndData(data) | ReplyTail::Searched(data) => format!("{kind}: {reason} - {user}|{data}\n"),
        }
    }
}

/// The lines of the reply for an outcome: one, except for an update of a user's ranks.
pub fn lines(now: Timestamp, call: &Call, ending: &Outcome, style: Style) -> Vec<ReplyLine> {
    match (&call.command, ending) {
        (Command::UpdateUser(sent), Outcome::UpdateUser(ending)) => {
            update_user::lines(call.user.as_str(), sent, ending)
        }
        (Command::UpdateRemoteAgent(sent), Outcome::UpdateRemoteAgent(ending)) => {
            update_remote_agent::lines(sent, ending)
        }
        _ => vec![ReplyLine::of(now, call, ending, style)],
    }
}

/// Replies that all functions have in common: about login, function and source.
fn common(now: Timestamp, call: &Call, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    let (user, function, source) = (call.user.as_str(), call.function.as_str(), call.source.as_str());
    let whole = |reason, documented: String, vicidial: String| {
        ReplyLine::whole(ReplyKind::Error, reason, if dialect == Dialect::Documented { documented } else { vicidial })
    };
    match ending {
        Outcome::Version(zone) => ReplyLine::whole(ReplyKind::Success, "", version(now, zone.as_deref())),
        Outcome::Locked => whole(
            "TOO MANY LOGIN ATTEMPTS",
            format!("ERROR: TOO MANY LOGIN ATTEMPTS, TRY AGAIN IN 15 MINUTES - {user}"),
            format!("ERROR: Too many login attempts, try again in 15 minutes: |{user}|LOCK|"),
        ),
        Outcome::AddressNotAllowed => whole(
            "YOUR IP ADDRESS IS NOT ALLOWED",
            format!("ERROR: YOUR IP ADDRESS IS NOT ALLOWED - {}", call.from),
            format!("ERROR: Your IP Address is not allowed: {}: ||IPBLOCK|", call.from),
        ),
        Outcome::SourceTooShort => whole(
            "Invalid Source",
            format!("ERROR: Invalid Source - {source}"),
            format!("ERROR: Invalid Source - {source}\nERROR: Invalid Source: |{source}|"),
        ),
        Outcome::FunctionNotAllowed => {
            let end = if dialect == Dialect::Vicidial { "|" } else { "" };
            ReplyLine::error("auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION", format!("{function}{end}"))
        }
        Outcome::UnknownFunction => {
            ReplyLine::whole(ReplyKind::Error, "NO FUNCTION SPECIFIED", "ERROR: NO FUNCTION SPECIFIED")
        }
        _ => whole(
            "INVALID USERNAME OR PASSWORD",
            "ERROR: INVALID USERNAME OR PASSWORD".to_owned(),
            format!("ERROR: Login incorrect, please try again: |{user}||BAD|"),
        ),
    }
}

/// The version of the API, which scripts compare. Hotdesk's own version is in the header `Server`.
/// `zone` is the time zone of an active dialer; without one, VICIdial calculates with no hours.
fn version(now: Timestamp, zone: Option<&str>) -> String {
    let (zone, zone_now) = (zone.unwrap_or_default(), zone.unwrap_or("0"));
    format!(
        "VERSION: 2.14-194|BUILD: 241004-1518|DATE: {}|EPOCH: {}|DST: 0|TZ: {zone}|TZNOW: {zone_now}|",
        now.stamp(),
        now.unix()
    )
}

fn no_permission(command: &Command) -> &'static str {
    match command {
        Command::AddPhone(_) => "add_phone USER DOES NOT HAVE PERMISSION TO ADD PHONES",
        Command::UpdatePhone(_) => "update_phone USER DOES NOT HAVE PERMISSION TO UPDATE PHONES",
        Command::AddPhoneAlias(_) | Command::AddPhoneAliasByExtension(_) => {
            "add_phone_alias USER DOES NOT HAVE PERMISSION TO ADD PHONE ALIASES"
        }
        Command::UpdatePhoneAlias(_) => "update_phone_alias USER DOES NOT HAVE PERMISSION TO UPDATE PHONE ALIASES",
        Command::ServerRefresh(_) => "server_refresh USER DOES NOT HAVE PERMISSION TO REFRESH SERVERS",
        Command::AddUser(_) => "add_user USER DOES NOT HAVE PERMISSION TO ADD USERS",
        Command::CopyUser(_) => "copy_user USER DOES NOT HAVE PERMISSION TO COPY USERS",
        Command::UpdateUser(_) => "update_user USER DOES NOT HAVE PERMISSION TO UPDATE USERS",
        Command::UserDetails(_) => "user_details USER DOES NOT HAVE PERMISSION TO GET USER DETAILS",
        Command::LoggedInAgents(_) => "logged_in_agents USER DOES NOT HAVE PERMISSION TO GET AGENT INFO",
        Command::AgentStatus(_) => "agent_status USER DOES NOT HAVE PERMISSION TO GET AGENT INFO",
        Command::UserGroupStatus(_) => "user_group_status USER DOES NOT HAVE PERMISSION TO GET USER GROUP INFO",
        Command::AgentCampaigns(_) => "agent_campaigns USER DOES NOT HAVE PERMISSION TO GET AGENT INFO",
        Command::CampaignsList(_) => "campaigns_list USER DOES NOT HAVE PERMISSION TO GET CAMPAIGN INFO",
        Command::UpdateRemoteAgent(_) => "update_remote_agent USER DOES NOT HAVE PERMISSION TO UPDATE REMOTE AGENTS",
        Command::BlindMonitor(_) => "blind_monitor USER DOES NOT HAVE PERMISSION TO BLIND MONITOR",
        Command::VmList(_) => "vm_list USER DOES NOT HAVE PERMISSION TO LIST MAILBOXES",
        Command::ContainerList(_) => "container_list USER DOES NOT HAVE PERMISSION TO LIST CONTAINERS",
        Command::Version | Command::Unknown => "auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION",
    }
}

/// The data after a missing permission; VICIdial adds a pipe after that of a search.
fn no_permission_data(command: &Command, dialect: Dialect) -> &'static str {
    match (command, dialect) {
        (
            Command::UserDetails(_)
            | Command::LoggedInAgents(_)
            | Command::AgentStatus(_)
            | Command::UserGroupStatus(_)
            | Command::AgentCampaigns(_)
            | Command::CampaignsList(_)
            | Command::BlindMonitor(_),
            Dialect::Vicidial,
        ) => "0|",
        _ => "0",
    }
}

/// The data of a required-fields error; the documented dialect adds a pipe at the end.
fn required(data: String, dialect: Dialect) -> String {
    if dialect == Dialect::Documented { data + "|" } else { data }
}

/// Label of a function in the metrics.
pub fn function(command: &Command) -> &'static str {
    match command {
        Command::Version => "version",
        Command::AddPhone(_) => "add_phone",
        Command::UpdatePhone(_) => "update_phone",
        Command::AddPhoneAlias(_) | Command::AddPhoneAliasByExtension(_) => "add_phone_alias",
        Command::UpdatePhoneAlias(_) => "update_phone_alias",
        Command::ServerRefresh(_) => "server_refresh",
        Command::AddUser(_) => "add_user",
        Command::CopyUser(_) => "copy_user",
        Command::UpdateUser(_) => "update_user",
        Command::UserDetails(_) => "user_details",
        Command::LoggedInAgents(_) => "logged_in_agents",
        Command::AgentStatus(_) => "agent_status",
        Command::UserGroupStatus(_) => "user_group_status",
        Command::AgentCampaigns(_) => "agent_campaigns",
        Command::CampaignsList(_) => "campaigns_list",
        Command::UpdateRemoteAgent(_) => "update_remote_agent",
        Command::BlindMonitor(_) => "blind_monitor",
        Command::VmList(_) => "vm_list",
        Command::ContainerList(_) => "container_list",
        Command::Unknown => "none",
    }
}

/// Label of a reply in the metrics, from the kind of its first line.
pub fn result(ending: &Outcome, lines: &[ReplyLine]) -> &'static str {
    match (ending, lines.first().map_or(ReplyKind::Error, |line| line.kind)) {
        (Outcome::LoginIncorrect, _) => "login_incorrect",
        (Outcome::Locked, _) => "locked",
        (Outcome::AddressNotAllowed, _) => "address_not_allowed",
        (Outcome::FunctionNotAllowed | Outcome::NoPermission, _) => "no_permission",
        (_, ReplyKind::Success) => "success",
        (_, ReplyKind::Notice) => "notice",
        (_, ReplyKind::Error) => "error",
    }
}

/// A reply of a function. The status is always 200, since all known clients treat another status as a
/// transport failure.
pub fn reply(body: String, is_json: bool) -> Response {
    let mut response = with_status(StatusCode::OK, body);
    if is_json {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
