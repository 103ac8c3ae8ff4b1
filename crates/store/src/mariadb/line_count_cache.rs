//! Cache of the expected lines of each dialer. The floor asks for them every second, and counting them reads every phone, but the
//! server reports the time of the table's last change at no cost.

use fleet::registrations::ExpectedRegistrations;

/// Selects the time of the last change of the phones, and the current time. The former is NULL if nothing changed since the server
/// started.
pub(super) const PHONES_CHANGED: &str =
    "SELECT unix_timestamp(update_time), unix_timestamp() FROM information_schema.tables
    WHERE table_schema = database() AND table_name = 'phones'";

/// Seconds after a change in which another change can have the same time, or is not visible yet.
const SETTLED: i64 = 2;

/// Maximum age of a count, in seconds.
const OLDEST: i64 = 60;

/// A cached count.
pub(super) struct CachedLineCounts {
    /// The time of the last change when they were counted.
    pub changed: Option<i64>,
    /// The time of the count, by the server's clock.
    pub counted: i64,
    pub lines: Vec<ExpectedRegistrations>,
}

impl CachedLineCounts {
    /// Whether it is still valid, given the time of the last change and the current time.
    pub(super) fn is_valid(&self, changed: Option<i64>, now: i64) -> bool {
        let is_settled = changed.is_none_or(|changed| self.counted - changed >= SETTLED);
        self.changed == changed && is_settled && (self.counted..self.counted + OLDEST).contains(&now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_holds_until_the_phones_change_and_not_for_ever() {
        let counted = |changed| CachedLineCounts { changed, counted: 100, lines: Vec::new() };
        assert!(counted(Some(98)).is_valid(Some(98), 159));
        assert!(!counted(Some(98)).is_valid(Some(98), 160), "it is old");
        assert!(!counted(Some(98)).is_valid(Some(98), 99), "the clock was set back");
        assert!(!counted(Some(99)).is_valid(Some(99), 101), "more may have changed in that second");
        assert!(!counted(Some(98)).is_valid(Some(101), 102));
        assert!(counted(None).is_valid(None, 101));
        assert!(!counted(None).is_valid(Some(101), 102));
    }
}
