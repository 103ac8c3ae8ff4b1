//! Looking back through the logs. They have no index but their number, which grows with time: a time is found by halving, and
//! from there a page walks back over a bounded number of rows.

mod action;

pub use action::{AuditAction, RowEvent};

/// Which stretch of a log is looked through, the newest rows first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogWindow {
    /// Not before this time, as [`crate::Timestamp::stamp`] writes it; empty: from the beginning.
    pub from: String,
    /// Before this time; empty: until now.
    pub until: String,
    /// Before this row.
    pub before: Option<i64>,
    /// How many rows are wanted.
    pub at_most: u32,
    /// How many rows are looked at.
    pub look_at: u32,
}

/// Which calls of the API are wanted. What is empty is no matter; names compare by [`crate::name::key`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "as in `ApiLine`")]
pub struct ApiLogQuery {
    pub user: String,
    pub function: String,
    pub result: String,
    pub source: String,
    pub window: LogWindow,
}

/// Which changes are wanted. What is empty is no matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditLogQuery {
    /// Who made it.
    pub user: String,
    /// In which section.
    pub section: String,
    /// What is in the name of what was changed.
    pub record: String,
    /// The stretch.
    pub window: LogWindow,
}

/// What comes behind the rows that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextPage {
    /// Nothing.
    End,
    /// More rows, before this one.
    Rows(i64),
    /// Older rows that were not looked at: before this one, which is of this time.
    NotYet(i64, String),
}

/// Rows that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage<T> {
    /// The newest first.
    pub rows: Vec<T>,
    /// What comes behind them.
    pub onward: NextPage,
}

/// A call of the API (table `vicidial_api_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiLogRow {
    /// Its number.
    pub api_id: i64,
    /// When, in UTC.
    pub at: String,
    /// Who called.
    pub user: String,
    /// What was called.
    pub function: String,
    /// `SUCCESS`, `ERROR` or `NOTICE`.
    pub result: String,
    /// Why, in words.
    pub reason: String,
    /// What program called.
    pub source: String,
    /// What else was sent.
    pub request: String,
}

/// A change (table `vicidial_admin_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLogRow {
    /// Its number.
    pub admin_log_id: i64,
    /// When, in UTC.
    pub at: String,
    /// Who made it.
    pub user: String,
    /// From where.
    pub from: String,
    /// `PHONES`, `USERS`, …
    pub section: String,
    /// `ADD`, `MODIFY`, `DELETE`, `OTHER`.
    pub event: String,
    /// What was changed.
    pub record_id: String,
    /// In words.
    pub code: String,
    /// Details.
    pub notes: String,
}

/// What stands for a secret.
const HIDDEN: &str = "***";

/// The text without the values that look like secrets: those behind a name such as `phone_pass` and `=`, `:` or a quote.
/// Hotdesk writes none into its logs; other programs do.
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

/// Whether what has this name is a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "password", "passwd", "secret", "pass_hash", "digest"].iter().any(|end| name.ends_with(end))
}

/// Takes a value off the text behind its name, if one is there.
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

/// How long the quoted text is that a value begins with. A quote in it has a backslash before it, or stands twice.
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
    fn secrets_that_another_program_wrote_are_not_shown() {
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
    fn what_is_no_secret_is_shown_as_it_is() {
        for text in
            ["", "phone: 100|10.0.9.8", "INVALID PASS WORD", "the passenger=5; passes: 3", "phone_pass", "ü=pass"]
        {
            assert_eq!(without_secrets(text), text);
        }
    }
}
