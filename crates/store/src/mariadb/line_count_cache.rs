//! Cache of the expected lines of each dialer. The floor asks every second, and counting reads every phone, whereas the server tells at
//! no cost when the table was last changed.

use fleet::registrations::ExpectedRegistrations;

/// Finds when the phones were changed last, and the time. The former is not known while nothing has changed since the server
/// began.
pub(super) const PHONES_CHANGED: &str =
    "SELECT unix_timestamp(update_time), unix_timestamp() FROM information_schema.tables
    WHERE table_schema = database() AND table_name = 'phones'";

/// Seconds after a change within which there may be another one that is told as the same second, or is not seen yet.
const SETTLED: i64 = 2;

/// Seconds after which they are counted again all the same.
const OLDEST: i64 = 60;

/// A cached count.
pub(super) struct CachedLineCounts {
    /// When the phones had been changed then.
    pub changed: Option<i64>,
    /// When they were counted, by the server's clock.
    pub counted: i64,
    pub lines: Vec<ExpectedRegistrations>,
}

impl CachedLineCounts {
    /// Whether it is still right, if the phones were changed then and it is now so late.
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
