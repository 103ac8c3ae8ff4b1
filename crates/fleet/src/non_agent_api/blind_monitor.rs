//! `blind_monitor`: connects a supervisor's phone to an agent's conference.

use crate::authorization::Visibility;
use crate::dialer_status::Health;
use crate::field::{Field, PhoneLogin, ServerIp, SessionId, Stage};
use crate::monitoring::{MonitorMode, MonitoredAgent, Monitoring, dialer_prefix};
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::sessions::{Call, Engine};
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct BlindMonitor {
        pub phone_login: PhoneLogin,
        pub session_id: SessionId,
        pub server_ip: ServerIp,
        pub stage: Stage,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The call is queued, or Hotdesk must place it.
    Launched(Box<Launched>),
    /// The dialer has no such conference, or the caller does not see its agent.
    SessionInvalid,
    /// No phone has this login, or the caller does not see it.
    PhoneInvalid,
    /// `stage` contains no mode.
    StageInvalid,
    /// Hotdesk must place the call, but this dialer of the phone is not healthy.
    DialerNotAvailable(String),
}

/// A monitoring call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launched {
    /// The call.
    pub call: Call,
    /// The number that leads to the conference.
    pub number: String,
    /// The number that rings the phone.
    pub dialplan_number: String,
    /// The number of the queued call, or the unique id of a call that Hotdesk places.
    pub id: String,
    /// The unique id of a call that Hotdesk must place; `None` if the cluster's daemons place it.
    pub call_id: Option<String>,
}

impl BlindMonitor {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let reaches_all = by.live_status.rules().reaches_all_agents;
        let visibility = if reaches_all { Visibility::unlimited() } else { Visibility::of(tx, by.user)? };
        let Some((engine, agent)) = self.conference(tx, &visibility)? else { return Ok(Outcome::SessionInvalid) };
        let phone = tx.phone_of_login(self.phone_login.as_str())?;
        let phone = phone.filter(|phone| visibility.see_group(&phone.user_group));
        let Some(phone) = phone else { return Ok(Outcome::PhoneInvalid) };
        let Some(mode) = MonitorMode::parse(self.stage.as_str(), tx.whisper_enabled()?) else {
            return Ok(Outcome::StageInvalid);
        };
        let call_id = match by.prepared {
            Prepared::CallId(call_id) => call_id.clone(),
            _ => None,
        };
        if call_id.is_some() && by.live_status.health(&phone.server_ip) != Health::Healthy {
            return Ok(Outcome::DialerNotAvailable(phone.server_ip));
        }
        let number = mode.number(engine, self.server_ip.as_str(), self.session_id.as_str());
        let numbers = (number.as_str(), phone.dialplan_number.as_str());
        let code = unused_code(tx, mode, by.actor.user.as_str())?;
        let call = Monitoring::call(mode, &phone.server_ip, numbers, code, &phone.outbound_cid);
        tx.log_monitoring(&Monitoring {
            call: call.clone(),
            number: number.clone(),
            dialplan_number: phone.dialplan_number.clone(),
            user: by.actor.user.clone(),
            from: by.actor.from,
            phone_login: self.phone_login.as_str().to_owned(),
            agent_server_ip: self.server_ip.as_str().to_owned(),
            conf_exten: self.session_id.as_str().to_owned(),
            agent: agent.unwrap_or_default(),
            monitor_type: mode.word(),
        })?;
        let id = match &call_id {
            Some(call_id) => call_id.clone(),
            None => tx.queue_call(&call)?.to_string(),
        };
        let dialplan_number = phone.dialplan_number;
        Ok(Outcome::Launched(Box::new(Launched { call, number, dialplan_number, id, call_id })))
    }

    /// The engine of the requested conference and its agent, if any; `None` if the conference does not exist or a caller of this
    /// group may not monitor it.
    fn conference(
        &self,
        tx: &mut dyn FleetTx,
        visibility: &Visibility,
    ) -> Result<Option<(Engine, Option<MonitoredAgent>)>, TxError> {
        if self.server_ip.is_too_long() || self.session_id.is_too_long() {
            return Ok(None);
        }
        let (server_ip, conf_exten) = (self.server_ip.as_str(), self.session_id.as_str());
        let Some(engine) = tx.conf_engine(server_ip)? else { return Ok(None) };
        if !tx.conference_exists(server_ip, engine, conf_exten)? {
            return Ok(None);
        }
        let agent = tx.agent_in_conference(server_ip, conf_exten)?;
        Ok(sees_agent(visibility, agent.as_ref()).then_some((engine, agent)))
    }

    /// The agent's dialer in the notation of the API log.
    #[must_use]
    pub fn dialer_prefix(&self) -> String {
        dialer_prefix(self.server_ip.as_str())
    }
}

/// Whether a caller of this group may monitor a conference with this agent. An empty conference may get any agent, so only
/// callers who see all groups may monitor it.
fn sees_agent(visibility: &Visibility, agent: Option<&MonitoredAgent>) -> bool {
    let group = agent.and_then(|agent| agent.user_group.as_deref());
    visibility.see_all() || group.is_some_and(|group| visibility.see_group(group))
}

/// A caller code that no earlier call of this user has, from the current second on. The steps double, so that the search is short
/// however many calls the user has made.
fn unused_code(tx: &mut dyn FleetTx, mode: MonitorMode, user: &str) -> Result<String, TxError> {
    let (mut second, mut step) = (tx.now().unix(), 1);
    loop {
        let code = mode.caller_code(second, user);
        if !tx.caller_code_exists(&code)? {
            return Ok(code);
        }
        second += step;
        step *= 2;
    }
}
