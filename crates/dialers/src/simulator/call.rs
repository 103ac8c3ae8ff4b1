//! A call on a simulated dialer, with its events in the order of Asterisk 16.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::line::Behaviour;
use super::switchboard::{CallState, SimulatedCall, Switchboard};
use crate::frame::Frame;
use crate::line::Line;

/// The only context.
pub(super) const CONTEXT: &str = "default";

/// Asterisk's placeholder for an unknown value.
const UNKNOWN: &str = "<unknown>";

/// A call that a client has requested.
#[derive(Debug)]
pub(super) struct CallRequest {
    action_id: String,
    dial_string: String,
    exten: String,
    conference: String,
    timeout: Duration,
    channel_id: Option<String>,
    variables: Vec<(String, String)>,
    is_probe: bool,
}

impl CallRequest {
    /// Whether the call goes to an application, which only the check of the rights requests.
    pub(super) const fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Reads an Originate. The error is the dialer's message.
    pub(super) fn read(frame: &Frame) -> Result<Self, &'static str> {
        let text = |key| frame.get(key).unwrap_or_default().to_owned();
        let dial_string = text("Channel");
        if dial_string.is_empty() {
            return Err("Channel not specified");
        }
        let exten = text("Exten");
        let is_probe = frame.get("Application").is_some();
        let conference = if is_probe { Some("") } else { conference_of_request(frame, &exten) };
        let conference = conference.ok_or("Extension does not exist.")?;
        if text("Async") != "true" {
            return Err("a simulated dialer only makes asynchronous calls");
        }
        let pair = |variable: &str| {
            let (name, value) = variable.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Ok(Self {
            action_id: text("ActionID"),
            dial_string,
            conference: conference.to_owned(),
            timeout: Duration::from_millis(text("Timeout").parse().unwrap_or(30_000)),
            channel_id: frame.get("ChannelId").map(str::to_owned),
            variables: frame.all("Variable").filter_map(pair).collect(),
            exten,
            is_probe,
        })
    }
}

/// The conference that a call request leads to.
fn conference_of_request<'a>(frame: &Frame, exten: &'a str) -> Option<&'a str> {
    let is_known = frame.get("Context") == Some(CONTEXT) && frame.get("Priority") == Some("1");
    Some(exten).filter(|_| is_known).and_then(room_of)
}

/// The conference that an extension of VICIdial's dialplan leads to.
fn room_of(exten: &str) -> Option<&str> {
    let is_conference = |conference: &&str| {
        conference.len() == 7
            && conference.bytes().all(|byte| byte.is_ascii_digit())
            && (conference.starts_with("9600") || conference.starts_with("86"))
    };
    let behind_two = || exten.strip_prefix("2").filter(|conference| conference.starts_with("86"));
    Some(exten).filter(is_conference).or_else(|| behind_two().filter(is_conference))
}

/// Runs a call to its end.
pub(super) async fn run(switchboard: Arc<Switchboard>, request: CallRequest) {
    let line = Line::of_dial_string(&request.dial_string);
    let script = line.as_ref().and_then(|line| switchboard.line(line)).filter(|script| script.registered);
    let (Some(line), Some(script)) = (line, script) else { return fail(&switchboard, &request, "0") };
    let number = switchboard.next_channel();
    let call = SimulatedCall {
        channel: format!("{line}-{number:08x}"),
        unique_id: request.channel_id.clone().unwrap_or_else(|| format!("1.{number}")),
        line,
        exten: request.exten.clone(),
        state: CallState::Down,
    };
    let Some(mut hung_up) = switchboard.begin(call.clone()) else { return fail(&switchboard, &request, "0") };
    let flow = CallFlow { switchboard: &switchboard, request: &request, call };
    flow.announce();
    match flow.dial(script.behaviour, &mut hung_up).await {
        Dialled::Answered => flow.stay(hung_up).await,
        Dialled::TimedOut => flow.fail("16", "3"),
        Dialled::Rejected => {
            flow.dialled("BUSY", "0");
            flow.fail("17", "5");
        }
        Dialled::HungUp => {
            fail(&switchboard, &request, "0");
            flow.hang_up("16");
        }
    }
}

/// The result of dialling.
enum Dialled {
    Answered,
    TimedOut,
    Rejected,
    HungUp,
}

