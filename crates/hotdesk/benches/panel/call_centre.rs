//! Fixture: a large call centre.

use std::path::Path;
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::line::Line;
use dialers::simulator::{LineScript, SimulatedDialer};
use rusqlite::Connection;
use tokio::time::Instant;

use crate::client::post;
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{Outcome, processor};

const DIALERS: usize = 8;
const AGENTS: usize = 2000;
const PHONES: usize = 100_000;
const ALIASES: usize = 20_000;

/// The server with its dialers and live agents.
pub struct CallCentre {
    pub server: Server,
    /// The dialers, with the runtime they run on.
    _dialers: (tokio::runtime::Runtime, Vec<SimulatedDialer>),
    _folder: tempfile::TempDir,
}

impl CallCentre {
    /// Starts the server and logs all agents in.
    pub fn open() -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let dialers = runtime.block_on(simulate())?;
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let database = folder.path().join("hotdesk.db");
        if !hotdesk(folder.path(), ["migrate"]).output()?.status.success() {
            return Err("`hotdesk migrate` failed".into());
        }
        fill(&database, &dialers)?;
        let server = Server::start(serve(folder.path()).args(["--upgrade-passwords", "false"]))?;
        let call_centre = Self { server, _dialers: (runtime, dialers), _folder: folder };
        until(|| Ok(count(&database, "server_updater")? == DIALERS))?;
        (0..AGENTS).try_for_each(|agent| call_centre.log_in(agent))?;
        until(|| Ok(count(&database, "hotdesk_session WHERE state = 'live'")? == AGENTS))?;
        Ok(call_centre)
    }

    /// Logs an agent in, which replaces the agent's previous session.
    fn log_in(&self, agent: usize) -> Outcome<()> {
        let login =
            format!(r#"{{"user":"a{agent}","pass":"apass","phone_login":"team{agent}","phone_pass":"secret"}}"#);
        let (head, body) = post(self.server.address(), "/api/v1/sessions", "application/json", &login)?;
        if head.starts_with("HTTP/1.1 201") { Ok(()) } else { Err(String::from_utf8_lossy(&body).into()) }
    }

    /// The server's use of a core in percent, while this many agents per second log in again.
    pub fn percent_of_a_core(&self, measured_for: Duration, agents_a_second: u32) -> Outcome<f64> {
        let used_before = processor::time_of(self.server.process()).ok_or("no /proc")?;
        let began = Instant::now();
        let mut next = 0;
        while began.elapsed() < measured_for {
            self.log_in(next % AGENTS)?;
            next += 1;
            let due = began + Duration::from_secs(1) / agents_a_second * u32::try_from(next)?;
            std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
        }
        let used = processor::time_of(self.server.process()).ok_or("no /proc")?.saturating_sub(used_before);
        Ok(100.0 * used.as_secs_f64() / began.elapsed().as_secs_f64())
    }
}

/// The date this many days ago.
pub fn day(ago: u32) -> Outcome<String> {
    let sql = format!("SELECT date('now', '-{ago} days')");
    Ok(Connection::open_in_memory()?.query_row(&sql, [], |row| row.get(0))?)
}

async fn simulate() -> Outcome<Vec<SimulatedDialer>> {
    let account = Account { user: "hotdesk".to_owned(), secret: Secret::new("kept".to_owned()) };
    let mut dialers = Vec::new();
    for _ in 0..DIALERS {
        let lines = (0..AGENTS).map(|agent| (Line::sip(&format!("p{agent}")), LineScript::answering()));
        dialers.push(SimulatedDialer::start("127.0.0.1:0".parse()?, account.clone(), lines).await?);
    }
    Ok(dialers)
}

/// Waits until this condition holds, for at most a minute.
fn until(holds: impl Fn() -> Outcome<bool>) -> Outcome<()> {
    let give_up = Instant::now() + Duration::from_mins(1);
    while !holds()? {
        if Instant::now() > give_up {
            return Err("timed out after a minute".into());
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    Ok(())
}

fn count(database: &Path, rows: &str) -> Outcome<usize> {
    let rows: i64 =
        Connection::open(database)?.query_row(&format!("SELECT count(*) FROM {rows}"), [], |row| row.get(0))?;
    Ok(usize::try_from(rows)?)
}

/// Writes the fleet directly into the tables.
fn fill(database: &Path, dialers: &[SimulatedDialer]) -> Outcome<()> {
    let mut connection = Connection::open(database)?;
    let all = connection.transaction()?;
    for (number, dialer) in dialers.iter().enumerate() {
        all.execute(
            "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
             VALUES (?1, ?2, '127.0.0.1', ?3, 'hotdesk', 'kept')",
            (format!("d{number}"), format!("10.0.8.{number}"), dialer.address().port()),
        )?;
    }
    let others = (PHONES - AGENTS * DIALERS) / DIALERS;
    let more_aliases = ALIASES - AGENTS;
    all.execute_batch(&format!(
        "CREATE TEMP TABLE number AS WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < {ALIASES}) SELECT i FROM n;
         INSERT INTO vicidial_users (user, pass) SELECT 'a' || i, 'apass' FROM number WHERE i < {AGENTS};
         INSERT INTO vicidial_users (user, pass, user_level, api_allowed_functions, vdc_agent_api_access, ast_admin_access, ast_delete_phones, modify_users)
             VALUES ('6666', '1234', 9, ' ALL_FUNCTIONS ', '1', '1', '1', '1');
         INSERT INTO phones (extension, server_ip, login, pass) SELECT 'p' || i, server_ip, 'p' || i || server_id, 'secret' FROM number, servers WHERE i < {AGENTS};
         INSERT INTO phones (extension, server_ip, login, pass) SELECT 'x' || i, server_ip, 'x' || i || server_id, 'secret' FROM number, servers WHERE i < {others};
         INSERT INTO phones_alias (alias_id, logins_list) SELECT 'team' || i, group_concat('p' || i || server_id) FROM number, servers WHERE i < {AGENTS} GROUP BY i;
         INSERT INTO phones_alias (alias_id, logins_list) SELECT 'y' || i, group_concat('x' || i % {others} || server_id) FROM number, servers WHERE i < {more_aliases} GROUP BY i;
         INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT 8600051 + i, server_ip FROM number, servers WHERE i < 1000;
         INSERT INTO hotdesk_session (user, typed, state, phone_login, server_ip, began, ended, end_reason)
             SELECT 'a' || i % {AGENTS}, 'team' || i % {AGENTS}, 'ended', 'p' || i % {AGENTS} || server_id, server_ip,
                    datetime('now', '-' || (1 + i % 28) || ' days'), datetime('now'), 'logged_out' FROM number, servers;
         INSERT INTO vicidial_api_log (user, api_date, function, result, source)
             SELECT 'a' || i % {AGENTS}, datetime('now', '-1 days'), 'add_phone_alias', 'SUCCESS', 'load' FROM number, servers;"
    ))?;
    Ok(all.commit()?)
}
