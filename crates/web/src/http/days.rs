//! Days as people type them, in UTC.

use fleet::Timestamp;

/// Seconds of a day.
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// When a day begins, such as `2026-11-21`; `None` if this is none.
pub(crate) fn begin(day: &str) -> Option<Timestamp> {
    // The clock's calendar ends within the last two days that have a name.
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
