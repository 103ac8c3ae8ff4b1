//! Types of column values: validation, and conversion between a file's value and a column's text.

use crate::field::{Field, FilteredPass, LocalGmt};
use crate::ip_list;
use crate::password::StoredPassword;
use crate::schema::{Invalid, Value};
use crate::text::{Alphabet, Kept};

/// Type of the values of a key. Lengths are in bytes.
#[derive(Debug, Clone, Copy)]
pub enum ValueType {
    /// A string of the characters that the API keeps.
    Text {
        /// The allowed characters.
        kept: Kept,
        /// Minimum length.
        at_least: usize,
        /// Maximum length.
        at_most: usize,
    },
    /// A string without control characters.
    Line {
        /// Maximum length.
        at_most: usize,
    },
    /// A string of several lines.
    Lines {
        /// Maximum length.
        at_most: usize,
    },
    /// Digits, or `---ALL---`.
    CallerId {
        /// Maximum length.
        at_most: usize,
    },
    /// An integer.
    Number {
        /// Minimum.
        from: i64,
        /// Maximum.
        to: i64,
    },
    /// `true` or `false`; the column stores other values for them.
    Switch {
        /// The column's value for `true`.
        yes: &'static str,
        /// The column's value for `false`.
        no: &'static str,
    },
    /// One of these values. `true` and `false` are accepted for `Y` and `N`.
    Choice(&'static [&'static str]),
    /// Hours from GMT.
    TimeZone,
    /// Names separated by blanks; the column also has a blank at both ends (rule: `api_allowed_functions`).
    Names,
    /// A list of logins; the column separates them by commas.
    Logins {
        /// Maximum length of the column's text.
        at_most: usize,
    },
    /// A list of addresses and networks.
    Addresses,
    /// A plain password.
    Password,
    /// An Argon2id digest of a password.
    Digest,
}

impl ValueType {
    /// Converts a file's value of the key `key` to the column's text.
    ///
    /// # Errors
    /// [`Invalid`] if the value is not valid.
    pub fn read(&self, key: &'static str, raw: &Value, alphabet: Alphabet) -> Result<String, Invalid> {
        match *self {
            Self::Text { kept, at_least, at_most } => {
                let value = text(key, raw)?;
                only(key, &value, kept, alphabet)?;
                within(key, value, at_least, at_most)
            }
            Self::Line { at_most } => line(key, text(key, raw)?, 0, at_most),
            Self::Lines { at_most } => within(key, text(key, raw)?, 0, at_most),
            Self::CallerId { at_most } => {
                let value = text(key, raw)?;
                if value != "---ALL---" {
                    only(key, &value, Kept::NUMBER, alphabet)?;
                }
                within(key, value, 0, at_most)
            }
            Self::Number { from, to } => number(key, raw, from, to),
            Self::Switch { yes, no } => switch(key, raw, yes, no),
            Self::Choice(words) => choice(key, raw, words),
            Self::TimeZone => time_zone(key, raw),
            Self::Names => names(key, raw, alphabet),
            Self::Logins { at_most } => logins(key, raw, at_most, alphabet),
            Self::Addresses => addresses(key, raw),
            Self::Password => line(key, text(key, raw)?, 1, FilteredPass::AT_MOST),
            Self::Digest => match text(key, raw)? {
                digest if StoredPassword::is_digest(&digest) => Ok(digest),
                _ => Err(Invalid::NoDigest { key }),
            },
        }
    }

    /// Converts a typed text, or a cell of a spreadsheet, to the canonical file value: `TRUE` becomes `true`, `-5` becomes
    /// `-5.00`, and `a, b` becomes a list.
    #[must_use]
    pub fn typed(&self, text: &str) -> Value {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        let known = match *self {
            Self::Switch { yes, .. } if is("true") || text == yes => Some(Value::Flag(true)),
            Self::Switch { no, .. } if is("false") || text == no => Some(Value::Flag(false)),
            Self::Choice(_) if is("true") => Some(Value::Text("Y".to_owned())),
            Self::Choice(_) if is("false") => Some(Value::Text("N".to_owned())),
            Self::Number { .. } => text.parse().map(Value::Number).ok(),
            Self::TimeZone => text.parse().map(|hours: f64| Value::Text(format!("{hours:.2}"))).ok(),
            Self::Logins { .. } | Self::Addresses => {
                Some(Value::List(text.split(',').map(|item| Value::Text(item.trim().to_owned())).collect()))
            }
            _ => None,
        };
        known.unwrap_or_else(|| Value::Text(text.to_owned()))
    }

