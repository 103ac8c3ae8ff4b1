//! Three nodes on three members of a Galera cluster, under load, while a node and a member are killed, cut off, and return.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialers::simulator::SimulatedDialer;
use mysql::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::cutting::{Line, Proxy};
use crate::galera::Cluster;
use crate::house::{House, PATIENCE, leases, sessions, until};
use crate::load::{self, Balancer, Outcome};
use crate::server::Server;

const DIALERS: usize = 3;

/// What goes wrong, and when it did.
type Faults = Vec<(&'static str, Instant)>;

/// Three nodes, each on its own way to each member; all have the members in the same order.
struct Storm {
    house: House,
    cluster: Mutex<Cluster>,
    /// By node, then by member.
    ways: Vec<Vec<Proxy>>,
    nodes: Mutex<Vec<Option<Server>>>,
}

impl Storm {
    async fn new(agents: usize) -> Option<Self> {
        let cluster = Cluster::start()?;
        cluster.connect(0, "").unwrap().query_drop("CREATE DATABASE storm CHARACTER SET utf8mb4").unwrap();
        let mut ways = Vec::new();
        for _ in 0..3 {
            let mut of_node = Vec::new();
            for member in 0..3 {
                of_node.push(Proxy::to(cluster.address(member)).await);
            }
            ways.push(of_node);
        }
        let (host, port) = cluster.address(0);
        let mut sql = cluster.connect(0, "storm").unwrap();
        let house =
            House::new(format!("mariadb://root@{host}:{port}/storm"), &mut sql, DIALERS, agents, Duration::ZERO).await;
        let storm = Self { house, cluster: Mutex::new(cluster), ways, nodes: Mutex::default() };
        for number in 0..3 {
            let node = storm.node(number, 1);
            storm.nodes.lock().unwrap().push(Some(node));
        }
        Some(storm)
    }

    fn node(&self, number: usize, run: usize) -> Server {
        let hosts: Vec<String> = self.ways[number].iter().map(|way| format!("127.0.0.1:{}", way.port())).collect();
        let database = format!("mariadb://root@{}/storm", hosts.join(","));
        self.house.node_on(&database, &format!("node{number}.{run}"))
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.lock().unwrap().iter().flatten().map(Server::address).collect()
    }

    /// Everything that goes wrong, one after the other, with time to recover.
    async fn rage(&self, balancer: &Balancer, Size { fault, look, .. }: Size) -> Faults {
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
        let of_a_node = [
            ("a node's lines are slow", Line::Delayed),
            ("a node is cut off", Line::Cut),
            ("a node's lines swallow all", Line::Silent),
        ];
        for (what, line) in of_a_node {
            note(what);
            self.ways[1].iter().for_each(|way| way.is(line));
            sleep(fault).await;
            self.ways[1].iter().for_each(|way| way.is(Line::Open));
            sleep(look).await;
        }
        note("a member is killed");
        self.cluster.lock().unwrap().kill(0);
        sleep(look).await;
        self.cluster.lock().unwrap().start_again(0);
        until("the member is back", async || self.cluster.lock().unwrap().is_ready(0)).await;
        note("a member is back");
        sleep(fault).await;
        for (what, line) in [("a member is cut off", Line::Cut), ("a member's lines swallow all", Line::Silent)] {
            note(what);
            self.ways.iter().for_each(|of_node| of_node[0].is(line));
            sleep(fault * 2).await;
            self.ways.iter().for_each(|of_node| of_node[0].is(Line::Open));
            sleep(fault).await;
        }
        note("all is well");
        faults
    }

    /// Shows what does not add up.
    fn show(&self, sql: &mut mysql::Conn, agents: usize) {
        let open = "SELECT session_id, user, state, server_ip, `call`, trail FROM hotdesk_session WHERE ended IS NULL";
        let open: Vec<(i64, String, String, String, String, String)> = sql.query(open).unwrap();
        let calls = self.house.dialers.iter().flat_map(SimulatedDialer::calls);
        let calls: BTreeMap<String, String> =
            calls.map(|call| (call.unique_id, format!("{} {:?}", call.line, call.state))).collect();
        eprintln!("{agents} agents, {} open, {} calls", open.len(), calls.len());
        let wanted: BTreeSet<&String> = open.iter().map(|session| &session.4).collect();
        for (call, whose) in calls.iter().filter(|(call, _)| !wanted.contains(call)) {
            eprintln!("nobody's call: {call} {whose}");
        }
        for session in open.iter().filter(|session| session.2 != "live" || !calls.contains_key(&session.4)) {
            eprintln!("{session:?}");
        }
        let ended = "SELECT session_id, user, server_ip, end_reason, trail FROM hotdesk_session s
            WHERE session_id = (SELECT max(session_id) FROM hotdesk_session l WHERE l.user = s.user) AND ended IS NOT NULL";
        let ended: Vec<(i64, String, String, String, String)> = sql.query(ended).unwrap();
        ended.iter().take(5).for_each(|session| eprintln!("over: {session:?}"));
        let nodes: Vec<(String, String, String)> = sql.query("SELECT node, name, unwell FROM hotdesk_node").unwrap();
        eprintln!("{nodes:?} {:?}", leases(sql));
    }

    /// All that was acknowledged is there once, nothing else is, and all agree.
    async fn add_up(&self, outcome: &Outcome) {
        let mut sql = self.cluster.lock().unwrap().connect(1, "storm").unwrap();
        let agents = outcome.agents.len();
        let began = Instant::now();
        let calm = until("all agents are live with one call each", async || {
            if began.elapsed() + Duration::from_millis(100) > PATIENCE {
                self.show(&mut sql, agents);
            }
            let live: Option<usize> =
                sql.query_first("SELECT count(*) FROM hotdesk_session WHERE ended IS NULL AND state = 'live'").unwrap();
            let open: Option<usize> =
                sql.query_first("SELECT count(*) FROM hotdesk_session WHERE ended IS NULL").unwrap();
            live == Some(agents) && open == live && self.house.calls() == agents
        })
        .await;
        eprintln!("all {agents} agents are live with one call each {calm:?} after the last answer");
        let aliases: BTreeSet<String> =
            sql.query("SELECT alias_id FROM phones_alias WHERE alias_id LIKE 'k%'").unwrap().into_iter().collect();
        assert_eq!(aliases, outcome.aliases, "what was acknowledged is there, and nothing else");
        let logged: Vec<(String, usize)> = sql
            .query("SELECT record_id, count(*) FROM vicidial_admin_log WHERE event_section = 'PHONEALIASES' GROUP BY record_id")
            .unwrap();
        assert_eq!(logged.len(), aliases.len());
        assert!(logged.iter().all(|(_, times)| *times == 1), "each once");
        let calls: Vec<String> = sql.query("SELECT `call` FROM hotdesk_session WHERE ended IS NULL").unwrap();
        let there = self.house.dialers.iter().flat_map(SimulatedDialer::calls);
        let there: BTreeSet<String> = there.map(|call| call.unique_id).collect();
        assert_eq!(there, calls.into_iter().collect(), "each session's call is the one that is there");
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

/// How much there is to do, and how long what goes wrong lasts.
#[derive(Debug, Clone, Copy)]
struct Size {
    logins: usize,
    aliases: usize,
    /// From one piece of work to the next.
    pace: Duration,
    fault: Duration,
    /// How long it is looked what became of service.
    look: Duration,
}

impl Size {
    /// As the variable `HOTDESK_STORM` says: `full` or less.
    fn wanted() -> Self {
        let second = Duration::from_secs(1);
        if std::env::var("HOTDESK_STORM").is_ok_and(|size| size == "full") {
            return Self {
                logins: 2000,
                aliases: 20_000,
                pace: Duration::from_micros(3500),
                fault: second * 3,
                look: second * 6,
            };
        }
        Self { logins: 300, aliases: 2000, pace: Duration::from_millis(17), fault: second * 3 / 2, look: second * 3 }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_over_three_nodes_and_three_members_loses_nothing() {
    let size = Size::wanted();
    let Size { logins, aliases, pace, look, .. } = size;
    let Some(storm) = Storm::new(logins).await else { return };
    let balancer = Balancer::new(&storm.addresses());
    until("each node is ready", async || {
        let mut ready = 0;
        for node in storm.addresses() {
            let answer = crate::client::ask(node, "GET", "/readyz", "", PATIENCE).await;
            ready += usize::from(answer.is_ok_and(|answer| answer.status == 200));
        }
        ready == 3
    })
    .await;
    let began = Instant::now();
    let load = tokio::spawn(load::run(Arc::clone(&balancer), logins, aliases, pace));
    let faults = storm.rage(&balancer, size).await;
    let outcome = load.await.unwrap();
    eprintln!(
        "{logins} logins and {aliases} changes in {:?}; repeated because of {:#?}",
        began.elapsed(),
        outcome.refusals
    );
    for (what, at) in &faults {
        let (gap, wait) = outcome.silence(*at, look);
        eprintln!(
            "{what}, {:?} after the beginning: nothing acknowledged for {gap:?}; nobody waited longer than {wait:?}",
            *at - began
        );
    }
    storm.add_up(&outcome).await;
    let figures =
        |what: &str| faults.iter().find(|(fault, _)| *fault == what).map(|(_, at)| outcome.silence(*at, look).0);
    assert!(figures("a node is killed").unwrap() < Duration::from_secs(3));
    assert!(figures("a member is killed").unwrap() < Duration::from_secs(5));
}
