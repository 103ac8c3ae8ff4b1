//! Rate limit for re-homing, so that a thousand agents of a dialer that went down do not overload the next dialer.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Evenly spaced time slots for each dialer.
#[derive(Debug)]
pub struct RehomeRate {
    gap: Duration,
    next: HashMap<String, Instant>,
}

impl RehomeRate {
    /// A limit of this many rings a second on each dialer.
    pub fn new(a_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / a_second.max(1), next: HashMap::new() }
    }

    /// The time at which the next ring on this dialer may begin.
    pub fn next_slot(&mut self, server_ip: &str, now: Instant) -> Instant {
        let next_slot = self.next.get(server_ip).map_or(now, |next| now.max(*next));
        self.next.insert(server_ip.to_owned(), next_slot + self.gap);
        next_slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_dialer_has_its_own_slots_and_an_idle_one_accumulates_none() {
        let (now, mut rate) = (Instant::now(), RehomeRate::new(200));
        let gap = Duration::from_millis(5);
        assert_eq!(
            [rate.next_slot("a", now), rate.next_slot("a", now), rate.next_slot("b", now)],
            [now, now + gap, now]
        );
        let later = now + Duration::from_secs(10);
        assert_eq!([rate.next_slot("a", later), rate.next_slot("a", later)], [later, later + gap]);
    }
}
