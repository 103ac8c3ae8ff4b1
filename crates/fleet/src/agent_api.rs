//! The Agent API: functions that other programs use to control agents, with the recorded order of their checks.

use std::net::IpAddr;

use crate::authorization::Visibility;
use crate::field::{AgentUser, AltUser, Field, Function, Source, UserName, Value};
use crate::login::{AuthOutcome, PasswordCheck, allows_address, authenticate, is_locked};
use crate::records::User;
use crate::sessions::{AGENT_LEVEL, LoginPolicy, State};
use crate::text::Alphabet;
use crate::{FleetTx, TxError};

/// The functions of the Agent API, except `version`, which needs no login.
pub const FUNCTIONS: [&str; 4] = ["logout", "call_agent", "webserver", "webphone_url"];

/// Minimum length of a password, a source and a searched value, in bytes.
const SHORTEST: usize = 2;

/// Width of `vicidial_live_agents.external_pause`.
const EXTERNAL_PAUSE: usize = 20;

/// A stored call or address of at most this length counts as missing.
const EMPTY_ENTRY: usize = 5;

/// Length of a conference number. A stored call to a number of any other length leads elsewhere.
const CONFERENCE: usize = 7;

/// The width of `vicidial_manager.callerid`.
const CALLERID: usize = 20;

/// Data that VICIdial's agent page stores about an agent's session (table `vicidial_session_data`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct SessionData {
    pub webphone_url: String,
    pub agent_login_call: String,
}

/// The call that VICIdial's agent page queued at the login, by column of `vicidial_manager`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is named after its column")]
pub struct StoredCall {
    pub entry_date: String,
    pub server_ip: String,
    pub callerid: String,
    pub channel: String,
    pub context: String,
    pub exten: String,
    pub priority: String,
    pub caller_id: String,
}

impl StoredCall {
    /// Parses `agent_login_call`. A call to a conference is redirected to `conf_exten`. `None` if the text is not a call.
    #[must_use]
    pub fn parse(stored: &str, conf_exten: &str) -> Option<Self> {
        let [
            _,
            _,
            entry_date,
            _,
            _,
            server_ip,
            _,
            "Originate",
            call_name,
            channel,
            context,
            exten,
            priority,
            caller_id,
            ..,
        ] = stored.split('|').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let number = exten.strip_prefix("Exten: ").unwrap_or_default();
        let leads_to_conference = number.len() == CONFERENCE && number.bytes().all(|byte| byte.is_ascii_digit());
        // VICIdial writes two blanks here.
        let exten = if leads_to_conference { format!("Exten:  {conf_exten}") } else { exten.to_owned() };
        Some(Self {
            entry_date: entry_date.to_owned(),
            server_ip: server_ip.to_owned(),
            callerid: call_name[..call_name.floor_char_boundary(CALLERID)].to_owned(),
            channel: channel.to_owned(),
            context: context.to_owned(),
            exten,
            priority: priority.to_owned(),
            caller_id: caller_id.to_owned(),
        })
    }
}

/// One call of the Agent API.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
pub struct AgentCall {
    pub function: Function,
    pub user: UserName,
    /// The length of the filtered password, in bytes.
    pub pass_length: usize,
    pub source: Source,
    pub value: Value,
    pub agent_user: AgentUser,
    pub alt_user: AltUser,
    /// The client's address.
    pub from: IpAddr,
    /// The alphabet in which the fields were read.
    pub alphabet: Alphabet,
}

/// Reason why a login is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRefusal {
    /// The password is correct, but it is too short, or the account has no API access.
    Good,
    /// The user is unknown, the password is wrong, or the account is inactive.
    Bad,
    /// The account is locked after too many recent failures.
    Lock,
    /// The account may not call from this address.
    IpBlock,
    /// No dialer is active.
    NoServers,
}

/// Outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The settings or the stored password changed since the call was read: read and check it again.
    ReadAgain,
    /// `source` has fewer than 2 characters.
    SourceTooShort,
    /// The login is refused.
    LoginRefused {
        /// Whether the account has API access.
        api_access: bool,
        /// The reason.
        why: LoginRefusal,
    },
    /// The Agent API is switched off.
    NotActive,
    /// No function, or one that Hotdesk does not implement.
    UnknownFunction,
    /// The function does not accept this `value`, or the call names no agent.
    NotValid,
    /// The user may not call this function.
    FunctionNotAllowed {
        /// The user's group.
        user_group: String,
    },
    /// `webserver`.
    Webserver,
    /// A function for an agent.
    Agent {
        /// The agent that the call names, or the one that `alt_user` identifies.
        agent: String,
        /// Whether no user has the call's `alt_user`.
        is_alt_unknown: bool,
        /// The outcome for this agent.
        outcome: AgentOutcome,
    },
}

