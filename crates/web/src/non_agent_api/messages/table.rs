//! Lists: a line a record, with a mark between its columns.

use fleet::field::{Field, Header, Stage};

use super::{ReplyKind, ReplyLine};

/// How much of a list the API log can hold.
const LOGGED: usize = 255;

/// A list as it was asked for.
pub(super) struct Table {
    mark: &'static str,
    text: String,
}

impl Table {
    /// An empty list, but for the names of its columns if they were asked for.
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

    /// The reply. The API log gets as much of it as it can hold.
    pub fn line(self, function: &str) -> ReplyLine {
        let kept = &self.text[..self.text.floor_char_boundary(LOGGED)];
        let reason = format!("{function} {kept}{}", if kept.len() == self.text.len() { "\n" } else { "" });
        ReplyLine::whole(ReplyKind::Success, reason, self.text)
    }
}
