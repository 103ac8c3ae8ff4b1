//! Time as an argument.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The form of a stamp: `0` stands for a digit.
const STAMP_FORM: &str = "0000-00-00 00:00:00";

/// Tells the time. Only the binary has one that reads the real clock.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A point in time, exact to the millisecond. Written in tables as `2026-11-21 05:31:00`, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp {
    milliseconds: i64,
}

impl Timestamp {
    /// `seconds` since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self::from_unix_ms(seconds.saturating_mul(1000))
    }

    /// `milliseconds` since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn from_unix_ms(milliseconds: i64) -> Self {
        Self { milliseconds }
    }

    /// Whole seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.milliseconds.div_euclid(1000)
    }

    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.milliseconds
    }

    /// So many days before.
    #[must_use]
    pub const fn days_before(self, days: u32) -> Self {
        Self::from_unix_ms(self.milliseconds - days as i64 * 24 * 60 * 60 * 1000)
    }

    /// So many seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_ms(self.milliseconds.saturating_add(seconds.saturating_mul(1000)))
    }

    /// When its minute began.
    #[must_use]
    pub const fn minute(self) -> Self {
        Self::from_unix(self.unix().div_euclid(60) * 60)
    }

    /// As tables and replies write it: `2026-11-21 05:31:00`.
    #[must_use]
    pub fn stamp(self) -> String {
        let timestamp = jiff::Timestamp::from_second(self.unix()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let at = timestamp.to_zoned(TimeZone::UTC).datetime();
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }

    /// As RFC 3339 has it, in UTC and with milliseconds: `2026-11-21T05:31:00.123Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        format!("{}.{:03}Z", self.stamp().replace(' ', "T"), self.milliseconds.rem_euclid(1000))
    }

    /// What [`Self::stamp`] writes, in RFC 3339; empty for anything else, such as `0000-00-00 00:00:00`. Lists convert
    /// thousands of times at once, so this only looks at the form of the text.
    #[must_use]
    pub fn stamp_to_rfc3339(stamp: &str) -> String {
        let has_form = stamp.len() == STAMP_FORM.len()
            && stamp.bytes().zip(STAMP_FORM.bytes()).all(|(found, form)| match form {
                b'0' => found.is_ascii_digit(),
                separator => found == separator,
            });
        match stamp.split_once(' ') {
            Some((day, time)) if has_form && !day.starts_with("0000") => format!("{day}T{time}.000Z"),
            _ => String::new(),
        }
    }

    /// Reads what [`Self::stamp`] writes; `None` for anything else, such as `0000-00-00 00:00:00`.
    #[must_use]
    pub fn from_stamp(stamp: &str) -> Option<Self> {
        let at: DateTime = stamp.parse().ok()?;
        Some(Self::from_unix(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_from_its_stamp() {
        let moment = Timestamp::from_unix(1_795_239_060);
        assert_eq!(moment.stamp(), "2026-11-21 05:31:00");
        assert_eq!(Timestamp::from_stamp("2026-11-21 05:31:00"), Some(moment));
    }

    #[test]
    fn programs_read_it_with_milliseconds() {
        assert_eq!(Timestamp::from_unix_ms(1_795_239_060_007).rfc3339(), "2026-11-21T05:31:00.007Z");
        assert_eq!(Timestamp::stamp_to_rfc3339("2026-11-21 05:31:00"), "2026-11-21T05:31:00.000Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for stamp in ["", "0000-00-00 00:00:00", "yesterday"] {
            assert_eq!(Timestamp::from_stamp(stamp), None, "{stamp:?}");
            assert_eq!(Timestamp::stamp_to_rfc3339(stamp), "", "{stamp:?}");
        }
    }
}