    /// Checks that a value has the canonical form. Files may use other forms, but programs must send values in the form in which
    /// they read them.
    ///
    /// # Errors
    /// [`Invalid`] if the value has another form.
    pub fn only_as_shown(&self, key: &'static str, raw: &Value) -> Result<(), Invalid> {
        let is_text = |raw: &Value| matches!(raw, Value::Text(_));
        let (is_canonical, wanted) = match (self, raw) {
            (Self::Switch { .. }, raw) => (matches!(raw, Value::Flag(_)), "true or false"),
            (Self::Number { .. }, raw) => (matches!(raw, Value::Number(_)), "a whole number"),
            (Self::Logins { .. } | Self::Addresses, Value::List(items)) => {
                (items.iter().all(is_text), "a list of strings")
            }
            (Self::Logins { .. } | Self::Addresses, _) => (false, "a list of strings"),
            (Self::TimeZone, raw) => {
                let is_same = matches!(raw, Value::Text(text) if self.typed(text) == *raw);
                (is_same, "a string of hours from GMT with two decimals, such as \"-5.00\"")
            }
            (_, raw) => (is_text(raw), "a string"),
        };
        is_canonical.then_some(()).ok_or(Invalid::WrongType { key, wanted })
    }

    /// Converts a column's text to a file's value. An invalid text is written unchanged, so that it can be corrected.
    #[must_use]
    pub fn show(&self, column: &str) -> Value {
        let text = || Value::Text(column.to_owned());
        let list = |items: std::str::Split<'_, char>| {
            Value::List(items.filter(|item| !item.is_empty()).map(|item| Value::Text(item.to_owned())).collect())
        };
        match *self {
            Self::Switch { yes, .. } if column == yes => Value::Flag(true),
            Self::Switch { no, .. } if column == no => Value::Flag(false),
            Self::Number { .. } => column.parse().map_or_else(|_| text(), Value::Number),
            Self::Names => Value::Text(column.trim().to_owned()),
            Self::Logins { .. } | Self::Addresses => list(column.split(',')),
            _ => text(),
        }
    }
}

/// A string; integers are accepted as their digits.
fn text(key: &'static str, raw: &Value) -> Result<String, Invalid> {
    match raw {
        Value::Text(value) => Ok(value.clone()),
        Value::Number(value) => Ok(value.to_string()),
        _ => Err(Invalid::WrongType { key, wanted: "a string" }),
    }
}

/// The items of a list, or of a comma-separated string.
fn items(key: &'static str, raw: &Value) -> Result<Vec<String>, Invalid> {
    match raw {
        Value::List(items) => items.iter().map(|item| text(key, item)).collect(),
        Value::Text(items) => Ok(items.split(',').map(|item| item.trim().to_owned()).collect()),
        _ => Err(Invalid::WrongType { key, wanted: "a list of strings, or a comma-separated string" }),
    }
}

fn only(key: &'static str, value: &str, kept: Kept, alphabet: Alphabet) -> Result<(), Invalid> {
    let is_whole = kept.filter(value.as_bytes(), alphabet) == value;
    is_whole.then_some(()).ok_or_else(|| Invalid::NotAllowed { key, allowed: kept.allowed() })
}

fn within(key: &'static str, value: String, at_least: usize, at_most: usize) -> Result<String, Invalid> {
    match value.len() {
        found if found > at_most => Err(Invalid::TooLong { key, found, at_most }),
        found if found < at_least => Err(Invalid::TooShort { key, at_least }),
        _ => Ok(value),
    }
}

fn line(key: &'static str, value: String, at_least: usize, at_most: usize) -> Result<String, Invalid> {
    if value.chars().any(char::is_control) {
        return Err(Invalid::NotAllowed { key, allowed: "characters without line breaks".to_owned() });
    }
    within(key, value, at_least, at_most)
}

fn number(key: &'static str, raw: &Value, from: i64, to: i64) -> Result<String, Invalid> {
    let value = match raw {
        Value::Number(value) => Some(*value),
        Value::Text(value) => value.parse().ok(),
        _ => None,
    };
    let value = value.filter(|value| (from..=to).contains(value));
    value.map(|value| value.to_string()).ok_or(Invalid::NotInRange { key, from, to })
}

fn switch(key: &'static str, raw: &Value, yes: &'static str, no: &'static str) -> Result<String, Invalid> {
    let word = match raw {
        Value::Flag(true) => yes.to_owned(),
        Value::Flag(false) => no.to_owned(),
        other => text(key, other)?,
    };
    if word == yes || word == no { Ok(word) } else { Err(Invalid::WrongType { key, wanted: "true or false" }) }
}

fn choice(key: &'static str, raw: &Value, words: &[&str]) -> Result<String, Invalid> {
    let value = match raw {
        Value::Flag(true) => "Y".to_owned(),
        Value::Flag(false) => "N".to_owned(),
        other => text(key, other)?,
    };
    if words.contains(&value.as_str()) {
        Ok(value)
    } else {
        Err(Invalid::NotOneOf { key, value, known: words.join(", ") })
    }
}

