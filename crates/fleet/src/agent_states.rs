//! States of live agents, derived from the rows of the cluster's daemons and agent pages.

use std::collections::{HashMap, HashSet};

/// The columns of a live agent (table `vicidial_live_agents`) that its state depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct AgentState {
    pub user: String,
    /// The user's group; empty if it was not read.
    pub user_group: String,
    /// `READY`, `QUEUE`, `INCALL`, `PAUSED`, `CLOSER` or `MQUEUE`.
    pub status: String,
    pub callerid: String,
    pub lead_id: i64,
    pub campaign_id: String,
    pub calls_today: String,
    pub conf_exten: String,
    pub on_hook_agent: bool,
    pub ring_callerid: String,
    pub preview_lead_id: i64,
    /// The kind of call, such as `MANUAL`, `EMAIL` or `CHAT`.
    pub comments: String,
    /// `sub_status` of the agent log row that the live row refers to, if that row belongs to this agent.
    pub pause_code: String,
}

/// A call (table `vicidial_auto_calls`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct ActiveCall {
    pub callerid: String,
    /// The campaign, or the in-group.
    pub campaign_id: String,
    pub status: String,
    pub uniqueid: String,
    pub channel: String,
    pub phone_number: String,
}

/// The columns of a lead (table `vicidial_list`) that an agent's state shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct Lead {
    pub phone_number: String,
    pub vendor_lead_code: String,
}

/// Facts outside the agent's row that the state depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallFacts<'a> {
    /// The call with the agent's `callerid`.
    pub call: Option<&'a ActiveCall>,
    /// Whether a channel is parked for that `callerid`.
    pub is_parked: bool,
    /// Whether another agent is in a call with the same lead.
    pub shares_lead: bool,
}

/// An agent's sub-status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubStatus {
    /// The phone of an on-hook agent is ringing.
    Ring,
    /// The agent is recording the result of a call.
    Dispo,
    /// The agent is previewing a lead before calling it.
    Preview,
    /// Several agents share one call.
    ThreeWay,
    /// The customer is parked.
    Park,
    /// The agent is in a call that has ended.
    Dead,
    /// The agent's manual call is not answered yet.
    Dial,
}

impl SubStatus {
    /// Its name in replies.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ring => "RING",
            Self::Dispo => "DISPO",
            Self::Preview => "PREVIEW",
            Self::ThreeWay => "3-WAY",
            Self::Park => "PARK",
            Self::Dead => "DEAD",
            Self::Dial => "DIAL",
        }
    }
}

/// A shorter unique id or channel counts as missing.
const SHORTEST_CHANNEL: usize = 5;

/// A ring call id is longer than this.
const LONGEST_OTHER_CALLERID: usize = 18;

impl AgentState {
    /// Whether the agent is in a call, by the status alone.
    #[must_use]
    pub fn is_in_call(&self) -> bool {
        self.status == "INCALL"
    }

    /// The state of an agent's call, for an agent in a call.
    #[must_use]
    pub fn call_state(&self, facts: CallFacts<'_>) -> Option<SubStatus> {
        if !self.is_in_call() {
            return None;
        }
        if facts.is_parked {
            return Some(SubStatus::Park);
        }
        // E-mails and chats have no channel.
        if self.comments.contains("EMAIL") || self.comments.contains("CHAT") {
            return None;
        }
        let Some(call) = facts.call else { return Some(SubStatus::Dead) };
        let is_dialing = self.comments == "MANUAL"
            && call.uniqueid.len() < SHORTEST_CHANNEL
            && call.channel.len() < SHORTEST_CHANNEL;
        is_dialing.then_some(SubStatus::Dial)
    }

    /// The sub-status that `agent_status` shows.
    #[must_use]
    pub fn sub_status(&self, facts: CallFacts<'_>) -> Option<SubStatus> {
        let is_paused = self.status == "PAUSED";
        if self.is_in_call() {
            let shared = (self.lead_id > 0 && facts.shares_lead).then_some(SubStatus::ThreeWay);
            return self.call_state(facts).or(shared);
        }
        if is_paused && self.preview_lead_id > 0 {
            return Some(SubStatus::Preview);
        }
        if is_paused && self.lead_id > 0 {
            return Some(SubStatus::Dispo);
        }
        let is_rung = self.on_hook_agent && self.ring_callerid.len() > LONGEST_OTHER_CALLERID;
        is_rung.then_some(SubStatus::Ring)
    }
}

