//! Gap tracker: decides how far a log can be read in order. On MariaDB a row gets its number before it becomes visible, so a row
//! can appear after others with higher numbers. A gap in the numbers is either a row that has yet to appear or one that never
//! will.

use crate::Timestamp;

/// Maximum time between the assignment of a number and its row, in milliseconds. Rows of open transactions block the reader
/// anyway; this only covers the moment before the row is written.
const MAX_DELAY_MS: i64 = 2000;

/// State of reading one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GapTracker {
    /// No more rows will appear up to this number.
    sure: i64,
    /// The highest number seen so far, and the time of that.
    seen: (i64, Timestamp),
}

impl GapTracker {
    /// Number of leading `numbers`, the ordered rows after `last`, before which no more rows can appear.
    pub fn settled(&mut self, last: i64, numbers: &[i64], now: Timestamp) -> usize {
        let (seen, since) = self.seen;
        if now.unix_ms() - since.unix_ms() >= MAX_DELAY_MS {
            self.sure = seen;
            self.seen = (numbers.last().copied().unwrap_or(last), now);
        }
        let mut before = last;
        let is_settled = |number: &&i64| {
            let follows = **number == before + 1;
            before = **number;
            follows || **number <= self.sure
        };
        numbers.iter().take_while(is_settled).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_795_239_060_000 + milliseconds)
    }

    #[test]
    fn rows_without_a_gap_are_settled_at_once() {
        let mut tracker = GapTracker::default();
        assert_eq!(tracker.settled(7, &[8, 9, 10], at(0)), 3);
        assert_eq!(tracker.settled(10, &[], at(1)), 0);
    }

    #[test]
    fn rows_after_a_gap_wait_until_the_gap_cannot_be_filled() {
        let mut tracker = GapTracker::default();
        assert_eq!(tracker.settled(7, &[8, 10, 11], at(0)), 1);
        assert_eq!(tracker.settled(8, &[10, 11], at(1999)), 0);
        assert_eq!(tracker.settled(8, &[10, 11, 13], at(2000)), 2, "13 is new");
        assert_eq!(tracker.settled(11, &[13], at(3999)), 0);
        assert_eq!(tracker.settled(11, &[13], at(4000)), 1);
    }

    #[test]
    fn a_row_that_fills_a_gap_comes_first() {
        let mut tracker = GapTracker::default();
        assert_eq!(tracker.settled(7, &[9], at(0)), 0);
        assert_eq!(tracker.settled(7, &[8, 9], at(10)), 2);
    }
}
