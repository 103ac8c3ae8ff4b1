//! Fixture: a fleet on MariaDB with simulated dialers `10.0.8.0`, `10.0.8.1`, … and agents `a0`, `a1`, …, and nodes on
//! it. Agent `aN` has an alias `teamN` of one phone on each dialer, all registered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::line::Line;
use dialers::simulator::{Behaviour, LineScript, SimulatedDialer};
use mysql::prelude::Queryable;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::client::{Answer, ask, login};
use crate::program::hotdesk;
use crate::server::Server;

/// Time limit of every wait; longer than anything here takes.
pub const WAIT_LIMIT: Duration = Duration::from_secs(30);

pub struct Fixture {
    /// URL of the database, for nodes.
    pub database: String,
    pub dialers: Vec<SimulatedDialer>,
    folder: TempDir,
}

impl Fixture {
    /// Fills an empty database. `sql` is a separate connection to it.
    pub async fn new(
        database: String,
        sql: &mut mysql::Conn,
        dialers: usize,
        agents: usize,
        answers: Duration,
    ) -> Self {
        let account = Account { user: "hotdesk".to_owned(), secret: Secret::new("kept".to_owned()) };
        let script = LineScript::registered(Behaviour::Answers { after: answers });
        let mut simulated = Vec::new();
        for _ in 0..dialers {
            let lines = (0..agents).map(|agent| (line(agent), script));
            let address = "127.0.0.1:0".parse().unwrap();
            simulated.push(SimulatedDialer::start(address, account.clone(), lines).await.unwrap());
        }
        let fixture = Self { database, dialers: simulated, folder: tempfile::tempdir().unwrap() };
        let migrated = hotdesk(fixture.folder.path(), ["migrate", "--database", &fixture.database]).output().unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
        fixture.fill(sql, agents);
        fixture
    }

    fn fill(&self, sql: &mut mysql::Conn, agents: usize) {
        sql.query_drop(
            "INSERT INTO vicidial_users (user, pass, user_level, user_group, api_allowed_functions, vdc_agent_api_access,
                 ast_admin_access, ast_delete_phones, modify_users)
             VALUES ('6666', '1234', 9, 'ADMIN', ' ALL_FUNCTIONS ', '1', '1', '1', '1')",
        )
        .unwrap();
        let last = agents - 1;
        sql.query_drop(format!(
            "INSERT INTO vicidial_users (user, pass, user_level) SELECT concat('a', seq), 'apass', 1 FROM seq_0_to_{last}"
        ))
        .unwrap();
        let mut logins = Vec::new();
        for (number, dialer) in self.dialers.iter().enumerate() {
            let (ip, port) = (server_ip(number), dialer.address().port());
            sql.query_drop(format!(
                "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
                 VALUES ('d{number}', '{ip}', '127.0.0.1', {port}, 'hotdesk', 'kept')"
            ))
            .unwrap();
            sql.query_drop(format!(
                "INSERT INTO phones (extension, server_ip, login, pass)
                 SELECT concat('p', seq), '{ip}', concat('p', seq, 'd{number}'), 'secret' FROM seq_0_to_{last}"
            ))
            .unwrap();
            let conferences = 8_600_051 + agents;
            sql.query_drop(format!(
                "INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT seq, '{ip}' FROM seq_8600051_to_{conferences}"
            ))
            .unwrap();
            logins.push(format!("concat('p', seq, 'd{number}')"));
        }
        sql.query_drop(format!(
            "INSERT INTO phones_alias (alias_id, alias_name, logins_list)
             SELECT concat('team', seq), 'team', concat_ws(',', {}) FROM seq_0_to_{last}",
            logins.join(", ")
        ))
        .unwrap();
    }

    /// Starts a node on this database. Its log goes to a file with this name.
    pub fn node_on(&self, database: &str, name: &str) -> Server {
        let log = std::fs::File::create(self.folder.path().join(name)).unwrap();
        let mut program = hotdesk(self.folder.path(), ["serve", "--listen", "127.0.0.1:0", "--log", "info"]);
        Server::start(program.args(["--database", database]).stderr(log)).unwrap()
    }

    pub fn node(&self, name: &str) -> Server {
        self.node_on(&self.database, name)
    }

    /// Number of calls on all dialers.
    pub fn calls(&self) -> usize {
        self.dialers.iter().map(|dialer| dialer.calls().len()).sum()
    }
}

pub fn server_ip(dialer: usize) -> String {
    format!("10.0.8.{dialer}")
}

fn line(agent: usize) -> Line {
    Line::sip(&format!("p{agent}"))
}

/// Logs an agent in through a node. Returns the session id.
pub async fn log_in(node: SocketAddr, agent: usize) -> i64 {
    let answer = ask(node, "POST", "/api/v1/sessions", &login(agent), WAIT_LIMIT).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["session_id"].as_i64().unwrap()
}

pub async fn get(node: SocketAddr, target: &str) -> Answer {
    ask(node, "GET", target, "", WAIT_LIMIT).await.unwrap()
}

/// The open sessions that a node shows, as each agent's state.
pub async fn sessions(node: SocketAddr) -> BTreeMap<String, String> {
    let answer = get(node, "/api/v1/sessions").await.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    answer["sessions"].as_array().unwrap().iter().map(|open| (text(&open["user"]), text(&open["state"]))).collect()
}

/// Number of leases of each node that holds any.
pub fn leases(sql: &mut mysql::Conn) -> BTreeMap<String, usize> {
    let held: Vec<String> = sql.query("SELECT node FROM hotdesk_lease").unwrap();
    held.into_iter().fold(BTreeMap::new(), |mut counts, node| {
        *counts.entry(node).or_default() += 1;
        counts
    })
}

/// Waits until this condition holds. Returns how long it took.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < WAIT_LIMIT, "timed out waiting: {what}");
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}
