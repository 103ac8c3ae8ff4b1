//! How fast agents are rung again after a loss, so that a thousand of them do not knock the next dialer over.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Slots of each dialer, evenly spaced.
#[derive(Debug)]
pub struct Pace {
    gap: Duration,
    next: HashMap<String, Instant>,
}

impl Pace {
    /// So many rings a second on each dialer.
    pub fn new(a_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / a_second.max(1), next: HashMap::new() }
    }

    /// The time at which the next ring on this dialer may begin.
    pub fn slot(&mut self, server_ip: &str, now: Instant) -> Instant {
        let slot = self.next.get(server_ip).map_or(now, |next| now.max(*next));
        self.next.insert(server_ip.to_owned(), slot + self.gap);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_dialer_has_its_own_slots_and_a_quiet_one_saves_none_up() {
        let (now, mut pace) = (Instant::now(), Pace::new(200));
        let gap = Duration::from_millis(5);
        assert_eq!([pace.slot("a", now), pace.slot("a", now), pace.slot("b", now)], [now, now + gap, now]);
        let later = now + Duration::from_secs(10);
        assert_eq!([pace.slot("a", later), pace.slot("a", later)], [later, later + gap]);
    }
}
