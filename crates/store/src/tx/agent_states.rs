//! Implementation of [`AgentStatesTx`] for every engine.

use fleet::TxError;
use fleet::agent_states::{ActiveCall, AgentState, Lead};
use fleet::name::key;
use fleet::tx::AgentStatesTx;

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::row;

row! { pub(super) state: AgentState {
    user = "l.user", status = "l.status", callerid = "l.callerid", lead_id = "l.lead_id", campaign_id = "l.campaign_id",
    calls_today = "l.calls_today", conf_exten = "l.conf_exten", on_hook_agent = "l.on_hook_agent",
    ring_callerid = "l.ring_callerid", preview_lead_id = "l.preview_lead_id", comments = "l.comments"
} with { user_group: String::new(), pause_code: String::new() } }

row! { active_call: ActiveCall from "vicidial_auto_calls" {
    callerid, campaign_id, status, uniqueid, channel, phone_number
} }

row! { lead: Lead from "vicidial_list" { phone_number, vendor_lead_code } }

pub(super) use state as state_columns;

impl<D: Database> AgentStatesTx for SqlTx<D> {
    fn agent_state(&mut self, user: &str) -> Result<Option<AgentState>, TxError> {
        self.one(
            concat!(
                "SELECT ",
                state!(),
                ", (SELECT g.sub_status FROM vicidial_agent_log g
                    WHERE g.agent_log_id = l.agent_log_id AND lower(rtrim(g.user)) = ?1)
                 FROM vicidial_live_agents l WHERE lower(rtrim(l.user)) = ?1 ORDER BY l.live_agent_id LIMIT 1"
            ),
            [key(user)],
            |row| {
                let state = state(row)?;
                Ok(AgentState { pause_code: row.read()?, ..state })
            },
        )
    }

    fn agent_states(&mut self) -> Result<Vec<AgentState>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                state!(),
                ", u.user_group FROM vicidial_live_agents l
                 JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(l.user)) ORDER BY l.live_agent_id"
            ),
            params![],
            |row| {
                let state = state(row)?;
                Ok(AgentState { user_group: row.read()?, ..state })
            },
        )
    }

    fn agents_with_lead(&mut self, lead_id: i64) -> Result<u32, TxError> {
        Ok(self
            .value(
                "SELECT count(*) FROM vicidial_live_agents WHERE lead_id = ?1 AND lead_id > 0 AND status = 'INCALL'",
                [lead_id],
            )?
            .unwrap_or(0))
    }

    fn active_call(&mut self, callerid: &str) -> Result<Option<ActiveCall>, TxError> {
        self.one(concat!(active_call!(), "WHERE callerid = ?1 ORDER BY auto_call_id LIMIT 1"), [callerid], active_call)
    }

    fn active_calls(&mut self) -> Result<Vec<ActiveCall>, TxError> {
        self.all(active_call!(), params![], active_call)
    }

    fn parked_channel_exists(&mut self, callerid: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM parked_channels WHERE channel_group = ?1 LIMIT 1", [callerid])
    }

    fn parked_callerids(&mut self) -> Result<Vec<String>, TxError> {
        self.values("SELECT channel_group FROM parked_channels WHERE channel_group <> \'\'", params![])
    }

    fn lead(&mut self, lead_id: i64) -> Result<Option<Lead>, TxError> {
        self.one(concat!(lead!(), "WHERE lead_id = ?1"), [lead_id], lead)
    }

    fn login_address(&mut self, user: &str) -> Result<Option<String>, TxError> {
        let own = self.value(
            "SELECT u.last_ip FROM hotdesk_session s JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(s.user))
             WHERE s.user = ?1 AND s.ended IS NULL",
            [user],
        )?;
        if own.is_some() {
            return Ok(own);
        }
        self.value(
            "SELECT computer_ip FROM vicidial_user_log WHERE lower(rtrim(user)) = ?1 AND event = 'LOGIN'
             ORDER BY user_log_id DESC LIMIT 1",
            [key(user)],
        )
    }
}