fn time_zone(key: &'static str, raw: &Value) -> Result<String, Invalid> {
    let value = match raw {
        Value::Number(hours) => format!("{hours}.00"),
        Value::Fraction(hours) => format!("{hours:.2}"),
        other => text(key, other)?,
    };
    let read = LocalGmt::read(value.as_bytes(), Alphabet::Latin);
    let is_zone = read.as_str() == value && read.is_time_zone() && !read.is_too_long();
    if is_zone { Ok(value) } else { Err(Invalid::NoTimeZone { key, value }) }
}

fn names(key: &'static str, raw: &Value, alphabet: Alphabet) -> Result<String, Invalid> {
    let items = items(key, raw)?;
    let names: Vec<&str> = items.iter().flat_map(|item| item.split_whitespace()).collect();
    for name in &names {
        only(key, name, Kept::WORD, alphabet)?;
    }
    Ok(match names[..] {
        [] => String::new(),
        ["ALL"] => "ALL".to_owned(),
        _ => format!(" {} ", names.join(" ")),
    })
}

fn logins(key: &'static str, raw: &Value, at_most: usize, alphabet: Alphabet) -> Result<String, Invalid> {
    let items = items(key, raw)?;
    if items.iter().any(String::is_empty) || items.is_empty() {
        return Err(Invalid::WrongType { key, wanted: "a list of at least one login, without empty ones" });
    }
    for login in &items {
        only(key, login, Kept::WORD, alphabet)?;
    }
    within(key, items.join(","), 1, at_most)
}

