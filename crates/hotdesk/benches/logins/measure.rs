//! One measurement, with its own database and dialers.

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::line::Line;
use dialers::simulator::{LineScript, SimulatedDialer};
use mysql::prelude::Queryable;
use rusqlite::Connection;
use tokio::time::Instant;

use crate::load::{self, Reply, Work};
use crate::mariadb::Mariadb;
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{Outcome, processor};

const DIALERS: usize = 3;
const CONNECTIONS: usize = 64;

/// More agents than can log in during the measurement.
const AGENTS: u32 = 60_000;

/// Measurements of Hotdesk under load.
pub struct Run {
    latencies: Vec<u32>,
    lasted: Duration,
    processor: Option<Duration>,
    /// Time from the last reply until all sessions were stored as live.
    pub all_live_after: Duration,
}

impl Run {
    /// Logins per second.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 logins")]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.lasted.as_secs_f64()
    }

    /// A percentile of the latencies, given in thousandths, in milliseconds.
    pub fn milliseconds(&self, thousandths: usize) -> f64 {
        let place = (self.latencies.len() * thousandths).div_ceil(1000).saturating_sub(1);
        self.latencies.get(place).map_or(f64::NAN, |microseconds| f64::from(*microseconds) / 1000.0)
    }

    /// The server's processor time per login, in microseconds.
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

/// The database of one measurement.
enum Fleet<'a> {
    Embedded(PathBuf),
    /// The server, and the URL of a database on it.
    Mariadb(&'a Mariadb, String),
}

impl Fleet<'_> {
    fn address(&self) -> String {
        match self {
            Self::Embedded(path) => format!("sqlite:{}", path.display()),
            Self::Mariadb(_, address) => address.clone(),
        }
    }

    fn connect(server: &Mariadb, address: &str) -> mysql::Conn {
        server.connect(address.rsplit_once('/').map_or("", |(_, name)| name))
    }

    fn count(&self, rows: &str) -> Outcome<usize> {
        let count = format!("SELECT count(*) FROM {rows}");
        let rows: i64 = match self {
            Self::Embedded(path) => Connection::open(path)?.query_row(&count, [], |row| row.get(0))?,
            Self::Mariadb(server, address) => Self::connect(server, address).query_first(count)?.unwrap_or(0),
        };
        Ok(usize::try_from(rows)?)
    }

    /// Writes the fleet directly into the tables.
    fn fill(&self, dialers: &[SimulatedDialer], more_phones: u32) -> Outcome<()> {
        match self {
            Self::Embedded(path) => {
                let mut connection = Connection::open(path)?;
                let all = connection.transaction()?;
                all.execute_batch(&fleet(dialers, more_phones, |first, last| {
                    format!("(WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n)")
                }))?;
                Ok(all.commit()?)
            }
            Self::Mariadb(server, address) => {
                let name = address.rsplit_once('/').map_or("", |(_, name)| name);
                let numbers = |first, last| format!("(SELECT seq AS i FROM seq_{first}_to_{last})");
                server.run(name, &fleet(dialers, more_phones, numbers));
                Ok(())
            }
        }
    }
}

/// The statements that write the fleet. `numbers` is the engine's expression for a series of numbers.
fn fleet(dialers: &[SimulatedDialer], more_phones: u32, numbers: impl Fn(u32, u32) -> String) -> String {
    let mut statements = Vec::new();
    for (number, dialer) in dialers.iter().enumerate() {
        let port = dialer.address().port();
        statements.push(format!(
            "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
             VALUES ('d{number}', '10.0.8.{number}', '127.0.0.1', {port}, 'hotdesk', 'kept')"
        ));
    }
    let agents = numbers(0, AGENTS - 1);
    let conferences = numbers(0, AGENTS / 2 - 1);
    statements.push(format!(
        "INSERT INTO vicidial_users (user, pass) SELECT 'a' || i, 'apass' FROM {agents} agent;
         INSERT INTO phones (extension, server_ip, login, pass)
             SELECT 'p' || i, server_ip, 'p' || i || server_id, 'secret' FROM {agents} agent, servers;
         INSERT INTO phones_alias (alias_id, logins_list)
             SELECT 'team' || i, 'p' || i || 'd0,p' || i || 'd1,p' || i || 'd2' FROM {agents} agent;
         INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT 8600051 + i, server_ip FROM {conferences} room, servers"
    ));
    if more_phones > 0 {
        let more = numbers(1, more_phones);
        statements.push(format!(
            "INSERT INTO phones (extension, server_ip, login, pass) SELECT 'x' || i, '10.0.8.0', 'x' || i, 'secret' FROM {more} more"
        ));
    }
    statements.join(";\n")
}

/// Measures Hotdesk with this many further phones, in its embedded database or in one on this server.
pub fn run(server: Option<&Mariadb>, phones: u32, measured_for: Duration) -> Outcome<Run> {
    // The dialers run on their own thread, as real ones run on their own machines.
    let dialers_run = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let dialers = dialers_run.block_on(simulate())?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let fleet = server.map_or_else(
        || Fleet::Embedded(folder.path().join("hotdesk.db")),
        |server| Fleet::Mariadb(server, server.database()),
    );
    let address = fleet.address();
    if !hotdesk(folder.path(), ["migrate", "--database", &address]).output()?.status.success() {
        return Err("`hotdesk migrate` failed".into());
    }
    fleet.fill(&dialers, phones)?;
    let server = Server::start(serve(folder.path()).args(["--upgrade-passwords", "false", "--database", &address]))?;
    let here = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    here.block_on(until(|| Ok(fleet.count("server_updater")? == DIALERS)))?;
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
    here.block_on(until(|| Ok(fleet.count("hotdesk_session WHERE state = 'live'")? == latencies.len())))?;
    let all_live_after = ended.elapsed();
    let processor =
        processor::time_of(server.process()).zip(used_before).map(|(after, before)| after.saturating_sub(before));
    let calls: usize = dialers.iter().map(|dialer| dialer.calls().len()).sum();
    if calls != latencies.len() || fleet.count("vicidial_live_agents")? != latencies.len() {
        return Err(format!("{} logins were acknowledged, but the dialers have {calls} calls", latencies.len()).into());
    }
    server.terminate()?;
    let (_, end) = server.wait()?;
    if !end.success() {
        return Err(format!("the server did not stop cleanly: {end}").into());
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

/// Waits until this condition holds, for at most a minute.
async fn until(holds: impl Fn() -> Outcome<bool>) -> Outcome<()> {
    let give_up = Instant::now() + Duration::from_mins(1);
    while !holds()? {
        if Instant::now() > give_up {
            return Err("timed out after a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
