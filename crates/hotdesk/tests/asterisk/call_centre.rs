//! Fixture: a running Hotdesk with two real dialers and one agent, whose softphone is registered on both.

use std::net::IpAddr;

use serde_json::Value;
use tempfile::TempDir;

use super::dialer::Asterisk;
use super::lab::{CC100, Lab, SipAccount};
use super::softphone::Softphone;
use super::support::{Server, request};
use super::wait::wait_until;

pub struct CallCentre {
    pub server: Server,
    pub dialers: [Asterisk; 2],
    pub phone: Softphone,
    _folder: TempDir,
}

/// A session row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: i64,
    pub state: String,
    pub server_ip: String,
    pub conference: String,
}

impl CallCentre {
    /// Agent 1001 has the alias `cc100x` of the phones `cc100a` on the first and `cc100b` on the second dialer.
    pub fn open(lab: Lab) -> Self {
        Self::of(lab, CC100)
    }

    /// The same, with this account for both phones.
    pub fn of(lab: Lab, account: SipAccount) -> Self {
        let dialers = [lab.dialer(&[account]), lab.dialer(&[account])];
        let phone = lab.softphone(account, &[&dialers[0], &dialers[1]]);
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &["--log", "info"]);
        let sql = server.database();
        for (dialer, login) in dialers.iter().zip(["cc100a", "cc100b"]) {
            let ip = dialer.ip().to_string();
            sql.execute(
                "INSERT INTO servers (server_ip, ASTmgrUSERNAME, ASTmgrSECRET) VALUES (?1, 'cron', '1234')",
                [&ip],
            )
            .unwrap();
            sql.execute(
                "INSERT INTO phones (extension, protocol, server_ip, login, pass, phone_ring_timeout)
                 VALUES (?1, ?2, ?3, ?4, 'phonepass', 8)",
                [account.name, account.technology.word(), &ip, login],
            )
            .unwrap();
        }
        sql.execute_batch(
            "INSERT INTO phones_alias (alias_id, logins_list) VALUES ('cc100x', 'cc100a,cc100b');
             INSERT INTO vicidial_users (user, pass, user_level) VALUES ('1001', 'agentpass', 1);",
        )
        .unwrap();
        let centre = Self { server, dialers, phone, _folder: folder };
        wait_until("two healthy dialers", || centre.count("server_updater") == 2);
        centre
    }

    fn count(&self, table: &str) -> i64 {
        self.server.database().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    /// Adds another agent, who has no call, to this dialer.
    pub fn add_agent_on(&self, dialer: usize) {
        let ip = self.dialers[dialer].ip().to_string();
        let sql = "INSERT INTO vicidial_live_agents (user, server_ip, extension) VALUES ('other', ?1, 'SIP/other')";
        self.server.database().execute(sql, [ip]).unwrap();
    }

    /// Executes statements on a separate connection, as another program does.
    pub fn sql(&self, statement: &str) {
        self.server.database().execute_batch(statement).unwrap();
    }

    /// Logs the agent in with the alias. Returns the session id while the phone is ringing.
    pub fn log_in(&self) -> i64 {
        let form = b"phone_login=cc100x&phone_pass=phonepass&VD_login=1001&VD_pass=agentpass";
        let headers = ["Content-Type: application/x-www-form-urlencoded", "Accept: application/json"];
        let reply = self.server.send(&request("POST", "/agc/vicidial.php", &headers, form));
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        answer["session_id"].as_i64().unwrap_or_else(|| panic!("{} {}", reply.status, reply.body))
    }

    pub fn session(&self, id: i64) -> SessionRow {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(SessionRow { id, state: row.get(0)?, server_ip: row.get(1)?, conference: row.get(2)? })
        };
        let sql = "SELECT state, server_ip, conf_exten FROM hotdesk_session WHERE session_id = ?1";
        self.server.database().query_row(sql, [id], read).unwrap()
    }

    /// Logs the agent in, and waits until the agent is in the conference.
    pub fn arrive(&self) -> SessionRow {
        let id = self.log_in();
        self.live(id)
    }

    /// Waits until the session is live and its agent is in the conference.
    pub fn live(&self, id: i64) -> SessionRow {
        wait_until("a live session", || self.session(id).state == "live");
        let session = self.session(id);
        let dialer = self.dialer_at(&session.server_ip);
        wait_until("the agent in the conference", || dialer.in_conference(&session.conference));
        session
    }

    pub fn dialer_at(&self, server_ip: &str) -> &Asterisk {
        let is_there = |dialer: &&Asterisk| IpAddr::V4(dialer.ip()).to_string() == server_ip;
        self.dialers.iter().find(is_there).unwrap()
    }

    /// The session's timeline, one line of JSON per step.
    pub fn timeline(&self, id: i64) -> String {
        let sql = "SELECT trail FROM hotdesk_session WHERE session_id = ?1";
        self.server.database().query_row(sql, [id], |row| row.get(0)).unwrap()
    }
}
