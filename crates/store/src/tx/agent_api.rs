//! Implementation of [`AgentApiTx`] for every engine.

use fleet::TxError;
use fleet::agent_api::{SessionData, StoredCall};
use fleet::name::key;
use fleet::records::User;
use fleet::tx::AgentApiTx;

use super::{SqlTx, missing};
use crate::database::{Database, params};
use crate::row::{insert, row};

row! { session_data: SessionData from "vicidial_session_data" { webphone_url, agent_login_call } }

impl<D: Database> AgentApiTx for SqlTx<D> {
    fn agent_api_active(&mut self) -> Result<bool, TxError> {
        Ok(self.value("SELECT vdc_agent_api_active FROM system_settings LIMIT 1", params![])?.unwrap_or(false))
    }

    fn clear_login_failures(&mut self, user: &User) -> Result<(), TxError> {
        if user.failed_login_count == 0 {
            return Ok(());
        }
        self.change_one("UPDATE vicidial_users SET failed_login_count = 0 WHERE user_id = ?1", [user.user_id], || {
            missing("vicidial_users", "user_id", &user.user)
        })
    }

    fn user_with_custom_three(&mut self, value: &str) -> Result<Option<String>, TxError> {
        self.value(
            "SELECT user FROM vicidial_users WHERE lower(rtrim(custom_three)) = ?1 AND custom_three <> ''
             ORDER BY user LIMIT 1",
            [key(value)],
        )
    }

    fn set_external_pause(&mut self, user: &str, value: &str) -> Result<(), TxError> {
        self.change(
            "UPDATE vicidial_live_agents SET external_pause = ?2 WHERE lower(rtrim(user)) = ?1",
            [key(user).as_str(), value],
        )
        .map(drop)
    }

    fn session_data(&mut self, user: &str) -> Result<Option<SessionData>, TxError> {
        self.one(
            concat!(session_data!(), "WHERE lower(rtrim(user)) = ?1 ORDER BY session_name LIMIT 1"),
            [key(user)],
            session_data,
        )
    }

    fn queue_stored_call(&mut self, call: &StoredCall) -> Result<(), TxError> {
        self.run(insert!("vicidial_manager" {
            uniqueid: "",
            entry_date: call.entry_date,
            status: "NEW",
            response: "N",
            server_ip: call.server_ip,
            channel: "",
            action: "Originate",
            callerid: call.callerid,
            cmd_line_b: call.channel,
            cmd_line_c: call.context,
            cmd_line_d: call.exten,
            cmd_line_e: call.priority,
            cmd_line_f: call.caller_id,
            cmd_line_g: "",
            cmd_line_h: "",
            cmd_line_i: "",
            cmd_line_j: "",
            cmd_line_k: "",
        }))
    }
}
