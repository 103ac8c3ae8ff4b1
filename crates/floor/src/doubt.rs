//! Self-doubt: when more than half of the dialers vanish together, it is more likely that Hotdesk is cut off than that they
//! are all dead. Then the floor stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dialers::dialer::{Health, Trouble};
use tokio::time::Instant;

/// A dialer that has been unwell for longer has not vanished together with those that vanish now.
const TOGETHER: Duration = Duration::from_secs(10);

/// For how long the floor stays frozen after most dialers have come back: the others may be about to.
const SETTLE: Duration = Duration::from_secs(3);

/// Whether Hotdesk may believe what it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Calm,
    /// Too many dialers are gone at once.
    Frozen {
        /// How many are gone.
        gone: usize,
        /// Of how many.
        of: usize,
    },
}

/// How a dialer is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is well.
    Well,
    /// It is not known yet: the first connection is being made.
    NotYet,
    /// It is not well.
    Gone,
}

impl Seen {
    /// What a dialer's health says about it.
    pub fn of(health: &Health) -> Self {
        match health {
            Health::Well => Self::Well,
            Health::Suspect { why: Trouble::NotConnectedYet, .. } => Self::NotYet,
            Health::Suspect { .. } | Health::Lost { .. } => Self::Gone,
        }
    }
}

/// Which dialers were well before they vanished.
#[derive(Debug, Default)]
pub struct Doubt {
    /// When each was last known to be well. Those that Hotdesk has given up are not here.
    last_well: BTreeMap<String, Instant>,
    /// Who was well at the last look, and so has been until now: there is a look at every change.
    well: BTreeSet<String>,
    frozen_until: Option<Instant>,
}

impl Doubt {
    /// Begins with dialers that were well before, as far as anybody knows.
    pub fn new(now: Instant, known: impl IntoIterator<Item = String>) -> Self {
        Self { last_well: known.into_iter().map(|server_ip| (server_ip, now)).collect(), ..Self::default() }
    }

    /// Judges by how all dialers that there are are seen now.
    pub fn judge(&mut self, now: Instant, dialers: &BTreeMap<String, Seen>) -> Verdict {
        let was_frozen = self.frozen_until.is_some();
        self.last_well.extend(std::mem::take(&mut self.well).into_iter().map(|server_ip| (server_ip, now)));
        self.last_well.retain(|server_ip, last| {
            dialers.contains_key(server_ip) && (was_frozen || now.duration_since(*last) <= TOGETHER)
        });
        for (server_ip, _) in dialers.iter().filter(|(_, seen)| **seen == Seen::Well) {
            self.last_well.insert(server_ip.clone(), now);
            self.well.insert(server_ip.clone());
        }
        let of = self.last_well.len();
        let gone = self.last_well.keys().filter(|server_ip| dialers.get(*server_ip) == Some(&Seen::Gone)).count();
        if gone * 2 > of {
            self.frozen_until = Some(now + SETTLE);
        }
        match self.frozen_until {
            Some(until) if now < until => Verdict::Frozen { gone, of },
            _ => {
                self.frozen_until = None;
                Verdict::Calm
            }
        }
    }

    /// Its agents are moved: whatever vanishes from now on does not vanish together with it.
    pub fn give_up(&mut self, lost: &BTreeSet<String>) {
        self.last_well.retain(|server_ip, _| !lost.contains(server_ip));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// So many dialers, of which these are not well.
    fn dialers(count: usize, gone: &[usize]) -> BTreeMap<String, Seen> {
        let seen = |number| if gone.contains(&number) { Seen::Gone } else { Seen::Well };
        (0..count).map(|number| (number.to_string(), seen(number))).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_half_gone_at_once_freezes_until_most_are_back_and_a_little_longer() {
        let (start, mut doubt) = (Instant::now(), Doubt::default());
        assert_eq!(doubt.judge(start, &dialers(8, &[])), Verdict::Calm);
        assert_eq!(doubt.judge(start, &dialers(8, &[0, 1, 2, 3])), Verdict::Calm);
        let five = Verdict::Frozen { gone: 5, of: 8 };
        assert_eq!(doubt.judge(start + seconds(1), &dialers(8, &[0, 1, 2, 3, 4])), five);
        let much_later = start + seconds(3600);
        assert_eq!(doubt.judge(much_later, &dialers(8, &[0, 1, 2, 3, 4])), five, "time alone does not help");
        assert_eq!(doubt.judge(much_later + seconds(1), &dialers(8, &[0])), Verdict::Frozen { gone: 1, of: 8 });
        assert_eq!(doubt.judge(much_later + seconds(4), &dialers(8, &[])), Verdict::Calm);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_to_vanish_after_a_quiet_hour_counts_too() {
        let (start, hour) = (Instant::now(), seconds(3600));
        let (mut two_of_three, mut the_only_one) = (Doubt::default(), Doubt::default());
        assert_eq!(two_of_three.judge(start, &dialers(3, &[])), Verdict::Calm);
        assert_eq!(two_of_three.judge(start + hour, &dialers(3, &[0])), Verdict::Calm);
        assert_eq!(two_of_three.judge(start + hour, &dialers(3, &[0, 1])), Verdict::Frozen { gone: 2, of: 3 });
        assert_eq!(the_only_one.judge(start, &dialers(1, &[])), Verdict::Calm);
        assert_eq!(the_only_one.judge(start + hour, &dialers(1, &[0])), Verdict::Frozen { gone: 1, of: 1 });
    }

    #[tokio::test(start_paused = true)]
    async fn dialers_that_die_one_after_another_are_not_doubted() {
        let (start, mut doubt) = (Instant::now(), Doubt::default());
        assert_eq!(doubt.judge(start, &dialers(3, &[])), Verdict::Calm);
        assert_eq!(doubt.judge(start + seconds(1), &dialers(3, &[0])), Verdict::Calm);
        doubt.give_up(&BTreeSet::from(["0".to_owned()]));
        assert_eq!(
            doubt.judge(start + seconds(2), &dialers(3, &[0, 1])),
            Verdict::Calm,
            "one of the two that are left"
        );
        let long_dead = start + seconds(60);
        assert_eq!(doubt.judge(long_dead, &dialers(3, &[0, 1])), Verdict::Calm);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_start_the_dialers_that_had_agents_count_as_known() {
        let start = Instant::now();
        let mut doubt = Doubt::new(start, ["0".to_owned(), "1".to_owned()]);
        let not_yet = (0..3).map(|number| (number.to_string(), Seen::NotYet)).collect();
        assert_eq!(doubt.judge(start, &not_yet), Verdict::Calm, "nobody has had time to answer");
        assert_eq!(doubt.judge(start, &dialers(3, &[0, 1])), Verdict::Frozen { gone: 2, of: 3 });
    }
}
