use super::*;

/// The tables, and one node for each letter that looks at them.
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

    /// So many looks of all these nodes, one after the other; each beats at each.
    fn observe_all(&mut self, looks: usize, nodes: &[&'static str], dialers: &BTreeSet<String>) {
        for _ in 0..looks {
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

    /// How many leases each node has.
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
async fn leases_are_spread_evenly_and_again_when_a_node_comes() {
    let (mut world, ten) = (World::new(&ALL), dialers(10));
    world.observe_all(1, &["a", "b"], &ten);
    world.observe_all(8, &["a", "b"], &ten);
    assert_eq!(world.counts(), [("a", 5), ("b", 5)].into());
    world.observe_all(12, &ALL, &ten);
    assert_eq!(world.counts(), [("a", 4), ("b", 3), ("c", 3)].into());
    let before = world.leases.clone();
    world.observe_all(100, &ALL, &ten);
    assert_eq!(world.leases, before, "nobody takes anything from anybody");
}

#[tokio::test(start_paused = true)]
async fn a_dead_nodes_leases_are_taken_within_two_seconds_and_not_before_it_stood_still() {
    let (mut world, six) = (World::new(&ALL), dialers(6));
    world.observe_all(20, &ALL, &six);
    world.observe_all(4, &["a", "b"], &six);
    assert_eq!(world.counts(), [("a", 2), ("b", 2), ("c", 2)].into(), "it may only be slow");
    world.observe_all(3, &["a", "b"], &six);
    assert_eq!(world.counts(), [("a", 3), ("b", 3)].into());
    assert_eq!(world.members.values().map(Membership::takeovers).sum::<u64>(), 2);
    assert!(world.rows.iter().all(|row| row.node != "c"));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_not_looking_has_seen_nobody_stand_still() {
    let (mut world, six) = (World::new(&ALL), dialers(6));
    world.observe_all(20, &ALL, &six);
    world.now += Duration::from_secs(30);
    world.observe_as("a", &six);
    world.observe_all(1, &ALL, &six);
    assert_eq!(world.counts(), [("a", 2), ("b", 2), ("c", 2)].into());
    let now = world.now;
    assert!(world.members["a"].leads(now, "d0") || world.members["a"].leads(now, "d1"));
    assert!(!(0..6).any(|d| world.members["a"].leads(now + DEAD_AFTER, &format!("d{d}"))), "it has not looked since");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_gives_all_away_at_once_and_the_others_take_it() {
    let (mut world, six) = (World::new(&ALL), dialers(6));
    world.observe_all(20, &ALL, &six);
    world.members.get_mut("b").unwrap().step_down();
    world.observe_as("b", &six);
    assert_eq!(world.counts(), [("", 2), ("a", 2), ("c", 2)].into());
    world.observe_all(1, &ALL, &six);
    assert_eq!(world.counts(), [("a", 3), ("c", 3)].into());
    world.observe_all(20, &ALL, &six);
    assert_eq!(world.counts(), [("a", 3), ("c", 3)].into(), "it takes nothing back");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_see_a_dialer_passes_it_to_who_does() {
    let (mut world, three) = (World::new(&ALL), dialers(3));
    world.observe_all(20, &ALL, &three);
    let led_by_a = world.leases.iter().find(|(_, node)| *node == "a").unwrap().0.clone();
    world.unwell.insert("a", [led_by_a.clone()].into());
    world.observe_all(2, &ALL, &three);
    assert_eq!(world.leases[&led_by_a], "a", "it may be over at once");
    world.observe_all(2, &ALL, &three);
    assert_ne!(world.leases[&led_by_a], "a");
    for node in ALL {
        world.unwell.insert(node, [led_by_a.clone()].into());
    }
    let before = world.leases.clone();
    world.observe_all(20, &ALL, &three);
    assert_eq!(world.leases[&led_by_a], before[&led_by_a], "nobody sees it: it stays");
}

#[tokio::test(start_paused = true)]
async fn it_is_known_whether_a_lease_was_had_by_a_living_node() {
    let lease = |node: &str| vec![Lease { server_ip: "d0".into(), node: node.into() }];
    let row = |node: &str, beat| Node { node: node.into(), name: String::new(), beat, unwell: vec![], stays: true };
    let (now, mut fresh) = (Instant::now(), Membership::new("a".into()));
    assert_eq!(fresh.observe(now, vec![row("a", 1), row("old", 7)], lease("old")), []);
    assert_eq!(fresh.observe(now, vec![row("a", 2), row("old", 7)], lease("old")), []);
    let gained = |had_leader| [GainedLease { server_ip: "d0".into(), had_leader }];
    assert_eq!(fresh.observe(now, vec![row("a", 3)], lease("a")), gained(false), "that one was dead before");
    assert_eq!(fresh.observe(now, vec![row("a", 4), row("b", 1)], lease("b")), []);
    assert_eq!(fresh.observe(now, vec![row("a", 5), row("b", 2)], lease("b")), []);
    assert_eq!(fresh.observe(now, vec![row("a", 6)], lease("a")), gained(true));
}
