//! Numbers in text as VICIdial reads them: PHP compares them, and the database stores them.

use std::ops::RangeInclusive;

/// Whether PHP finds a text of digits, `-` and `_` within these bounds. It compares a text that is no number with the digits of the
/// bound, byte by byte.
#[must_use]
pub fn is_within(text: &str, bounds: &RangeInclusive<i64>) -> bool {
    let (low, high) = (*bounds.start(), *bounds.end());
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text >= low.to_string().as_str() && text <= high.to_string().as_str();
    }
    // A number with more digits than this type holds is out of every bound.
    text.parse().is_ok_and(|number: i64| bounds.contains(&number))
}

/// The value that an integer column stores for such a text: the leading number, otherwise 0.
#[must_use]
pub fn stored(text: &str) -> i64 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let digits = &digits[..end];
    if digits.is_empty() { 0 } else { sign * digits.parse().unwrap_or(i64::MAX) }
}

/// The value that a column with the values `0` and `1` stores for digits: any other number counts as a position among the two values,
/// starting at 1; any other position stores an empty value.
#[must_use]
pub fn stored_switch(digits: &str) -> &'static str {
    match digits {
        "0" => "0",
        "1" => "1",
        place => match place.parse() {
            Ok(1_u64) => "0",
            Ok(2) => "1",
            _ => "",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_and_other_texts_byte_by_byte() {
        let rank = |text: &str| is_within(text, &(-9..=9));
        assert_eq!(["-9", "9", "03", "-0", "3-4"].map(rank), [true; 5]);
        assert_eq!(["-10", "10", "_3", "--", "99999999999999999999"].map(rank), [false; 5]);
        let wrapup = |text: &str| is_within(text, &(-1..=9999));
        assert_eq!(["-1", "9999", "1-2", "010"].map(wrapup), [true; 4]);
        assert_eq!(["-2", "10000", "--", "-"].map(wrapup), [false; 4]);
    }

    #[test]
    fn a_column_stores_the_leading_number() {
        for (text, number) in
            [("30", 30), ("-1", -1), ("--", 0), ("", 0), ("5-3", 5), ("1-2", 1), ("_3", 0), ("-7-", -7)]
        {
            assert_eq!(stored(text), number, "{text}");
        }
        assert_eq!(stored("99999999999999999999"), i64::MAX);
    }

    #[test]
    fn a_switch_is_a_value_or_a_position() {
        let stored = ["0", "1", "2", "01", "02", "5", "00"].map(stored_switch);
        assert_eq!(stored, ["0", "1", "1", "0", "1", "", ""]);
    }
}