/// Outcome of a function for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentOutcome {
    /// The agent is not logged in, or the caller does not see the agent's group.
    NotLoggedIn,
    /// `value` is not exactly `LOGOUT`, but the agent has a session of Hotdesk.
    NotValid,
    /// VICIdial's agent page will log the agent out.
    LogoutSet,
    /// The floor must end this session.
    EndSession(i64),
    /// The login's stored call is queued again.
    CallQueued,
    /// The floor must ring the phone of this session again.
    RingAgain(i64),
    /// The phone of the agent's session is already connected.
    IsConnected,
    /// No phone of the agent's session can be rung.
    CannotRing,
    /// VICIdial's agent page has stored no data about the agent's session.
    NoSessionData,
    /// No call is stored.
    NoCall,
    /// No address of a web phone is stored.
    NoWebphone,
    /// The address of the web phone.
    Webphone(String),
}

/// Executes a call, except the actions that the floor must take ([`AgentOutcome::EndSession`], [`AgentOutcome::RingAgain`]).
///
/// # Errors
/// [`TxError`] when the database fails; then the caller must roll back.
pub fn execute(
    tx: &mut dyn FleetTx,
    call: &AgentCall,
    password_check: &PasswordCheck,
    policy: LoginPolicy,
) -> Result<Outcome, TxError> {
    if tx.settings()?.alphabet() != call.alphabet {
        return Ok(Outcome::ReadAgain);
    }
    if call.source.len() < SHORTEST {
        return Ok(Outcome::SourceTooShort);
    }
    let user = match enter(tx, call, password_check)? {
        Ok(user) => user,
        Err(refused) => return Ok(refused),
    };
    if !tx.agent_api_active()? {
        return Ok(Outcome::NotActive);
    }
    let function = call.function.as_str();
    if !FUNCTIONS.contains(&function) {
        return Ok(Outcome::UnknownFunction);
    }
    if !call.is_valid() {
        return Ok(Outcome::NotValid);
    }
    if !user.may_call(function) {
        return Ok(Outcome::FunctionNotAllowed { user_group: user.user_group });
    }
    if function == "webserver" {
        return Ok(Outcome::Webserver);
    }
    let alt = call.alt_user.as_str();
    let found = if alt.len() < SHORTEST { None } else { tx.user_with_custom_three(alt)? };
    let is_alt_unknown = found.is_none() && alt.len() >= SHORTEST;
    let agent = found.unwrap_or_else(|| call.agent_user.as_str().to_owned());
    let outcome = call.for_agent(tx, &user, &agent, policy)?;
    Ok(Outcome::Agent { agent, is_alt_unknown, outcome })
}

/// Authenticates the caller. A successful login is not recorded in the account.
fn enter(
    tx: &mut dyn FleetTx,
    call: &AgentCall,
    password_check: &PasswordCheck,
) -> Result<Result<User, Outcome>, TxError> {
    let known = tx.user(call.user.as_str())?;
    let api_access = known.as_ref().is_some_and(|user| user.vdc_agent_api_access);
    let refused = |why| Ok(Err(Outcome::LoginRefused { api_access, why }));
    if tx.active_dialer_gmt()?.is_none() {
        return refused(LoginRefusal::NoServers);
    }
    if known.as_ref().is_some_and(|user| is_locked(user, tx.now())) {
        return refused(LoginRefusal::Lock);
    }
    let user = match authenticate(tx, call.user.as_str(), password_check, |user| user.user_level >= AGENT_LEVEL)? {
        AuthOutcome::Right(user) => user,
        AuthOutcome::Wrong => return refused(LoginRefusal::Bad),
        AuthOutcome::Locked => return refused(LoginRefusal::Lock),
        AuthOutcome::CheckAgain => return Ok(Err(Outcome::ReadAgain)),
    };
    tx.clear_login_failures(&user)?;
    let settings = tx.settings()?;
    if !allows_address(tx, &user, &settings, call.from)? {
        return refused(LoginRefusal::IpBlock);
    }
    if !api_access || call.pass_length < SHORTEST {
        return refused(LoginRefusal::Good);
    }
    Ok(Ok(user))
}

