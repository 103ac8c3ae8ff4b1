//! Three nodes on a Galera cluster of three members, under load, while nodes and members are killed, disconnected and
//! restored.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialers::simulator::SimulatedDialer;
use mysql::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::fixture::{Fixture, WAIT_LIMIT, leases, sessions, until};
use crate::galera::Cluster;
use crate::load::{self, Balancer, Outcome};
use crate::proxy::{Mode, Proxy};
use crate::server::Server;

const DIALERS: usize = 3;

/// The injected faults, with their times.
type Faults = Vec<(&'static str, Instant)>;

/// Three nodes, each with its own proxy to each member. All list the members in the same order.
struct GaleraTest {
    fixture: Fixture,
    cluster: Mutex<Cluster>,
    /// By node, then by member.
    proxies: Vec<Vec<Proxy>>,
    nodes: Mutex<Vec<Option<Server>>>,
}

impl GaleraTest {
    async fn new(agents: usize) -> Option<Self> {
        let cluster = Cluster::start()?;
        cluster.connect(0, "").unwrap().query_drop("CREATE DATABASE storm CHARACTER SET utf8mb4").unwrap();
        let mut proxies = Vec::new();
        for _ in 0..3 {
            let mut of_node = Vec::new();
            for member in 0..3 {
                of_node.push(Proxy::to(cluster.address(member)).await);
            }
            proxies.push(of_node);
        }
        let (host, port) = cluster.address(0);
        let mut sql = cluster.connect(0, "storm").unwrap();
        let fixture =
            Fixture::new(format!("mariadb://root@{host}:{port}/storm"), &mut sql, DIALERS, agents, Duration::ZERO)
                .await;
        let test = Self { fixture, cluster: Mutex::new(cluster), proxies, nodes: Mutex::default() };
        for number in 0..3 {
            let node = test.node(number, 1);
            test.nodes.lock().unwrap().push(Some(node));
        }
        Some(test)
    }

    fn node(&self, number: usize, run: usize) -> Server {
        let hosts: Vec<String> =
            self.proxies[number].iter().map(|proxy| format!("127.0.0.1:{}", proxy.port())).collect();
        let database = format!("mariadb://root@{}/storm", hosts.join(","));
        self.fixture.node_on(&database, &format!("node{number}.{run}"))
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.lock().unwrap().iter().flatten().map(Server::address).collect()
    }

    /// Injects all faults, one after another, with time to recover after each.
    async fn inject_faults(&self, balancer: &Balancer, Size { fault, observed, .. }: Size) -> Faults {
        let mut faults = Faults::new();
        let mut note = |what| faults.push((what, Instant::now()));
        sleep(fault).await;
        note("a node is killed");
        drop(self.nodes.lock().unwrap()[0].take());
        sleep(fault).await;
        let again = self.node(0, 2);
        balancer.replace(0, again.address());
        self.nodes.lock().unwrap()[0] = Some(again);
        sleep(fault).await;
        let node_faults = [
            ("a node's connections are slow", Mode::Delayed),
            ("a node is disconnected", Mode::Cut),
            ("a node's connections drop all traffic", Mode::Silent),
        ];
        for (what, mode) in node_faults {
            note(what);
            self.proxies[1].iter().for_each(|proxy| proxy.set(mode));
            sleep(fault).await;
            self.proxies[1].iter().for_each(|proxy| proxy.set(Mode::Open));
            sleep(observed).await;
        }
        note("a member is killed");
        self.cluster.lock().unwrap().kill(0);
        sleep(observed).await;
        self.cluster.lock().unwrap().start_again(0);
        until("the member is ready", async || self.cluster.lock().unwrap().is_ready(0)).await;
        note("a member is back");
        sleep(fault).await;
        for (what, mode) in
            [("a member is disconnected", Mode::Cut), ("a member's connections drop all traffic", Mode::Silent)]
        {
            note(what);
            self.proxies.iter().for_each(|of_node| of_node[0].set(mode));
            sleep(fault * 2).await;
            self.proxies.iter().for_each(|of_node| of_node[0].set(Mode::Open));
            sleep(fault).await;
        }
        note("all faults are over");
        faults
    }

    /// Prints inconsistencies.
    fn show(&self, sql: &mut mysql::Conn, agents: usize) {
        let open = "SELECT session_id, user, state, server_ip, `call`, trail FROM hotdesk_session WHERE ended IS NULL";
        let open: Vec<(i64, String, String, String, String, String)> = sql.query(open).unwrap();
        let calls = self.fixture.dialers.iter().flat_map(SimulatedDialer::calls);
        let calls: BTreeMap<String, String> =
            calls.map(|call| (call.unique_id, format!("{} {:?}", call.line, call.state))).collect();
        eprintln!("{agents} agents, {} open, {} calls", open.len(), calls.len());
        let wanted: BTreeSet<&String> = open.iter().map(|session| &session.4).collect();
        for (call, whose) in calls.iter().filter(|(call, _)| !wanted.contains(call)) {
            eprintln!("call without a session: {call} {whose}");
        }
        for session in open.iter().filter(|session| session.2 != "live" || !calls.contains_key(&session.4)) {
            eprintln!("{session:?}");
        }
        let ended = "SELECT session_id, user, server_ip, end_reason, trail FROM hotdesk_session s
            WHERE session_id = (SELECT max(session_id) FROM hotdesk_session l WHERE l.user = s.user) AND ended IS NOT NULL";
        let ended: Vec<(i64, String, String, String, String)> = sql.query(ended).unwrap();
        ended.iter().take(5).for_each(|session| eprintln!("ended: {session:?}"));
        let nodes: Vec<(String, String, String)> = sql.query("SELECT node, name, unwell FROM hotdesk_node").unwrap();
        eprintln!("{nodes:?} {:?}", leases(sql));
    }

    /// Checks that everything acknowledged is stored exactly once, that nothing else is, and that all nodes agree.
    async fn check_consistency(&self, outcome: &Outcome) {
        let mut sql = self.cluster.lock().unwrap().connect(1, "storm").unwrap();
        let agents = outcome.agents.len();
        let began = Instant::now();
        let calm = until("all agents are live with one call each", async || {
            if began.elapsed() + Duration::from_millis(100) > WAIT_LIMIT {
                self.show(&mut sql, agents);
            }
            let live: Option<usize> =
                sql.query_first("SELECT count(*) FROM hotdesk_session WHERE ended IS NULL AND state = 'live'").unwrap();
            let open: Option<usize> =
                sql.query_first("SELECT count(*) FROM hotdesk_session WHERE ended IS NULL").unwrap();
            live == Some(agents) && open == live && self.fixture.calls() == agents
        })
        .await;
        eprintln!("all {agents} agents are live with one call each {calm:?} after the last response");
        let aliases: BTreeSet<String> =
            sql.query("SELECT alias_id FROM phones_alias WHERE alias_id LIKE 'k%'").unwrap().into_iter().collect();
        assert_eq!(aliases, outcome.aliases, "the stored aliases are exactly the acknowledged ones");
        let logged: Vec<(String, usize)> = sql
            .query("SELECT record_id, count(*) FROM vicidial_admin_log WHERE event_section = 'PHONEALIASES' GROUP BY record_id")
            .unwrap();
        assert_eq!(logged.len(), aliases.len());
        assert!(logged.iter().all(|(_, times)| *times == 1), "each alias has one audit row");
        let calls: Vec<String> = sql.query("SELECT `call` FROM hotdesk_session WHERE ended IS NULL").unwrap();
        let there = self.fixture.dialers.iter().flat_map(SimulatedDialer::calls);
        let there: BTreeSet<String> = there.map(|call| call.unique_id).collect();
        assert_eq!(there, calls.into_iter().collect(), "the dialers' calls are exactly the sessions' calls");
        let seats: Vec<(String, usize)> = sql.query("SELECT server_ip, seats FROM hotdesk_seats").unwrap();
        let seats: BTreeMap<String, usize> = seats.into_iter().collect();
        eprintln!("seats: {seats:?}");
        let (least, most) = (seats.values().min().unwrap(), seats.values().max().unwrap());
        assert!(most - least <= 1 && seats.values().sum::<usize>() == agents, "{seats:?}");
        for node in self.addresses() {
            until("every node shows all of them", async || {
                let shown = sessions(node).await;
                shown.len() == agents && shown.values().all(|state| state == "live")
            })
            .await;
        }
    }
}

/// Amount of load, and duration of the faults.
#[derive(Debug, Clone, Copy)]
struct Size {
    logins: usize,
    aliases: usize,
    /// Interval between jobs.
    pace: Duration,
    fault: Duration,
    /// How long after each fault the acknowledgements are evaluated.
    observed: Duration,
}

impl Size {
    /// The size that the variable `HOTDESK_STORM` selects: `full`, or a smaller one.
    fn from_env() -> Self {
        let second = Duration::from_secs(1);
        if std::env::var("HOTDESK_STORM").is_ok_and(|size| size == "full") {
            return Self {
                logins: 2000,
                aliases: 20_000,
                pace: Duration::from_micros(3500),
                fault: second * 3,
                observed: second * 6,
            };
        }
        Self {
            logins: 300,
            aliases: 2000,
            pace: Duration::from_millis(17),
            fault: second * 3 / 2,
            observed: second * 3,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_while_nodes_and_members_fail() {
    let size = Size::from_env();
    let Size { logins, aliases, pace, observed, .. } = size;
    let Some(test) = GaleraTest::new(logins).await else { return };
    let balancer = Balancer::new(&test.addresses());
    until("each node is ready", async || {
        let mut ready = 0;
        for node in test.addresses() {
            let answer = crate::client::ask(node, "GET", "/readyz", "", WAIT_LIMIT).await;
            ready += usize::from(answer.is_ok_and(|answer| answer.status == 200));
        }
        ready == 3
    })
    .await;
    let began = Instant::now();
    let load = tokio::spawn(load::run(Arc::clone(&balancer), logins, aliases, pace));
    let faults = test.inject_faults(&balancer, size).await;
    let outcome = load.await.unwrap();
    eprintln!(
        "{logins} logins and {aliases} changes in {:?}; retries by reason: {:#?}",
        began.elapsed(),
        outcome.refusals
    );
    for (what, at) in &faults {
        let (gap, wait) = outcome.silence(*at, observed);
        eprintln!(
            "{what}, {:?} after the start: no acknowledgement for {gap:?}; the longest wait was {wait:?}",
            *at - began
        );
    }
    test.check_consistency(&outcome).await;
    let figures =
        |what: &str| faults.iter().find(|(fault, _)| *fault == what).map(|(_, at)| outcome.silence(*at, observed).0);
    assert!(figures("a node is killed").unwrap() < Duration::from_secs(3));
    assert!(figures("a member is killed").unwrap() < Duration::from_secs(5));
}
