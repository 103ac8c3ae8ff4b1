//! Implementation of [`MonitoringTx`] for every engine.

use fleet::TxError;
use fleet::monitoring::{MonitoredAgent, Monitoring};
use fleet::name::key;
use fleet::sessions::{Call, Engine};
use fleet::tx::MonitoringTx;

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::{insert, row};

row! { monitored: MonitoredAgent {
    user = "l.user", status = "l.status", lead_id = "l.lead_id", campaign_id = "l.campaign_id",
    user_group = "CASE WHEN u.user_id IS NULL THEN NULL ELSE ifnull(u.user_group, '') END"
} }

/// Caller id with the caller code as its name, as other programs show it.
fn caller_id(call: &Call) -> String {
    format!("\"{}\" <{}>", call.callerid, call.caller_number)
}

impl<D: Database> MonitoringTx for SqlTx<D> {
    fn conf_engine(&mut self, server_ip: &str) -> Result<Option<Engine>, TxError> {
        self.value("SELECT conf_engine FROM servers WHERE lower(rtrim(server_ip)) = ?1", [key(server_ip)])
    }

    fn conference_exists(&mut self, server_ip: &str, engine: Engine, conf_exten: &str) -> Result<bool, TxError> {
        let find = match engine {
            Engine::Meetme => "SELECT conf_exten FROM vicidial_conferences WHERE server_ip = ?1 AND conf_exten = ?2",
            Engine::Confbridge => {
                "SELECT conf_exten FROM vicidial_confbridges WHERE server_ip = ?1 AND conf_exten = ?2"
            }
        };
        let found: Option<String> = self.value(find, [server_ip, conf_exten])?;
        // The column is numeric on MariaDB, where a comparison in SQL would also match `08600051`.
        Ok(found.is_some_and(|found| found == conf_exten))
    }

    fn agent_in_conference(&mut self, server_ip: &str, conf_exten: &str) -> Result<Option<MonitoredAgent>, TxError> {
        self.one(
            concat!(
                "SELECT ",
                monitored!(),
                " FROM vicidial_live_agents l LEFT JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(l.user))
                 WHERE l.server_ip = ?1 AND l.conf_exten = ?2 ORDER BY l.live_agent_id LIMIT 1"
            ),
            [server_ip, conf_exten],
            monitored,
        )
    }

    fn whisper_enabled(&mut self) -> Result<bool, TxError> {
        Ok(self.value("SELECT agent_whisper_enabled FROM system_settings LIMIT 1", params![])?.unwrap_or(false))
    }

    fn caller_code_exists(&mut self, caller_code: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM vicidial_rt_monitor_log WHERE caller_code = ?1 LIMIT 1", [caller_code])
    }

    fn log_monitoring(&mut self, monitoring: &Monitoring) -> Result<(), TxError> {
        let Monitoring { call, number, dialplan_number, user, phone_login, agent, conf_exten, .. } = monitoring;
        self.run(insert!("vicidial_dial_log" {
            caller_code: call.callerid,
            lead_id: 0_i64,
            server_ip: call.server_ip,
            call_date: self.stamp => "/*TO LOCAL*/(?)",
            extension: dialplan_number,
            channel: format!("Local/{number}@{}", call.context),
            context: call.context,
            timeout: 0_i64,
            outbound_cid: caller_id(call),
        }))?;
        self.run(insert!("vicidial_dial_cid_log" {
            caller_code: call.callerid,
            call_date: self.stamp => "/*TO LOCAL*/(?)",
            call_type: "MANUAL",
            call_alt: "MAIN",
            outbound_cid: call.caller_number,
            outbound_cid_type: "MONITOR_AGENT",
        }))?;
        self.run(insert!("vicidial_rt_monitor_log" {
            manager_user: user,
            manager_server_ip: call.server_ip,
            manager_phone: phone_login,
            manager_ip: monitoring.from.to_string(),
            agent_user: agent.user,
            agent_server_ip: monitoring.agent_server_ip,
            agent_status: agent.status,
            agent_session: conf_exten,
            lead_id: agent.lead_id,
            campaign_id: agent.campaign_id,
            caller_code: call.callerid,
            monitor_start_time: self.stamp => "/*TO LOCAL*/(?)",
            monitor_sec: 0_i64,
            monitor_type: monitoring.monitor_type,
        }))?;
        // VICIdial writes this address for every caller.
        self.run(insert!("vicidial_report_log" {
            event_date: self.stamp => "/*TO LOCAL*/(?)",
            user: user,
            ip_address: "1.1.1.1",
            report_name: "API Blind Monitor",
            browser: "API",
            referer: "realtime_report.php",
            notes: format!("{user}, {}, {dialplan_number}, {conf_exten}, {phone_login}", call.server_ip),
            url: "REALTIME BLIND MONITOR",
        }))
    }
}
