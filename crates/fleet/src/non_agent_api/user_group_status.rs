//! `user_group_status`: counts the agents of user groups, by state.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use crate::agent_states::{ActiveCall, AgentState, CallFacts, SubStatus};
use crate::authorization::Visibility;
use crate::campaigns::InGroup;
use crate::field::{Field, Header, Stage, UserGroups};
use crate::name;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::records::UserGroup;
use crate::{FleetTx, TxError};

/// Valid lengths of `user_groups`, in bytes.
const SEARCHED: RangeInclusive<usize> = 1..=9999;

command_fields! {
    /// The command's fields. The first is required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct UserGroupStatus {
        pub user_groups: UserGroups,
        pub stage: Stage,
        pub header: Header,
    }
}

/// Every agent and every call, read before the transaction.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is named after its rows")]
pub struct AgentsAndCalls {
    pub agents: Vec<AgentState>,
    pub calls: Vec<ActiveCall>,
    pub parked: Vec<String>,
    pub in_groups: Vec<InGroup>,
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The agents were counted.
    Counted(Counts),
    /// The call names no group, or too many.
    SearchInvalid,
}

/// Numbers of calls and agents, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is named after its column")]
pub struct Counts {
    pub calls_waiting: u32,
    pub agents_logged_in: u32,
    pub agents_in_calls: u32,
    pub agents_waiting: u32,
    pub agents_paused: u32,
    pub agents_in_dead_calls: u32,
    pub agents_in_dispo: u32,
    pub agents_in_dial: u32,
}

impl UserGroupStatus {
    /// Reads every agent and every call.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read_rows(tx: &mut dyn FleetTx) -> Result<AgentsAndCalls, TxError> {
        Ok(AgentsAndCalls {
            agents: tx.agent_states()?,
            calls: tx.active_calls()?,
            parked: tx.parked_callerids()?,
            in_groups: tx.in_groups()?,
        })
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !SEARCHED.contains(&self.user_groups.len()) {
            return Ok(Outcome::SearchInvalid);
        }
        let visibility = Visibility::of(tx, by.user)?;
        let none = AgentsAndCalls::default();
        let all = if let Prepared::AgentsAndCalls(all) = by.prepared { all } else { &none };
        let groups: HashSet<String> = self.user_groups.as_str().split('|').map(name::key).collect();
        let calls: HashMap<&str, &ActiveCall> = all.calls.iter().map(|call| (call.callerid.as_str(), call)).collect();
        let parked: HashSet<&str> = all.parked.iter().map(String::as_str).collect();
        let mut counts = Counts { calls_waiting: waiting(all, visibility.own_group()), ..Counts::default() };
        let is_counted = |agent: &&AgentState| {
            groups.contains(&name::key(&agent.user_group)) && visibility.see_group(&agent.user_group)
        };
        for agent in all.agents.iter().filter(is_counted) {
            let callerid = agent.callerid.as_str();
            let call = calls.get(callerid).copied().filter(|_| !callerid.is_empty());
            counts.add(agent, CallFacts { call, is_parked: parked.contains(callerid), shares_lead: false });
        }
        Ok(Outcome::Counted(counts))
    }
}

/// Number of calls waiting for an agent that the caller sees.
fn waiting(all: &AgentsAndCalls, own: Option<&UserGroup>) -> u32 {
    let Some(own) = own else { return 0 };
    let seen = all.in_groups.iter().filter(|group| own.sees(&group.user_group));
    let seen_in_groups: HashSet<String> = seen.map(|group| name::key(&group.group_id)).collect();
    let is_waiting = |call: &&ActiveCall| {
        let campaign_id = &call.campaign_id;
        call.status == "LIVE" && (own.works_in(campaign_id) || seen_in_groups.contains(&name::key(campaign_id)))
    };
    u32::try_from(all.calls.iter().filter(is_waiting).count()).unwrap_or(u32::MAX)
}

impl Counts {
    fn add(&mut self, agent: &AgentState, facts: CallFacts<'_>) {
        self.agents_logged_in += 1;
        let has_lead = agent.lead_id > 0;
        let call = agent.call_state(facts);
        match agent.status.as_str() {
            "INCALL" if call == Some(SubStatus::Dead) => self.agents_in_dead_calls += 1,
            "INCALL" | "QUEUE" | "MQUEUE" => self.agents_in_calls += 1,
            "READY" | "PAUSED" if has_lead => self.agents_in_dispo += 1,
            "READY" | "CLOSER" => self.agents_waiting += 1,
            "PAUSED" => self.agents_paused += 1,
            _ => {}
        }
        self.agents_in_dial += u32::from(call == Some(SubStatus::Dial));
    }
}
