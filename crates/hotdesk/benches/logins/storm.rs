//! One measurement, on a database and with dialers of its own.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::line::Line;
use dialers::simulator::{LineScript, SimulatedDialer};
use rusqlite::Connection;
use tokio::time::Instant;

use crate::load::{self, Reply, Work};
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{Outcome, processor};

const DIALERS: usize = 3;
const CONNECTIONS: usize = 64;

/// More agents than can log in while it is measured.
const AGENTS: u32 = 60_000;

/// What Hotdesk did under load.
pub struct Run {
    latencies: Vec<u32>,
    lasted: Duration,
    processor: Option<Duration>,
    /// How long after the last reply all phones had been answered and that was on the disk.
    pub all_live_after: Duration,
}

impl Run {
    /// Logins a second.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 logins")]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.lasted.as_secs_f64()
    }

    /// The latency that so many thousandths of the logins did not exceed, in milliseconds.
    pub fn milliseconds(&self, thousandths: usize) -> f64 {
        let place = (self.latencies.len() * thousandths).div_ceil(1000).saturating_sub(1);
        self.latencies.get(place).map_or(f64::NAN, |microseconds| f64::from(*microseconds) / 1000.0)
    }

    /// Processor time of the server for one login, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 logins")]
    pub fn processor_microseconds(&self) -> f64 {
        self.processor.map_or(f64::NAN, |time| time.as_secs_f64() * 1e6 / self.latencies.len() as f64)
    }
}

struct Logins {
    next: u32,
    until: Instant,
    refused: Option<String>,
    latencies: Vec<u32>,
}

impl Work for Logins {
    fn next(&mut self, now: Instant, request: &mut Vec<u8>) -> Option<u64> {
        if now >= self.until || self.next >= AGENTS || self.refused.is_some() {
            return None;
        }
        let agent = self.next;
        self.next += 1;
        let form = format!("phone_login=team{agent}&phone_pass=secret&VD_login=a{agent}&VD_pass=apass");
        // Writing to memory cannot fail.
        let _ = write!(
            request,
            "POST /agc/vicidial.php HTTP/1.1\r\nHost: hotdesk\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        Some(agent.into())
    }

    fn answered(&mut self, _: u64, reply: Reply<'_>, sent: Instant, answered: Instant) {
        let body = String::from_utf8_lossy(reply.body);
        if !body.contains("\"session_id\":") {
            self.refused = Some(body.into_owned());
            return;
        }
        self.latencies.push(u32::try_from((answered - sent).as_micros()).unwrap_or(u32::MAX));
    }
}

/// Measures Hotdesk with so many further phones in its database.
pub fn run(phones: u32, measured_for: Duration) -> Outcome<Run> {
    // The dialers have a thread of their own, as they would have a machine of their own.
    let dialers_run = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let dialers = dialers_run.block_on(simulate())?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let database = folder.path().join("hotdesk.db");
    if !hotdesk(folder.path(), ["migrate"]).output()?.status.success() {
        return Err("`hotdesk migrate` failed".into());
    }
    fill(&database, &dialers, phones)?;
    let server = Server::start(serve(folder.path()).args(["--upgrade-passwords", "false"]))?;
    let here = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    here.block_on(until(|| Ok(count(&database, "server_updater")? == DIALERS)))?;
    let used_before = processor::time_of(server.process());
    let began = Instant::now();
    let work = Rc::new(RefCell::new(Logins {
        next: 0,
        until: began + measured_for,
        refused: None,
        latencies: Vec::with_capacity(AGENTS as usize),
    }));
    here.block_on(load::run(server.address(), CONNECTIONS, &work))?;
    let ended = Instant::now();
    let mut work = work.borrow_mut();
    if let Some(reply) = work.refused.take() {
        return Err(format!("an agent could not log in: {reply}").into());
    }
    let mut latencies = std::mem::take(&mut work.latencies);
    here.block_on(until(|| Ok(count(&database, "hotdesk_session WHERE state = 'live'")? == latencies.len())))?;
    let all_live_after = ended.elapsed();
    let processor =
        processor::time_of(server.process()).zip(used_before).map(|(after, before)| after.saturating_sub(before));
    let calls: usize = dialers.iter().map(|dialer| dialer.calls().len()).sum();
    if calls != latencies.len() || count(&database, "vicidial_live_agents")? != latencies.len() {
        return Err(format!("{} logins were answered, and there are {calls} calls", latencies.len()).into());
    }
    server.terminate()?;
    let (_, end) = server.wait()?;
    if !end.success() {
        return Err(format!("the server did not stop well: {end}").into());
    }
    latencies.sort_unstable();
    Ok(Run { latencies, lasted: ended - began, processor, all_live_after })
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

/// Waits until this holds, a minute at most.
async fn until(holds: impl Fn() -> Outcome<bool>) -> Outcome<()> {
    let give_up = Instant::now() + Duration::from_mins(1);
    while !holds()? {
        if Instant::now() > give_up {
            return Err("something that must happen has not happened within a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn count(database: &Path, rows: &str) -> Outcome<usize> {
    let rows: i64 =
        Connection::open(database)?.query_row(&format!("SELECT count(*) FROM {rows}"), [], |row| row.get(0))?;
    Ok(usize::try_from(rows)?)
}

/// Writes the fleet straight into the tables.
fn fill(database: &Path, dialers: &[SimulatedDialer], more_phones: u32) -> Outcome<()> {
    let mut connection = Connection::open(database)?;
    let all = connection.transaction()?;
    for (number, dialer) in dialers.iter().enumerate() {
        all.execute(
            "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
             VALUES (?1, ?2, '127.0.0.1', ?3, 'hotdesk', 'kept')",
            (format!("d{number}"), format!("10.0.8.{number}"), dialer.address().port()),
        )?;
    }
    all.execute_batch(&format!(
        "CREATE TEMP TABLE agent AS WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < {AGENTS} - 1) SELECT i FROM n;
         INSERT INTO vicidial_users (user, pass) SELECT 'a' || i, 'apass' FROM agent;
         INSERT INTO phones (extension, server_ip, login, pass) SELECT 'p' || i, server_ip, 'p' || i || server_id, 'secret' FROM agent, servers;
         INSERT INTO phones_alias (alias_id, logins_list) SELECT 'team' || i, 'p' || i || 'd0,p' || i || 'd1,p' || i || 'd2' FROM agent;
         INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT 8600051 + i, server_ip FROM agent, servers WHERE i < {AGENTS} / 2;
         WITH RECURSIVE n(i) AS (SELECT 1 WHERE {more_phones} > 0 UNION ALL SELECT i + 1 FROM n WHERE i < {more_phones})
             INSERT INTO phones (extension, server_ip, login, pass) SELECT 'x' || i, '10.0.8.0', 'x' || i, 'secret' FROM n;"
    ))?;
    Ok(all.commit()?)
}
