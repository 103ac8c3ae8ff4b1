//! Range of days, in UTC.

use fleet::Timestamp;

use crate::http::days::{DAY, begin as midnight};

/// A range of whole days.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Days {
    /// First day, as entered.
    pub(super) from: String,
    /// Last day (inclusive), as entered.
    pub(super) until: String,
    /// Start of the first day; empty for no limit.
    pub(super) begin: String,
    /// Start of the day after the last; empty for no limit.
    pub(super) end: String,
    /// Problem with the entered days.
    pub(super) problem: Option<String>,
}

impl Days {
    pub(super) fn read(from: &str, until: &str) -> Self {
        let (from, until) = (from.trim().to_owned(), until.trim().to_owned());
        let mut days = Self::default();
        for typed in [&from, &until] {
            if !typed.is_empty() && midnight(typed).is_none() {
                days.problem = Some(format!("“{typed}” is not a date and was ignored. Enter dates as 2026-11-21."));
            }
        }
        days.begin = midnight(&from).map(Timestamp::stamp).unwrap_or_default();
        days.end = midnight(&until).map(|begin| Timestamp::from_unix(begin.unix() + DAY).stamp()).unwrap_or_default();
        Self { from, until, ..days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_includes_the_last_day_and_invalid_dates_are_reported() {
        let days = Days::read("2026-02-27", " 2026-02-28 ");
        assert_eq!((&*days.begin, &*days.end), ("2026-02-27 00:00:00", "2026-03-01 00:00:00"));
        assert_eq!(days.problem, None);
        let wrong = Days::read("yesterday", "2026-02-30");
        assert_eq!((&*wrong.begin, &*wrong.end), ("", ""));
        assert!(wrong.problem.unwrap().contains("“2026-02-30” is not a date"));
        assert_eq!(Days::read("", ""), Days::default());
    }
}
