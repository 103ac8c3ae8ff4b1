use super::*;

/// The database's rows, and the membership of several nodes, each named by a letter.
struct World {
    now: Instant,
    rows: Vec<Node>,
    leases: BTreeMap<String, String>,
    members: BTreeMap<&'static str, Membership>,
    unwell: BTreeMap<&'static str, BTreeSet<String>>,
}

fn dialers(count: usize) -> BTreeSet<String> {
    (0..count).map(|dialer| format!("d{dialer}")).collect()
}

impl World {
    fn new(nodes: &[&'static str]) -> Self {
        let members = nodes.iter().map(|node| (*node, Membership::new((*node).to_owned()))).collect();
        Self { now: Instant::now(), rows: Vec::new(), leases: BTreeMap::new(), members, unwell: BTreeMap::new() }
    }

    /// Lets these nodes observe and act in turn, this many times. Each sends a heartbeat each time.
    fn observe_all(&mut self, rounds: usize, nodes: &[&'static str], dialers: &BTreeSet<String>) {
        for _ in 0..rounds {
            self.now += OBSERVE_EVERY;
            for node in nodes {
                self.observe_as(node, dialers);
            }
        }
    }

    fn observe_as(&mut self, node: &'static str, dialers: &BTreeSet<String>) {
        let unwell = self.unwell.get(node).cloned().unwrap_or_default();
        let beat = self.rows.iter().find(|row| row.node == node).map_or(1, |row| row.beat + 1);
        self.rows.retain(|row| row.node != node);
        let member = self.members.get_mut(node).unwrap();
        let stays = member.stays();
        let unwell_names = unwell.iter().cloned().collect();
        self.rows.push(Node { node: node.into(), name: node.into(), beat, unwell: unwell_names, stays });
        self.rows.sort_by(|one, other| one.node.cmp(&other.node));
        let leases =
            self.leases.iter().map(|(server_ip, node)| Lease { server_ip: server_ip.clone(), node: node.clone() });
        member.observe(self.now, self.rows.clone(), leases.collect());
        let actions = member.decide(dialers, &unwell);
        self.rows.retain(|row| !actions.dead.contains(&(row.node.clone(), row.beat)));
        for transfer in actions.transfers {
            if self.leases.get(&transfer.server_ip).map_or("", String::as_str) == transfer.from {
                member.count_transfer(&transfer);
                self.leases.insert(transfer.server_ip, transfer.to);
            }
        }
    }

    /// Number of leases of each node.
    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for node in self.leases.values() {
            *counts.entry(node.as_str()).or_default() += 1;
        }
        counts
    }
}

const ALL: [&str; 3] = ["a", "b", "c"];

#[tokio::test(start_paused = true)]
async fn leases_are_spread_evenly_and_again_when_a_node_joins() {
    let (mut world, ten) = (World::new(&ALL), dialers(10));
    world.observe_all(1, &["a", "b"], &ten);
    world.observe_all(8, &["a", "b"], &ten);
    assert_eq!(world.counts(), [("a", 5), ("b", 5)].into());
    world.observe_all(12, &ALL, &ten);
    assert_eq!(world.counts(), [("a", 4), ("b", 3), ("c", 3)].into());
    let before = world.leases.clone();
    world.observe_all(100, &ALL, &ten);
    assert_eq!(world.leases, before, "balanced leases do not move");
}

#[tokio::test(start_paused = true)]
async fn a_dead_nodes_leases_are_taken_over_within_two_seconds_but_not_those_of_a_slow_node() {
    let (mut world, six) = (World::new(&ALL), dialers(6));
    world.observe_all(20, &ALL, &six);
    world.observe_all(4, &["a", "b"], &six);
    assert_eq!(world.counts(), [("a", 2), ("b", 2), ("c", 2)].into(), "the node may only be slow");
    world.observe_all(3, &["a", "b"], &six);
    assert_eq!(world.counts(), [("a", 3), ("b", 3)].into());
    assert_eq!(world.members.values().map(Membership::takeovers).sum::<u64>(), 2);
    assert!(world.rows.iter().all(|row| row.node != "c"));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_did_not_observe_declares_no_other_node_dead() {
    let (mut world, six) = (World::new(&ALL), dialers(6));
    world.observe_all(20, &ALL, &six);
    world.now += Duration::from_secs(30);
    world.observe_as("a", &six);
    world.observe_all(1, &ALL, &six);
    assert_eq!(world.counts(), [("a", 2), ("b", 2), ("c", 2)].into());
    let now = world.now;
    assert!(world.members["a"].leads(now, "d0") || world.members["a"].leads(now, "d1"));
    assert!(
        !(0..6).any(|d| world.members["a"].leads(now + DEAD_AFTER, &format!("d{d}"))),
        "a node without a recent observation leads nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stopping_node_releases_its_leases_at_once_and_the_others_take_them() {
    let (mut world, six) = (World::new(&ALL), dialers(6));
    world.observe_all(20, &ALL, &six);
    world.members.get_mut("b").unwrap().step_down();
    world.observe_as("b", &six);
    assert_eq!(world.counts(), [("", 2), ("a", 2), ("c", 2)].into());
    world.observe_all(1, &ALL, &six);
    assert_eq!(world.counts(), [("a", 3), ("c", 3)].into());
    world.observe_all(20, &ALL, &six);
    assert_eq!(world.counts(), [("a", 3), ("c", 3)].into(), "the stopped node takes no lease back");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_cannot_reach_a_dialer_passes_its_lease_to_a_node_that_can() {
    let (mut world, three) = (World::new(&ALL), dialers(3));
    world.observe_all(20, &ALL, &three);
    let led_by_a = world.leases.iter().find(|(_, node)| *node == "a").unwrap().0.clone();
    world.unwell.insert("a", [led_by_a.clone()].into());
    world.observe_all(2, &ALL, &three);
    assert_eq!(world.leases[&led_by_a], "a", "the fault may be short");
    world.observe_all(2, &ALL, &three);
    assert_ne!(world.leases[&led_by_a], "a");
    for node in ALL {
        world.unwell.insert(node, [led_by_a.clone()].into());
    }
    let before = world.leases.clone();
    world.observe_all(20, &ALL, &three);
    assert_eq!(world.leases[&led_by_a], before[&led_by_a], "no node reaches the dialer: the lease stays");
}

#[tokio::test(start_paused = true)]
async fn a_gained_lease_says_whether_a_live_node_held_it_before() {
    let lease = |node: &str| vec![Lease { server_ip: "d0".into(), node: node.into() }];
    let row = |node: &str, beat| Node { node: node.into(), name: String::new(), beat, unwell: vec![], stays: true };
    let (now, mut fresh) = (Instant::now(), Membership::new("a".into()));
    assert_eq!(fresh.observe(now, vec![row("a", 1), row("old", 7)], lease("old")), []);
    assert_eq!(fresh.observe(now, vec![row("a", 2), row("old", 7)], lease("old")), []);
    let gained = |had_leader| [GainedLease { server_ip: "d0".into(), had_leader }];
    assert_eq!(
        fresh.observe(now, vec![row("a", 3)], lease("a")),
        gained(false),
        "the previous holder was dead from the start"
    );
    assert_eq!(fresh.observe(now, vec![row("a", 4), row("b", 1)], lease("b")), []);
    assert_eq!(fresh.observe(now, vec![row("a", 5), row("b", 2)], lease("b")), []);
    assert_eq!(fresh.observe(now, vec![row("a", 6)], lease("a")), gained(true));
}