impl AgentCall {
    /// Whether the function accepts `value`, and the call names an agent if the function needs one.
    fn is_valid(&self) -> bool {
        let value = self.value.as_str();
        let names_agent = |shortest_alt| !self.agent_user.is_empty() || self.alt_user.len() >= shortest_alt;
        match self.function.as_str() {
            "logout" => value.contains("LOGOUT") && value.len() <= EXTERNAL_PAUSE && names_agent(1),
            "call_agent" => value == "CALL" && names_agent(SHORTEST),
            "webphone_url" => matches!(value, "DISPLAY" | "LAUNCH") && names_agent(SHORTEST),
            _ => true,
        }
    }

    fn for_agent(
        &self,
        tx: &mut dyn FleetTx,
        by: &User,
        agent: &str,
        policy: LoginPolicy,
    ) -> Result<AgentOutcome, TxError> {
        let Some(live) = tx.agent_state(agent)? else { return Ok(AgentOutcome::NotLoggedIn) };
        if !policy.reaches_all_agents && !sees(tx, by, &live.user)? {
            return Ok(AgentOutcome::NotLoggedIn);
        }
        let session = tx.session_of(&live.user)?;
        match (self.function.as_str(), session) {
            ("logout", Some(session)) if self.value.as_str() == "LOGOUT" => {
                Ok(AgentOutcome::EndSession(session.session_id))
            }
            ("logout", Some(_)) => Ok(AgentOutcome::NotValid),
            ("logout", None) => {
                tx.set_external_pause(agent, self.value.as_str())?;
                Ok(AgentOutcome::LogoutSet)
            }
            // A queued call has no unique id, so Hotdesk does not know whether its phone was answered.
            ("call_agent", Some(session)) if session.state == State::Live && !session.place.call.is_empty() => {
                Ok(AgentOutcome::IsConnected)
            }
            ("call_agent", Some(session)) => Ok(AgentOutcome::RingAgain(session.session_id)),
            (function, _) => {
                let Some(data) = tx.session_data(agent)? else { return Ok(AgentOutcome::NoSessionData) };
                if function == "webphone_url" {
                    return Ok(webphone(data.webphone_url));
                }
                if data.agent_login_call.len() <= EMPTY_ENTRY {
                    return Ok(AgentOutcome::NoCall);
                }
                let stored = StoredCall::parse(&data.agent_login_call, &live.conf_exten);
                let Some(stored) = stored else { return Ok(AgentOutcome::NoCall) };
                tx.queue_stored_call(&stored)?;
                Ok(AgentOutcome::CallQueued)
            }
        }
    }
}

fn webphone(address: String) -> AgentOutcome {
    if address.len() <= EMPTY_ENTRY { AgentOutcome::NoWebphone } else { AgentOutcome::Webphone(address) }
}

/// Whether the caller sees an agent's group. A live agent without an account has no group.
fn sees(tx: &mut dyn FleetTx, by: &User, agent: &str) -> Result<bool, TxError> {
    let visibility = Visibility::of(tx, by)?;
    Ok(visibility.see_all() || tx.user(agent)?.is_some_and(|agent| visibility.see_group(&agent.user_group)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = "||2026-11-30 08:00:00|NEW|N|10.0.9.8||Originate|S26113008000086000519|Channel: SIP/cc100|\
                          Context: default|Exten: 8600051|Priority: 1|Callerid: \"S2\" <7275550000>|||||";

    #[test]
    fn a_stored_call_is_redirected_to_the_current_conference_and_its_call_id_fits_the_column() {
        let call = StoredCall::parse(STORED, "8600077").unwrap();
        assert_eq!((call.exten.as_str(), call.callerid.as_str()), ("Exten:  8600077", "S2611300800008600051"));
        assert_eq!((call.server_ip.as_str(), call.channel.as_str()), ("10.0.9.8", "Channel: SIP/cc100"));
    }

    #[test]
    fn a_stored_call_to_another_number_keeps_it() {
        for exten in ["28600051", "860005x", "*"] {
            let stored = STORED.replace("Exten: 8600051", &format!("Exten: {exten}"));
            assert_eq!(StoredCall::parse(&stored, "8600077").unwrap().exten, format!("Exten: {exten}"));
        }
    }

    #[test]
    fn only_a_complete_originate_is_a_stored_call() {
        assert_eq!(StoredCall::parse("||x|NEW|N", "8600077"), None);
        assert_eq!(StoredCall::parse(&STORED.replace("Originate", "Command"), "8600077"), None);
    }
}
