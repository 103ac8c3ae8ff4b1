//! How far a log can be read. On MariaDB a row is numbered before it can be seen, so that one may appear before another
//! that has a higher number and is seen already. A gap in the numbers is either a row to come or one that never comes.

use crate::Timestamp;

/// For how long a row may be on its way after it was numbered. Rows of transactions that are not over hold the reader
/// up by themselves: this is only for the moment between a number and its row.
const ON_THE_WAY: i64 = 2000;

/// How far a log is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GapTracker {
    /// Up to this number nothing comes any more.
    sure: i64,
    /// The highest number that had been seen at that time.
    seen: (i64, Timestamp),
}

impl GapTracker {
    /// How many of these numbers, which come in this order behind `last`, have nothing before them that may still come.
    pub fn settled(&mut self, last: i64, numbers: &[i64], now: Timestamp) -> usize {
        let (seen, since) = self.seen;
        if now.unix_ms() - since.unix_ms() >= ON_THE_WAY {
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
    fn what_follows_without_a_gap_is_settled_at_once() {
        let mut tail = GapTracker::default();
        assert_eq!(tail.settled(7, &[8, 9, 10], at(0)), 3);
        assert_eq!(tail.settled(10, &[], at(1)), 0);
    }

    #[test]
    fn what_stands_behind_a_gap_waits_until_nothing_can_come_into_it() {
        let mut tail = GapTracker::default();
        assert_eq!(tail.settled(7, &[8, 10, 11], at(0)), 1);
        assert_eq!(tail.settled(8, &[10, 11], at(1999)), 0);
        assert_eq!(tail.settled(8, &[10, 11, 13], at(2000)), 2, "13 is new");
        assert_eq!(tail.settled(11, &[13], at(3999)), 0);
        assert_eq!(tail.settled(11, &[13], at(4000)), 1);
    }

    #[test]
    fn a_row_that_comes_into_a_gap_is_told_before_those_behind_it() {
        let mut tail = GapTracker::default();
        assert_eq!(tail.settled(7, &[9], at(0)), 0);
        assert_eq!(tail.settled(7, &[8, 9], at(10)), 2);
    }
}
