//! Texts of the Agent API's replies. They are the same in both dialects.

use std::borrow::Cow;

use askama::Template;
use fleet::Timestamp;
use fleet::agent_api::{AgentCall, AgentOutcome, LoginRefusal, Outcome};
use fleet::field::Field;

/// A line of a reply, with its entry in the API log.
pub(super) struct ReplyLine {
    pub result: &'static str,
    pub reason: Cow<'static, str>,
    pub text: String,
}

impl ReplyLine {
    fn new(result: &'static str, reason: impl Into<Cow<'static, str>>, text: String) -> Self {
        Self { result, reason: reason.into(), text }
    }

    /// A line that consists of a reason and its data.
    fn of(result: &'static str, reason: impl Into<Cow<'static, str>>, data: &str) -> Self {
        let reason = reason.into();
        let text = format!("{result}: {reason} - {data}\n");
        Self { result, reason, text }
    }

    fn error(reason: impl Into<Cow<'static, str>>, data: &str) -> Self {
        Self::of("ERROR", reason, data)
    }
}

/// Reply to `version`, in the format that scripts compare.
pub(super) fn version(now: Timestamp) -> ReplyLine {
    let text = format!("VERSION: 2.14-81|BUILD: 240429-2220|DATE: {}|EPOCH: {}\n", now.stamp(), now.unix());
    ReplyLine::new("SUCCESS", "", text)
}

/// The lines of the reply for this outcome; none for an unknown function.
pub(super) fn lines(now: Timestamp, call: &AgentCall, outcome: &Outcome) -> Vec<ReplyLine> {
    let (function, user, value) = (call.function.as_str(), call.user.as_str(), call.value.as_str());
    let line = match outcome {
        Outcome::ReadAgain | Outcome::UnknownFunction => return Vec::new(),
        Outcome::SourceTooShort => ReplyLine::error("Invalid Source", call.source.as_str()),
        Outcome::LoginRefused { api_access, why } => login_refused(user, *api_access, *why),
        Outcome::NotActive => {
            ReplyLine::new("ERROR", "System API NOT ACTIVE", "ERROR: System API NOT ACTIVE\n".to_owned())
        }
        Outcome::NotValid => not_valid(call),
        Outcome::FunctionNotAllowed { user_group } => {
            let value = if function == "webserver" { String::new() } else { format!("{value}|") };
            let data = format!("{value}{user}|{function}|{user_group}");
            ReplyLine::error("auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION", &data)
        }
        // The caller adds the data of the host.
        Outcome::Webserver => ReplyLine::new("SUCCESS", "", String::new()),
        Outcome::Agent { agent, is_alt_unknown, outcome } => {
            let unknown = is_alt_unknown.then(|| ReplyLine::error("no user found", call.alt_user.as_str()));
            return unknown.into_iter().chain([for_agent(now, call, agent, outcome)]).collect();
        }
    };
    vec![line]
}

fn not_valid(call: &AgentCall) -> ReplyLine {
    let data = format!("{}|{}", call.value.as_str(), call.agent_user.as_str());
    ReplyLine::error(format!("{} not valid", call.function.as_str()), &data)
}

/// Leaves the field of the password empty; VICIdial repeats the password there.
fn login_refused(user: &str, api_access: bool, why: LoginRefusal) -> ReplyLine {
    let word = match why {
        LoginRefusal::Good => "GOOD",
        LoginRefusal::Bad => "BAD",
        LoginRefusal::Lock => "LOCK",
        LoginRefusal::IpBlock => "IPBLOCK",
        LoginRefusal::NoServers => "ERRSERVERS",
    };
    let (good, access) = (u8::from(why == LoginRefusal::Good), u8::from(api_access));
    let reason = "Invalid Username/Password";
    ReplyLine::new("ERROR", reason, format!("ERROR: {reason}: |{user}||{good}|{access}|{word}|\n"))
}

fn for_agent(now: Timestamp, call: &AgentCall, agent: &str, outcome: &AgentOutcome) -> ReplyLine {
    match outcome {
        AgentOutcome::NotLoggedIn => ReplyLine::error("agent_user is not logged in", agent),
        AgentOutcome::NotValid => not_valid(call),
        AgentOutcome::LogoutSet | AgentOutcome::EndSession(_) => {
            let data = format!("{}|{}|{agent}", call.value.as_str(), now.unix());
            ReplyLine::of("SUCCESS", "logout function set", &data)
        }
        AgentOutcome::CallQueued | AgentOutcome::RingAgain(_) => {
            ReplyLine::of("SUCCESS", "call_agent function sent", agent)
        }
        AgentOutcome::IsConnected => ReplyLine::error("call_agent error - phone is connected", agent),
        AgentOutcome::CannotRing => ReplyLine::error("call_agent error - no phone can be called", agent),
        AgentOutcome::NoSessionData => {
            ReplyLine::error(format!("{} error - no session data", call.function.as_str()), agent)
        }
        AgentOutcome::NoCall => ReplyLine::error("call_agent error - entry is empty", agent),
        AgentOutcome::NoWebphone => ReplyLine::error("webphone_url error - webphone url is empty", agent),
        AgentOutcome::Webphone(address) if call.value.as_str() == "LAUNCH" => ReplyLine::new(
            "NOTICE",
            "webphone_url active and launched",
            LaunchPage { address }.render().unwrap_or_default(),
        ),
        AgentOutcome::Webphone(address) => {
            ReplyLine::new("NOTICE", "webphone_url active and displayed", address.clone())
        }
    }
}

/// The page for a client that does not follow redirects.
#[derive(Template)]
#[template(
    source = "<!doctype html>\n<title>Web phone</title>\n<p><a href=\"{{ address }}\" rel=\"noreferrer\">Web phone</a></p>\n",
    ext = "html"
)]
struct LaunchPage<'a> {
    address: &'a str,
}
