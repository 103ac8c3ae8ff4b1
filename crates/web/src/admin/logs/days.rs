//! From which day until which: whole days, in UTC.

use fleet::Timestamp;

use crate::http::days::{DAY, begin as midnight};

/// A stretch of days.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Days {
    /// As typed.
    pub(super) from: String,
    /// As typed; this day is in it.
    pub(super) until: String,
    /// When the first begins; empty for no limit.
    pub(super) begin: String,
    /// When the day after the last begins; empty for no limit.
    pub(super) end: String,
    /// What is wrong with what was typed.
    pub(super) problem: Option<String>,
}

impl Days {
    pub(super) fn read(from: &str, until: &str) -> Self {
        let (from, until) = (from.trim().to_owned(), until.trim().to_owned());
        let mut days = Self::default();
        for typed in [&from, &until] {
            if !typed.is_empty() && midnight(typed).is_none() {
                days.problem = Some(format!("“{typed}” is no day: type it as 2026-11-21. It was left out."));
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
    fn the_last_day_is_in_it_and_what_is_no_day_is_said_and_left_out() {
        let days = Days::read("2026-02-27", " 2026-02-28 ");
        assert_eq!((&*days.begin, &*days.end), ("2026-02-27 00:00:00", "2026-03-01 00:00:00"));
        assert_eq!(days.problem, None);
        let wrong = Days::read("yesterday", "2026-02-30");
        assert_eq!((&*wrong.begin, &*wrong.end), ("", ""));
        assert!(wrong.problem.unwrap().contains("“2026-02-30” is no day"));
        assert_eq!(Days::read("", ""), Days::default());
    }
}
