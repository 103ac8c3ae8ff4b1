//! Texts about registrations.

use fleet::Timestamp;
use fleet::dialer_status::Registration;
use floor::LineCounts;

use super::Tone;

pub(in crate::admin) const NO_SUCH_LINE: &str = "No registration of this phone has been seen.";

/// State of a registration.
pub(in crate::admin) const fn registration(registration: Registration) -> (&'static str, Tone) {
    match registration {
        Registration::Registered => ("Registered", Tone::Good),
        Registration::NotRegistered => ("Not registered", Tone::Bad),
        Registration::Unknown => ("Unknown", Tone::Quiet),
        Registration::NotNeeded => ("Does not register", Tone::Quiet),
    }
}

/// A time, without the date if it is today.
pub(in crate::admin) fn when(stamp: &str, now: Timestamp) -> String {
    let (day, time) = (stamp.get(..10).unwrap_or(stamp), stamp.get(11..16).unwrap_or_default());
    if now.stamp().starts_with(day) { time.to_owned() } else { format!("{day} {time}") }
}

/// A duration in its two largest units.
pub(in crate::admin) fn duration(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let largest = units.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(units.len() - 1);
    let mut left = seconds.max(0);
    let mut parts = Vec::new();
    for (unit, word) in &units[largest..units.len().min(largest + 2)] {
        let count = left / unit;
        left %= unit;
        if count > 0 || parts.is_empty() {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(" ")
}

/// Registered and expected phones of a dialer.
pub(in crate::admin) fn registered(lines: &LineCounts) -> String {
    let expected = grouped(lines.expected);
    match lines.registered {
        Some(registered) => format!("{} of {expected} registered", grouped(registered)),
        None => format!("{expected} expected, state unknown"),
    }
}

/// Registered and expected phones of all dialers, each with its name.
pub(in crate::admin) fn summary(dialers: &[(String, LineCounts)]) -> String {
    let known = dialers.iter().filter_map(|(_, lines)| Some((lines.registered?, lines.expected)));
    let (registered, expected) = known.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let unknown: Vec<&str> =
        dialers.iter().filter(|(_, lines)| lines.registered.is_none()).map(|(name, _)| name.as_str()).collect();
    let sum = format!("{} of {} phones are registered", grouped(registered), grouped(expected));
    match (unknown.len(), dialers.len()) {
        (0, _) => format!("{sum}."),
        (unknown, all) if unknown == all => "No dialer reports its registrations now.".to_owned(),
        _ => format!("{sum}; no report from {}.", unknown.join(", ")),
    }
}

/// A number with thousands separators.
pub(in crate::admin) fn grouped(number: impl ToString + Copy) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Change of a registration: the address it has now and the one it had before.
pub(in crate::admin) fn change(now: Option<&str>, before: Option<&str>) -> (String, Tone) {
    match (now, before) {
        (Some(""), _) => ("Registered".to_owned(), Tone::Good),
        (Some(address), Some(_)) => (format!("Address changed to {address}"), Tone::Good),
        (Some(address), None) => (format!("Registered from {address}"), Tone::Good),
        (None, _) => ("No longer registered".to_owned(), Tone::Bad),
    }
}

/// Summary of the last 24 hours: seconds for which the phone was registered, not registered, and in an unknown state.
pub(in crate::admin) fn last_day(registered: i64, not: i64, unknown: i64) -> String {
    let parts = [(registered, "registered"), (not, "not registered"), (unknown, "unknown")];
    let parts = parts.iter().filter(|(seconds, _)| *seconds > 0);
    let parts: Vec<String> = parts.map(|(seconds, words)| format!("{words} for {}", duration(*seconds))).collect();
    format!("In the last 24 hours: {}.", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_at_most_two_units() {
        let shown = [0, 59, 60, 61, 3600, 3720, 86_400 + 59, 90_061].map(duration);
        assert_eq!(shown, ["0 s", "59 s", "1 min", "1 min 1 s", "1 h", "1 h 2 min", "1 d", "1 d 1 h"]);
    }

    #[test]
    fn thousands_are_separated_and_a_date_is_shown_only_if_it_is_not_today() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let now = Timestamp::from_stamp("2026-11-21 05:31:00").unwrap();
        assert_eq!(when("2026-11-21 04:00:59", now), "04:00");
        assert_eq!(when("2026-11-20 04:00:59", now), "2026-11-20 04:00");
    }
}
