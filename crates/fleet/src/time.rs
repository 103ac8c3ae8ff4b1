//! Timestamps, and the clock, which is passed as an argument.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Pattern of a stamp: `0` stands for any digit.
const STAMP_FORM: &str = "0000-00-00 00:00:00";

/// Source of the current time. Only the binary has an implementation that reads the real clock.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Hears the time by the database's clock, which several nodes and other programs share. The real clock follows it; one that
    /// a test sets does not.
    fn follow(&self, _database: Timestamp) {}
}

/// A point in time, with millisecond precision. Tables contain it as `2026-11-21 05:31:00`, in UTC.
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

    /// This many days earlier.
    #[must_use]
    pub const fn days_before(self, days: u32) -> Self {
        Self::from_unix_ms(self.milliseconds - days as i64 * 24 * 60 * 60 * 1000)
    }

    /// This many seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_ms(self.milliseconds.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The start of its minute.
    #[must_use]
    pub const fn minute(self) -> Self {
        Self::from_unix(self.unix().div_euclid(60) * 60)
    }

    /// The format of tables and replies: `2026-11-21 05:31:00`.
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

    /// RFC 3339 format, in UTC with milliseconds: `2026-11-21T05:31:00.123Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        format!("{}.{:03}Z", self.stamp().replace(' ', "T"), self.milliseconds.rem_euclid(1000))
    }

    /// Converts the output of [`Self::stamp`] to RFC 3339; empty for anything else, such as `0000-00-00 00:00:00`. Lists convert
    /// thousands of stamps at once, so this only checks the form of the text.
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

    /// Parses the output of [`Self::stamp`]; `None` for anything else, such as `0000-00-00 00:00:00`.
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
    fn a_timestamp_reads_back_from_its_stamp() {
        let timestamp = Timestamp::from_unix(1_795_239_060);
        assert_eq!(timestamp.stamp(), "2026-11-21 05:31:00");
        assert_eq!(Timestamp::from_stamp("2026-11-21 05:31:00"), Some(timestamp));
    }

    #[test]
    fn rfc3339_has_milliseconds() {
        assert_eq!(Timestamp::from_unix_ms(1_795_239_060_007).rfc3339(), "2026-11-21T05:31:00.007Z");
        assert_eq!(Timestamp::stamp_to_rfc3339("2026-11-21 05:31:00"), "2026-11-21T05:31:00.000Z");
    }

    #[test]
    fn an_invalid_stamp_is_none() {
        for stamp in ["", "0000-00-00 00:00:00", "yesterday"] {
            assert_eq!(Timestamp::from_stamp(stamp), None, "{stamp:?}");
            assert_eq!(Timestamp::stamp_to_rfc3339(stamp), "", "{stamp:?}");
        }
    }
}
