//! Queries on the audit log and the API log. The logs are indexed only by row number, which grows with time: a binary search
//! finds the row of a time, and from there a page reads backwards over a bounded number of rows.

mod action;

pub use action::{AuditAction, RowEvent};

/// The part of a log to search, newest rows first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogWindow {
    /// Start time, inclusive, as [`crate::Timestamp::stamp`] writes it; empty for the beginning of the log.
    pub from: String,
    /// End time, exclusive; empty for now.
    pub until: String,
    /// Only rows before this row number.
    pub before: Option<i64>,
    /// Maximum number of rows to return.
    pub at_most: u32,
    /// Maximum number of rows to read.
    pub look_at: u32,
}

/// Filter for the API log. Empty fields match everything; names compare by [`crate::name::key`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are described at `ApiLogRow`")]
pub struct ApiLogQuery {
    pub user: String,
    pub function: String,
    pub result: String,
    pub source: String,
    pub window: LogWindow,
}

/// Filter for the audit log. Empty fields match everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditLogQuery {
    /// The account that made the change.
    pub user: String,
    /// The section.
    pub section: String,
    /// Part of the name of the changed record.
    pub record: String,
    /// The part of the log.
    pub window: LogWindow,
}

/// The continuation of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextPage {
    /// There are no more rows.
    End,
    /// More matching rows, before this row number.
    Rows(i64),
    /// The search stopped at this row number and time; older rows were not read.
    NotYet(i64, String),
}

/// A page of matching rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// The continuation.
    pub onward: NextPage,
}

/// A call of the API (table `vicidial_api_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiLogRow {
    /// The row number.
    pub api_id: i64,
    /// The time, in UTC.
    pub at: String,
    /// The calling account.
    pub user: String,
    /// The function.
    pub function: String,
    /// `SUCCESS`, `ERROR` or `NOTICE`.
    pub result: String,
    /// The reason, as text.
    pub reason: String,
    /// The calling program, as the parameter `source` names it.
    pub source: String,
    /// The other parameters.
    pub request: String,
}

/// A change (table `vicidial_admin_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLogRow {
    /// The row number.
    pub admin_log_id: i64,
    /// The time, in UTC.
    pub at: String,
    /// The account that made the change.
    pub user: String,
    /// The client's address.
    pub from: String,
    /// `PHONES`, `USERS`, …
    pub section: String,
    /// `ADD`, `MODIFY`, `DELETE`, `OTHER`.
    pub event: String,
    /// The changed record.
    pub record_id: String,
    /// The kind of change, as text.
    pub code: String,
    /// Details.
    pub notes: String,
}

/// Replacement for a secret.
const HIDDEN: &str = "***";

/// The text with apparent secrets hidden: values after a name such as `phone_pass` and `=`, `:` or a quote. Hotdesk never logs
/// secrets; other programs do.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_name) {
        let length = rest[begin..].find(|letter| !is_name(letter)).unwrap_or(rest.len() - begin);
        let (before, behind) = rest.split_at(begin + length);
        shown.push_str(before);
        rest = behind;
        if is_secret(&before[begin..]) {
            rest = hide(behind, &mut shown);
        }
    }
    shown + rest
}

/// Whether a value with this name is a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "password", "passwd", "secret", "pass_hash", "digest"].iter().any(|end| name.ends_with(end))
}

/// Skips the value at the start of the text, if there is one, and appends its replacement to `shown`.
fn hide<'a>(behind: &'a str, shown: &mut String) -> &'a str {
    let begin = behind.len() - behind.trim_start_matches(['\'', '"', '`', ' ']).len();
    let Some(value) = behind[begin..].strip_prefix(['=', ':']) else { return behind };
    let blank = value.len() - value.trim_start_matches(' ').len();
    let value = &value[blank..];
    shown.push_str(&behind[..=begin + blank]);
    let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"'));
    let end = match quote {
        Some(quote) => quoted(value, quote),
        None => value.find(['&', ';', '|', '\n']).unwrap_or(value.len()),
    };
    if end > 0 {
        shown.push_str(HIDDEN);
    }
    &value[end..]
}

/// Length of the quoted text at the start of the value. A quote inside is escaped by a backslash or doubled.
fn quoted(value: &str, quote: char) -> usize {
    let mut letters = value.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        let is_twice = letter == quote && letters.peek().is_some_and(|(_, next)| *next == quote);
        if letter == '\\' || is_twice {
            letters.next();
        } else if letter == quote {
            return at + 1;
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_other_programs_logged_are_hidden() {
        for (written, shown) in [
            ("extension=100&phone_pass=hunter2&x=y", "extension=100&phone_pass=***&x=y"),
            ("UPDATE phones SET pass='hun\"ter2', login='a'", "UPDATE phones SET pass=***, login='a'"),
            ("SET conf_secret = \"hunter2\" WHERE x", "SET conf_secret = *** WHERE x"),
            ("registration_password: hunter2 to hunter3; active: Y to N", "registration_password: ***; active: Y to N"),
            ("{\"VD_pass\":\"hunter2\",\"a\":1}", "{\"VD_pass\":***,\"a\":1}"),
            ("SET pass='hun\\'ter2', x='y'", "SET pass=***, x='y'"),
            ("SET pass='hun''ter2', x=''", "SET pass=***, x=''"),
            ("SET pass='', x='y'", "SET pass=***, x='y'"),
            ("SET pass='hün\\", "SET pass=***"),
            ("PHONE_PASS=|next", "PHONE_PASS=|next"),
            ("pass=", "pass="),
        ] {
            assert_eq!(without_secrets(written), shown, "{written}");
        }
    }

    #[test]
    fn text_without_secrets_is_unchanged() {
        for text in
            ["", "phone: 100|10.0.9.8", "INVALID PASS WORD", "the passenger=5; passes: 3", "phone_pass", "ü=pass"]
        {
            assert_eq!(without_secrets(text), text);
        }
    }
}
