//! Lists: one line per record, with a separator between the columns.

use std::borrow::Cow;

use fleet::field::{Field, Header, Stage};

use super::{ReplyKind, ReplyLine};

/// Maximum length of a list in the API log.
const LOGGED: usize = 255;

/// List in the requested format.
pub(super) struct Table {
    mark: &'static str,
    text: String,
}

impl Table {
    /// Creates a list without records; with a header line if the caller requested it.
    pub fn new(stage: &Stage, header: &Header, columns: &[&str]) -> Self {
        let mark = match stage.as_str() {
            "csv" => ",",
            "tab" => "\t",
            _ => "|",
        };
        let mut table = Self { mark, text: String::new() };
        if header.as_str() == "YES" {
            table.add(columns);
        }
        table
    }

    /// Adds a record.
    pub fn add(&mut self, record: &[&str]) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for (at, value) in record.iter().enumerate() {
            if at > 0 {
                self.text.push_str(self.mark);
            }
            self.text.push_str(value);
        }
    }

    /// The reply, with another text for the API log.
    pub fn line_with(self, reason: impl Into<Cow<'static, str>>) -> ReplyLine {
        ReplyLine::whole(ReplyKind::Success, reason, self.text)
    }

    /// The reply. The API log gets its first [`LOGGED`] characters.
    pub fn line(self, function: &str) -> ReplyLine {
        let kept = &self.text[..self.text.floor_char_boundary(LOGGED)];
        let reason = format!("{function} {kept}{}", if kept.len() == self.text.len() { "\n" } else { "" });
        ReplyLine::whole(ReplyKind::Success, reason, self.text)
    }
}
