//! Dates in forms and queries, in UTC.

use fleet::Timestamp;

/// Length of a day, in seconds.
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// The beginning of a day such as `2026-11-21`; `None` if the text is not a date.
pub(crate) fn begin(day: &str) -> Option<Timestamp> {
    // `Timestamp` cannot represent the last two days of the year 9999.
    let day = if matches!(day, "9999-12-30" | "9999-12-31") { "9999-12-29" } else { day };
    let is_whole = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_whole { Timestamp::from_stamp(&format!("{day} 00:00:00")) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_date_and_nothing_else() {
        assert_eq!(begin("2026-02-28").map(Timestamp::stamp).as_deref(), Some("2026-02-28 00:00:00"));
        assert_eq!(begin("9999-12-31"), begin("9999-12-29"));
        for none in ["", "yesterday", "2026-02-30", "2026-2-28", "2026-11-21 05:31:00", "+026-11-21"] {
            assert_eq!(begin(none), None, "{none}");
        }
    }
}