fn fail(switchboard: &Switchboard, request: &CallRequest, reason: &str) {
    switchboard.broadcast(&[
        ("Event", "OriginateResponse"),
        ("Privilege", "call,all"),
        ("ActionID", &request.action_id),
        ("Response", "Failure"),
        ("Channel", &request.dial_string),
        ("Context", CONTEXT),
        ("Exten", &request.exten),
        ("Reason", reason),
        ("Uniqueid", request.channel_id.as_deref().unwrap_or(UNKNOWN)),
    ]);
}

struct CallFlow<'a> {
    switchboard: &'a Switchboard,
    request: &'a CallRequest,
    call: SimulatedCall,
}

impl CallFlow<'_> {
    fn announce(&self) {
        self.send_event("Newchannel", "0", &[]);
        for (name, value) in &self.request.variables {
            let name = name.trim_start_matches('_');
            self.send_event("VarSet", "0", &[("Variable", name), ("Value", value)]);
        }
        self.send_dial_event("DialBegin", "0", ("DialString", &self.call.line.name));
    }

    async fn dial(&self, behaviour: Behaviour, hung_up: &mut oneshot::Receiver<()>) -> Dialled {
        let (after, otherwise) = match behaviour {
            Behaviour::Answers { after } => (after, Dialled::Answered),
            Behaviour::Rejects { after } => (after, Dialled::Rejected),
            Behaviour::NeverAnswers | Behaviour::Dead => (Duration::MAX, Dialled::TimedOut),
        };
        let is_silent = behaviour == Behaviour::Dead || behaviour == Behaviour::Rejects { after: Duration::ZERO };
        if !is_silent {
            self.switchboard.advance(&self.call.unique_id, CallState::Ringing);
            self.send_event("Newstate", "5", &[("ChannelStateDesc", "Ringing")]);
            self.send_dial_event("DialState", "5", ("DialStatus", "RINGING"));
        }
        let ended = timeout(after.min(self.request.timeout), hung_up).await;
        self.switchboard.thawed().await;
        match ended {
            Ok(_) => Dialled::HungUp,
            Err(_) if after > self.request.timeout => Dialled::TimedOut,
            Err(_) => otherwise,
        }
    }

    /// Stays in the conference until the call is hung up.
    async fn stay(&self, hung_up: oneshot::Receiver<()>) {
        self.switchboard.advance(&self.call.unique_id, CallState::Up);
        self.switchboard.count(|counts| counts.answered += 1);
        self.send_event("Newstate", "6", &[("ChannelStateDesc", "Up")]);
        self.dialled("ANSWER", "6");
        self.switchboard.broadcast(&[
            ("Event", "OriginateResponse"),
            ("Privilege", "call,all"),
            ("ActionID", &self.request.action_id),
            ("Response", "Success"),
            ("Channel", &self.call.channel),
            ("Context", CONTEXT),
            ("Exten", &self.request.exten),
            ("Reason", "4"),
            ("Uniqueid", &self.call.unique_id),
        ]);
        let conference = ("Conference", self.request.conference.as_str());
        self.send_event("ConfbridgeJoin", "6", &[conference, ("Admin", "No"), ("Muted", "No")]);
        // If the sender is gone, the call ends too.
        hung_up.await.unwrap_or_default();
        self.switchboard.thawed().await;
        self.send_event("ConfbridgeLeave", "6", &[conference, ("Admin", "No")]);
        self.hang_up("16");
    }

    fn fail(&self, cause: &str, reason: &str) {
        self.hang_up(cause);
        fail(self.switchboard, self.request, reason);
    }

    fn hang_up(&self, cause: &str) {
        self.switchboard.end(&self.call.unique_id);
        self.send_event("Hangup", "0", &[("Cause", cause)]);
    }

    fn dialled(&self, status: &str, state: &str) {
        self.send_dial_event("DialEnd", state, ("DialStatus", status));
    }

    fn send_event(&self, event: &str, state: &str, more: &[(&str, &str)]) {
        let fields = [
            ("Event", event),
            ("Privilege", "call,all"),
            ("Channel", &self.call.channel),
            ("ChannelState", state),
            ("Context", CONTEXT),
            ("Exten", &self.call.exten),
            ("Uniqueid", &self.call.unique_id),
            ("Linkedid", &self.call.unique_id),
        ];
        self.switchboard.broadcast(&[&fields, more].concat());
    }

    fn send_dial_event(&self, event: &str, state: &str, more: (&str, &str)) {
        self.switchboard.broadcast(&[
            ("Event", event),
            ("Privilege", "call,all"),
            ("DestChannel", &self.call.channel),
            ("DestChannelState", state),
            ("DestUniqueid", &self.call.unique_id),
            ("DestLinkedid", &self.call.unique_id),
            more,
        ]);
    }
}