/// What each of all agents is doing, in the same order. `parked` are the call ids with a parked channel.
#[must_use]
pub fn sub_statuses(agents: &[&AgentState], calls: &[ActiveCall], parked: &[String]) -> Vec<Option<SubStatus>> {
    let calls: HashMap<&str, &ActiveCall> = calls.iter().rev().map(|call| (call.callerid.as_str(), call)).collect();
    let parked: HashSet<&str> = parked.iter().map(String::as_str).collect();
    let mut in_call: HashMap<i64, u32> = HashMap::new();
    for agent in agents.iter().filter(|agent| agent.is_in_call()) {
        *in_call.entry(agent.lead_id).or_default() += 1;
    }
    let sub_status = |agent: &&AgentState| {
        let callerid = agent.callerid.as_str();
        agent.sub_status(CallFacts {
            call: calls.get(callerid).copied().filter(|_| !callerid.is_empty()),
            is_parked: parked.contains(callerid),
            shares_lead: in_call.get(&agent.lead_id).is_some_and(|count| *count >= 2),
        })
    };
    agents.iter().map(sub_status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(status: &str) -> AgentState {
        AgentState { status: status.to_owned(), callerid: "M1".to_owned(), ..AgentState::default() }
    }

    fn call(uniqueid: &str, channel: &str) -> ActiveCall {
        ActiveCall { uniqueid: uniqueid.to_owned(), channel: channel.to_owned(), ..ActiveCall::default() }
    }

    #[test]
    fn a_call_that_is_gone_is_dead_unless_the_customer_is_parked_or_it_never_had_a_channel() {
        let (up, parked) = (call("1700000000.1", "SIP/x-1"), CallFacts { is_parked: true, ..CallFacts::default() });
        let in_call = agent("INCALL");
        assert_eq!(in_call.sub_status(CallFacts::default()), Some(SubStatus::Dead));
        assert_eq!(in_call.sub_status(CallFacts { call: Some(&up), ..CallFacts::default() }), None);
        assert_eq!(in_call.sub_status(parked), Some(SubStatus::Park));
        let mail = AgentState { comments: "EMAIL".to_owned(), ..agent("INCALL") };
        assert_eq!(mail.sub_status(CallFacts::default()), None);
    }

    #[test]
    fn every_agent_of_a_list_has_the_state_of_its_own_call() {
        let of = |status: &str, callerid: &str, lead_id| AgentState {
            status: status.to_owned(),
            callerid: callerid.to_owned(),
            lead_id,
            ..AgentState::default()
        };
        let agents = [
            of("INCALL", "M1", 7),
            of("INCALL", "M1", 7),
            of("INCALL", "M2", 8),
            of("INCALL", "", 0),
            of("PAUSED", "", 9),
        ];
        let calls = [call("1700000000.1", "SIP/x-1")].map(|call| ActiveCall { callerid: "M1".to_owned(), ..call });
        let agents: Vec<&AgentState> = agents.iter().collect();
        let (three_way, park, dead) = (SubStatus::ThreeWay, SubStatus::Park, SubStatus::Dead);
        let expected = [three_way, three_way, park, dead, SubStatus::Dispo].map(Some);
        assert_eq!(sub_statuses(&agents, &calls, &["M2".to_owned()]), expected);
    }

    #[test]
    fn only_a_manual_call_without_unique_id_and_channel_is_being_dialed() {
        let manual = AgentState { comments: "MANUAL".to_owned(), ..agent("INCALL") };
        for (uniqueid, channel, expected) in
            [("", "", Some(SubStatus::Dial)), ("1700000000.1", "", None), ("", "SIP/x-1", None)]
        {
            let call = call(uniqueid, channel);
            assert_eq!(manual.sub_status(CallFacts { call: Some(&call), ..CallFacts::default() }), expected);
        }
    }

    #[test]
    fn a_shared_lead_shows_only_while_the_call_is_alive() {
        let up = call("1700000000.1", "SIP/x-1");
        let shared = AgentState { lead_id: 7, ..agent("INCALL") };
        let facts = CallFacts { call: Some(&up), shares_lead: true, ..CallFacts::default() };
        assert_eq!(shared.sub_status(facts), Some(SubStatus::ThreeWay));
        assert_eq!(shared.sub_status(CallFacts { call: None, ..facts }), Some(SubStatus::Dead));
    }

    #[test]
    fn a_previewed_lead_wins_over_the_lead_of_the_last_call() {
        let paused = AgentState { lead_id: 7, ..agent("PAUSED") };
        assert_eq!(paused.sub_status(CallFacts::default()), Some(SubStatus::Dispo));
        let preview = AgentState { preview_lead_id: 8, ..paused };
        assert_eq!(preview.sub_status(CallFacts::default()), Some(SubStatus::Preview));
        let ready = AgentState { lead_id: 7, ..agent("READY") };
        assert_eq!(ready.sub_status(CallFacts::default()), None);
    }
}
