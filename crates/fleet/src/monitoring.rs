//! Monitoring of agents: a call that connects a supervisor's phone to an agent's conference.

use std::fmt::Write;
use std::net::IpAddr;

use crate::sessions::{Call, Engine};

/// Dialplan context of monitoring calls.
const CONTEXT: &str = "default";

/// How long the supervisor's phone rings, in seconds.
const RING_TIMEOUT: u32 = 20;

/// Number of characters of a user's name in a caller code.
const NAME_IN_CODE: usize = 8;

/// Kind of monitoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonitorKind {
    /// The supervisor hears everybody.
    Listen,
    /// The supervisor hears everybody and speaks to everybody.
    Barge,
    /// The same as [`Self::Barge`], except in the logs.
    Hijack,
    /// The supervisor hears everybody and speaks to the agent only.
    Whisper,
}

/// Monitoring mode that a call requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonitorMode {
    /// The kind of monitoring.
    pub kind: MonitorKind,
    /// Whether the supervisor's phone rings before the call joins the conference.
    pub rings_phone_first: bool,
    /// Whether the call requests whispering, but the system settings do not allow it.
    is_downgraded: bool,
}

impl MonitorMode {
    /// Parses `stage`. The keyword may be a part of the text. `None` if the text contains no mode.
    #[must_use]
    pub fn parse(stage: &str, whisper_enabled: bool) -> Option<Self> {
        let plain = |kind| Some(Self { kind, rings_phone_first: false, is_downgraded: false });
        if stage.contains("BARGE") {
            let rings_phone_first = stage.contains("SWAP");
            return Some(Self { kind: MonitorKind::Barge, rings_phone_first, is_downgraded: false });
        }
        if stage.contains("HIJACK") {
            return plain(MonitorKind::Hijack);
        }
        if stage.contains("WHISPER") {
            let downgraded = Self { kind: MonitorKind::Listen, rings_phone_first: false, is_downgraded: true };
            return if whisper_enabled { plain(MonitorKind::Whisper) } else { Some(downgraded) };
        }
        if stage.is_empty() || stage.contains("MONITOR") { plain(MonitorKind::Listen) } else { None }
    }

    /// The mode's value in `vicidial_rt_monitor_log.monitor_type`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self.kind {
            MonitorKind::Listen => "LISTEN",
            MonitorKind::Barge => "BARGE",
            MonitorKind::Hijack => "HIJACK",
            MonitorKind::Whisper => "WHISPER",
        }
    }

    /// Digits that VICIdial's dialplan expects before the conference number.
    const fn prefix(self, engine: Engine) -> &'static str {
        match (self.kind, engine) {
            // VICIdial uses MeetMe's number here on every dialer (recorded: `confbridge-whisper-off`).
            (MonitorKind::Listen, _) if self.is_downgraded => "0",
            (MonitorKind::Listen, Engine::Meetme) => "0",
            (MonitorKind::Listen, Engine::Confbridge) => "4",
            (MonitorKind::Barge, Engine::Confbridge) => "6",
            (MonitorKind::Barge, Engine::Meetme) | (MonitorKind::Hijack, _) => "",
            (MonitorKind::Whisper, _) => "47378218",
        }
    }

    /// The first two letters of the caller code.
    const fn code_letters(self) -> &'static str {
        match self.kind {
            MonitorKind::Listen => "BM",
            MonitorKind::Barge | MonitorKind::Hijack => "BB",
            MonitorKind::Whisper => "BW",
        }
    }

    /// The caller code of a call: letters of the mode, Unix time, and the caller's name padded or cut to eight characters.
    #[must_use]
    pub fn caller_code(self, second: i64, user: &str) -> String {
        let name: String = user.chars().take(NAME_IN_CODE).collect();
        format!("{}{second}{name:0>NAME_IN_CODE$}", self.code_letters())
    }

    /// The number that leads to the conference from any dialer of the cluster.
    #[must_use]
    pub fn number(self, engine: Engine, server_ip: &str, conf_exten: &str) -> String {
        format!("{}{}{conf_exten}", dialer_prefix(server_ip), self.prefix(engine))
    }
}

/// A dialer's prefix in VICIdial's dialplan: each octet as three digits followed by `*`.
#[must_use]
pub fn dialer_prefix(server_ip: &str) -> String {
    server_ip.split('.').fold(String::new(), |mut prefix, octet| {
        // Writing to a string cannot fail.
        write!(prefix, "{octet:0>3}*").unwrap_or_default();
        prefix
    })
}

/// The agent in a conference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct MonitoredAgent {
    pub user: String,
    /// The user's group; `None` for a live agent without an account.
    pub user_group: Option<String>,
    pub status: String,
    pub lead_id: i64,
    pub campaign_id: String,
}

/// Log entry of a monitoring call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitoring {
    /// The call.
    pub call: Call,
    /// The number that leads to the conference.
    pub number: String,
    /// The number that rings the supervisor's phone.
    pub dialplan_number: String,
    /// The supervisor.
    pub user: String,
    /// The supervisor's address.
    pub from: IpAddr,
    /// The phone's login, as the call spelled it.
    pub phone_login: String,
    /// The agent's dialer.
    pub agent_server_ip: String,
    /// The conference.
    pub conf_exten: String,
    /// The agent in the conference.
    pub agent: MonitoredAgent,
    /// The mode, from [`MonitorMode::word`].
    pub monitor_type: &'static str,
}

impl Monitoring {
    /// The call that connects a conference and a phone, by their numbers in this order.
    #[must_use]
    pub fn call(
        mode: MonitorMode,
        server_ip: &str,
        numbers: (&str, &str),
        caller_code: String,
        caller_number: &str,
    ) -> Call {
        let (number, dialplan_number) = numbers;
        let (first, then) = if mode.rings_phone_first { (dialplan_number, number) } else { (number, dialplan_number) };
        Call {
            server_ip: server_ip.to_owned(),
            channel: format!("Local/{first}@{CONTEXT}"),
            context: CONTEXT.to_owned(),
            exten: then.to_owned(),
            callerid: caller_code,
            caller_number: caller_number.to_owned(),
            ring_timeout: RING_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_without_a_mode_is_refused() {
        for stage in ["monitor", "9", "xmonitorx", "LISTEN"] {
            assert_eq!(MonitorMode::parse(stage, true), None, "{stage}");
        }
    }

    #[test]
    fn each_mode_has_its_prefix_on_each_conference_engine() {
        for (stage, whisper, meetme, confbridge) in [
            ("", false, "0", "4"),
            ("MONITOR", false, "0", "4"),
            ("xBARGEx", false, "", "6"),
            ("HIJACK", false, "", ""),
            ("WHISPER", true, "47378218", "47378218"),
            ("WHISPER", false, "0", "0"),
        ] {
            let mode = MonitorMode::parse(stage, whisper).unwrap();
            let number = |engine| mode.number(engine, "10.0.9.8", "8600051");
            assert_eq!(number(Engine::Meetme), format!("010*000*009*008*{meetme}8600051"), "{stage}");
            assert_eq!(number(Engine::Confbridge), format!("010*000*009*008*{confbridge}8600051"), "{stage}");
        }
    }

    #[test]
    fn a_caller_code_has_twenty_characters_for_names_of_any_length() {
        let mode = MonitorMode::parse("MONITOR", false).unwrap();
        for (user, end) in [("6666", "00006666"), ("supervisor01", "supervis"), ("superv01", "superv01")] {
            assert_eq!(mode.caller_code(1_795_239_060, user), format!("BM1795239060{end}"));
        }
    }
}