fn addresses(key: &'static str, raw: &Value) -> Result<String, Invalid> {
    let mut items = items(key, raw)?;
    if items.is_empty() {
        return Err(Invalid::WrongType { key, wanted: "a list of at least one address" });
    }
    if let Some(value) = items.iter().find(|item| !ip_list::is_entry(item)) {
        return Err(Invalid::NoAddress { key, value: value.clone() });
    }
    items.sort();
    items.dedup();
    Ok(items.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORD: ValueType = ValueType::Text { kept: Kept::WORD, at_least: 2, at_most: 5 };

    fn read(kind: ValueType, raw: impl Into<Value>) -> Result<String, String> {
        kind.read("key", &raw.into(), Alphabet::Latin).map_err(|what| what.to_string())
    }

    impl From<&str> for Value {
        fn from(text: &str) -> Self {
            Self::Text(text.to_owned())
        }
    }

    impl From<bool> for Value {
        fn from(flag: bool) -> Self {
            Self::Flag(flag)
        }
    }

    impl From<&[&str]> for Value {
        fn from(items: &[&str]) -> Self {
            Self::List(items.iter().map(|item| Self::from(*item)).collect())
        }
    }

    #[test]
    fn invalid_characters_are_refused_with_a_list_of_the_allowed_ones() {
        assert_eq!(read(WORD, "10_a"), Ok("10_a".into()));
        assert_eq!(read(WORD, "1 0"), Err("key: only letters, digits, `-` and `_` are allowed".into()));
        assert_eq!(read(WORD, "é1"), Err("key: only letters, digits, `-` and `_` are allowed".into()));
        assert_eq!(read(WORD, "123456"), Err("key must be at most 5 bytes long, but has 6".into()));
        assert_eq!(read(WORD, "1"), Err("key must be at least 2 bytes long".into()));
        assert_eq!(read(WORD, true), Err("key must be a string".into()));
        assert_eq!(WORD.read("key", &"é1".into(), Alphabet::Unicode), Ok("é1".into()));
    }

    #[test]
    fn a_switch_becomes_the_columns_value() {
        let digit = ValueType::Switch { yes: "1", no: "0" };
        assert_eq!(read(digit, true), Ok("1".into()));
        assert_eq!(read(digit, Value::Number(0)), Ok("0".into()));
        assert_eq!(read(ValueType::Switch { yes: "Y", no: "N" }, false), Ok("N".into()));
        assert_eq!(read(digit, "Y"), Err("key must be true or false".into()));
        assert_eq!(read(ValueType::Choice(&["Y", "N", "Y_API_LAUNCH"]), true), Ok("Y".into()));
        assert_eq!(read(ValueType::Choice(&["SIP", "IAX2"]), true), Err("key \"Y\" is not one of SIP, IAX2".into()));
    }

    #[test]
    fn numbers_have_bounds_and_time_zones_must_exist() {
        let ring = ValueType::Number { from: 2, to: 180 };
        assert_eq!(read(ring, Value::Number(60)), Ok("60".into()));
        assert_eq!(read(ring, "181"), Err("key must be a whole number from 2 to 180".into()));
        assert_eq!(read(ValueType::TimeZone, Value::Fraction(-3.5)), Ok("-3.50".into()));
        assert_eq!(read(ValueType::TimeZone, "-5.00"), Ok("-5.00".into()));
        assert!(read(ValueType::TimeZone, "x-5").is_err());
        assert!(read(ValueType::TimeZone, Value::Number(13)).is_err());
    }

    #[test]
    fn lists_may_be_lists_or_strings() {
        let logins = ValueType::Logins { at_most: 255 };
        assert_eq!(read(logins, &["100a", "100b"][..]), Ok("100a,100b".into()));
        assert_eq!(read(logins, "100a, 100b"), Ok("100a,100b".into()));
        assert!(read(logins, &[][..]).is_err());
        assert!(read(logins, "100a,").is_err());
        assert!(read(logins, &["100a,100b"][..]).is_err(), "a comma inside a login");
        assert_eq!(
            read(ValueType::Addresses, &["10.0.0.x", "10.0.0.1", "10.0.0.x"][..]),
            Ok("10.0.0.1,10.0.0.x".into())
        );
        assert!(read(ValueType::Addresses, "localhost").is_err());
    }

    #[test]
    fn names_are_stored_with_blanks_around_them() {
        assert_eq!(read(ValueType::Names, "ALL_FUNCTIONS"), Ok(" ALL_FUNCTIONS ".into()));
        assert_eq!(read(ValueType::Names, &["add_phone", "version"][..]), Ok(" add_phone version ".into()));
        assert_eq!(read(ValueType::Names, "add_phone,version"), Ok(" add_phone version ".into()));
        assert_eq!(read(ValueType::Names, "ALL"), Ok("ALL".into()));
        assert_eq!(read(ValueType::Names, ""), Ok(String::new()));
    }

    #[test]
    fn typed_text_is_converted_to_the_canonical_form() {
        let logins = ValueType::Logins { at_most: 255 };
        for (kind, typed, raw) in [
            (ValueType::Switch { yes: "Y", no: "N" }, "Y", Value::Flag(true)),
            (ValueType::Switch { yes: "1", no: "0" }, "FALSE", Value::Flag(false)),
            (ValueType::Choice(&["Y", "N"]), "true", "Y".into()),
            (ValueType::Number { from: 2, to: 180 }, "30", Value::Number(30)),
            (ValueType::TimeZone, "-5", "-5.00".into()),
            (logins, "100a, 100b", (&["100a", "100b"][..]).into()),
            (WORD, "100", "100".into()),
        ] {
            assert!(kind.typed(typed) == raw, "{kind:?} {typed}");
            assert_eq!(kind.only_as_shown("key", &raw), Ok(()), "{kind:?} {typed}");
        }
    }

    #[test]
    fn programs_must_send_the_canonical_form() {
        let logins = ValueType::Logins { at_most: 255 };
        for (kind, raw) in [
            (ValueType::Switch { yes: "Y", no: "N" }, "Y".into()),
            (ValueType::Switch { yes: "1", no: "0" }, Value::Number(1)),
            (ValueType::Choice(&["Y", "N"]), Value::Flag(true)),
            (ValueType::Number { from: 2, to: 180 }, "30".into()),
            (ValueType::TimeZone, "-5".into()),
            (ValueType::TimeZone, Value::Fraction(-5.0)),
            (logins, "100a,100b".into()),
            (logins, Value::List(vec![Value::Number(100)])),
            (WORD, Value::Number(100)),
        ] {
            assert!(kind.only_as_shown("key", &raw).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn a_shown_value_reads_back_unchanged() {
        for (kind, column) in [
            (WORD, "100a"),
            (ValueType::Switch { yes: "1", no: "0" }, "1"),
            (ValueType::Switch { yes: "Y", no: "N" }, "N"),
            (ValueType::Number { from: -1, to: 9 }, "-1"),
            (ValueType::TimeZone, "-5.00"),
            (ValueType::Names, " add_phone version "),
            (ValueType::Names, "ALL"),
            (ValueType::Names, ""),
            (ValueType::Logins { at_most: 255 }, "100a,100b"),
            (ValueType::Addresses, "10.0.0.1,10.0.0.x"),
            (ValueType::CallerId { at_most: 20 }, "---ALL---"),
        ] {
            let shown = kind.show(column);
            assert_eq!(kind.read("key", &shown, Alphabet::Latin), Ok(column.to_owned()), "{kind:?}");
            assert_eq!(kind.only_as_shown("key", &shown), Ok(()), "{kind:?}");
        }
    }
}
