//! `agent_status`: reports the state of an agent.

use std::ops::RangeInclusive;

use crate::agent_states::{AgentState, CallFacts, Lead, SubStatus};
use crate::authorization::Visibility;
use crate::field::{AgentUser, Field, Header, IncludeIp, Stage};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::{FleetTx, TxError};

/// Valid lengths of `agent_user`, in bytes.
pub(super) const SEARCHED: RangeInclusive<usize> = 1..=99;

/// A call's phone number that is longer than this replaces the lead's.
const SHORT_NUMBER: usize = 3;

command_fields! {
    /// The command's fields. The first is required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct AgentStatus {
        pub agent_user: AgentUser,
        pub stage: Stage,
        pub header: Header,
        pub include_ip: IncludeIp,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The agent is logged in.
    Found(Box<Found>),
    /// The call names no user, or the name is too long.
    SearchInvalid,
    /// The user is unknown, or the caller does not see the user's group.
    NotFound,
    /// The user is not logged in.
    NotLoggedIn,
}

/// An agent who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The row of `vicidial_live_agents`.
    pub state: AgentState,
    /// The sub-status.
    pub sub_status: Option<SubStatus>,
    /// The id of the agent's current lead; 0 for none.
    pub lead_id: i64,
    /// That lead, with the phone number of the agent's call, if any.
    pub lead: Lead,
    /// The user's full name.
    pub full_name: String,
    /// The user's group.
    pub user_group: String,
    /// The user's level.
    pub user_level: i64,
    /// The address from which the agent logged in, if requested; empty if unknown.
    pub computer_ip: Option<String>,
}

impl AgentStatus {
    /// Whether the call requests the agent's address.
    #[must_use]
    pub fn with_ip(&self) -> bool {
        self.include_ip.as_str() == "YES"
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !SEARCHED.contains(&self.agent_user.len()) {
            return Ok(Outcome::SearchInvalid);
        }
        let Some(account) = tx.account(self.agent_user.as_str())? else { return Ok(Outcome::NotFound) };
        let user = account.user;
        if !Visibility::of(tx, by.user)?.see_group(&user.user_group) {
            return Ok(Outcome::NotFound);
        }
        let Some(state) = tx.agent_state(&user.user)? else { return Ok(Outcome::NotLoggedIn) };
        let call = if state.callerid.is_empty() { None } else { tx.active_call(&state.callerid)? };
        let facts = CallFacts {
            call: call.as_ref(),
            is_parked: !state.callerid.is_empty() && tx.parked_channel_exists(&state.callerid)?,
            shares_lead: tx.agents_with_lead(state.lead_id)? >= 2,
        };
        let sub_status = state.sub_status(facts);
        let lead_id = if sub_status == Some(SubStatus::Preview) { state.preview_lead_id } else { state.lead_id };
        let mut lead = tx.lead(lead_id)?.unwrap_or_default();
        if let Some(call) = call.filter(|call| call.phone_number.len() > SHORT_NUMBER) {
            lead.phone_number = call.phone_number;
        }
        let computer_ip = if self.with_ip() { Some(tx.login_address(&user.user)?.unwrap_or_default()) } else { None };
        Ok(Outcome::Found(Box::new(Found {
            state,
            sub_status,
            lead_id,
            lead,
            full_name: account.full_name,
            user_group: user.user_group,
            user_level: user.user_level,
            computer_ip,
        })))
    }
}
