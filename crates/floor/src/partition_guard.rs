//! Protection against a network partition: if more than half of the dialers become unreachable together, Hotdesk is
//! probably cut off from them. The floor is then frozen, and no agent is moved.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dialers::dialer::{ConnectionState, Trouble};
use tokio::time::Instant;

/// Dialers that become unreachable within this time count as one event.
const OUTAGE_WINDOW: Duration = Duration::from_secs(10);

/// How long the floor stays frozen after most dialers have recovered, because the others may follow.
const THAW_AFTER: Duration = Duration::from_secs(3);

/// Whether the floor may re-home the agents of dialers that are down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Normal,
    /// Too many dialers became unreachable at once.
    Frozen {
        /// Number of unreachable dialers.
        gone: usize,
        /// Number of dialers that count.
        of: usize,
    },
}

/// Whether a dialer can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachability {
    /// The dialer responds.
    Reachable,
    /// Unknown: the first connection attempt is not over.
    Pending,
    /// The dialer cannot be reached.
    Gone,
}

impl Reachability {
    /// The reachability for a connection state.
    pub fn of(health: &ConnectionState) -> Self {
        match health {
            ConnectionState::Healthy => Self::Reachable,
            ConnectionState::Suspect { why: Trouble::NotConnectedYet, .. } => Self::Pending,
            ConnectionState::Suspect { .. } | ConnectionState::Down { .. } => Self::Gone,
        }
    }
}

/// Tracks which dialers were healthy before they became unreachable.
#[derive(Debug, Default)]
pub struct PartitionGuard {
    /// When each dialer was last healthy, without the dialers whose agents were re-homed.
    last_healthy: BTreeMap<String, Instant>,
    /// The dialers that were healthy at the last evaluation. Every change is evaluated, so they were healthy until now.
    healthy: BTreeSet<String>,
    frozen_until: Option<Instant>,
}

impl PartitionGuard {
    /// Starts with dialers that are assumed to have been healthy until now.
    pub fn new(now: Instant, known: impl IntoIterator<Item = String>) -> Self {
        Self { last_healthy: known.into_iter().map(|server_ip| (server_ip, now)).collect(), ..Self::default() }
    }

    /// Evaluates the reachability of all dialers.
    pub fn evaluate(&mut self, now: Instant, dialers: &BTreeMap<String, Reachability>) -> Verdict {
        let was_frozen = self.frozen_until.is_some();
        self.last_healthy.extend(std::mem::take(&mut self.healthy).into_iter().map(|server_ip| (server_ip, now)));
        self.last_healthy.retain(|server_ip, last| {
            dialers.contains_key(server_ip) && (was_frozen || now.duration_since(*last) <= OUTAGE_WINDOW)
        });
        for (server_ip, _) in dialers.iter().filter(|(_, seen)| **seen == Reachability::Reachable) {
            self.last_healthy.insert(server_ip.clone(), now);
            self.healthy.insert(server_ip.clone());
        }
        let of = self.last_healthy.len();
        let gone =
            self.last_healthy.keys().filter(|server_ip| dialers.get(*server_ip) == Some(&Reachability::Gone)).count();
        if gone * 2 > of {
            self.frozen_until = Some(now + THAW_AFTER);
        }
        match self.frozen_until {
            Some(until) if now < until => Verdict::Frozen { gone, of },
            _ => {
                self.frozen_until = None;
                Verdict::Normal
            }
        }
    }

    /// Removes dialers that are down and whose agents are being re-homed: a later outage is not part of the same event.
    pub fn forget_dialers(&mut self, down: &BTreeSet<String>) {
        self.last_healthy.retain(|server_ip, _| !down.contains(server_ip));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// `count` dialers, of which those in `gone` are unreachable.
    fn dialers(count: usize, gone: &[usize]) -> BTreeMap<String, Reachability> {
        let seen = |number| if gone.contains(&number) { Reachability::Gone } else { Reachability::Reachable };
        (0..count).map(|number| (number.to_string(), seen(number))).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_floor_freezes_while_more_than_half_of_the_dialers_are_unreachable_and_three_seconds_longer() {
        let (start, mut guard) = (Instant::now(), PartitionGuard::default());
        assert_eq!(guard.evaluate(start, &dialers(8, &[])), Verdict::Normal);
        assert_eq!(guard.evaluate(start, &dialers(8, &[0, 1, 2, 3])), Verdict::Normal);
        let five = Verdict::Frozen { gone: 5, of: 8 };
        assert_eq!(guard.evaluate(start + seconds(1), &dialers(8, &[0, 1, 2, 3, 4])), five);
        let much_later = start + seconds(3600);
        assert_eq!(
            guard.evaluate(much_later, &dialers(8, &[0, 1, 2, 3, 4])),
            five,
            "time alone does not thaw the floor"
        );
        assert_eq!(guard.evaluate(much_later + seconds(1), &dialers(8, &[0])), Verdict::Frozen { gone: 1, of: 8 });
        assert_eq!(guard.evaluate(much_later + seconds(4), &dialers(8, &[])), Verdict::Normal);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_dialer_of_an_outage_after_a_quiet_hour_counts_too() {
        let (start, hour) = (Instant::now(), seconds(3600));
        let (mut two_of_three, mut the_only_one) = (PartitionGuard::default(), PartitionGuard::default());
        assert_eq!(two_of_three.evaluate(start, &dialers(3, &[])), Verdict::Normal);
        assert_eq!(two_of_three.evaluate(start + hour, &dialers(3, &[0])), Verdict::Normal);
        assert_eq!(two_of_three.evaluate(start + hour, &dialers(3, &[0, 1])), Verdict::Frozen { gone: 2, of: 3 });
        assert_eq!(the_only_one.evaluate(start, &dialers(1, &[])), Verdict::Normal);
        assert_eq!(the_only_one.evaluate(start + hour, &dialers(1, &[0])), Verdict::Frozen { gone: 1, of: 1 });
    }

    #[tokio::test(start_paused = true)]
    async fn dialers_that_die_one_after_another_do_not_freeze_the_floor() {
        let (start, mut guard) = (Instant::now(), PartitionGuard::default());
        assert_eq!(guard.evaluate(start, &dialers(3, &[])), Verdict::Normal);
        assert_eq!(guard.evaluate(start + seconds(1), &dialers(3, &[0])), Verdict::Normal);
        guard.forget_dialers(&BTreeSet::from(["0".to_owned()]));
        assert_eq!(
            guard.evaluate(start + seconds(2), &dialers(3, &[0, 1])),
            Verdict::Normal,
            "one of the two remaining dialers"
        );
        let long_dead = start + seconds(60);
        assert_eq!(guard.evaluate(long_dead, &dialers(3, &[0, 1])), Verdict::Normal);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_start_the_dialers_that_had_agents_count_as_known() {
        let start = Instant::now();
        let mut guard = PartitionGuard::new(start, ["0".to_owned(), "1".to_owned()]);
        let not_yet = (0..3).map(|number| (number.to_string(), Reachability::Pending)).collect();
        assert_eq!(guard.evaluate(start, &not_yet), Verdict::Normal, "no dialer has had time to respond");
        assert_eq!(guard.evaluate(start, &dialers(3, &[0, 1])), Verdict::Frozen { gone: 2, of: 3 });
    }
}
