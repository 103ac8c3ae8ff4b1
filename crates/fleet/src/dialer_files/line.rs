//! Lines of Asterisk configuration files: escaping, and the values that fit on a line.
//!
//! How Asterisk parses a line: an unescaped `;` starts a comment; blanks at both ends are dropped; `[` starts a section and `#` a
//! directive; otherwise the name ends at the first `=`, and a `>` directly after that belongs to the separator.

use std::borrow::Cow;

use super::{PhoneRow, Unfit};

/// The reason why an entry cannot be written: the column and the problem.
pub(super) type Refused = (&'static str, Unfit);

/// Maximum length of a name: Asterisk's own limit (`AST_MAX_EXTENSION` is 80, including the terminator).
const NAME: usize = 79;

/// Maximum length of a value. Asterisk splits lines of more than 8,191 bytes.
const VALUE: usize = 2_000;

/// Whether this is a valid name everywhere: in a section header, a channel, the dialplan. A leading `_` would make it a pattern.
pub(super) fn is_name(text: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+*".contains(&byte);
    !text.is_empty() && text.len() <= NAME && text.bytes().all(may_be) && !text.starts_with('_')
}

/// The value of a column that must be a name.
pub(super) fn name<'a>(column: &'static str, text: &'a str) -> Result<&'a str, Refused> {
    if is_name(text) { Ok(text) } else { Err((column, Unfit::NoName)) }
}

/// Whether this fits on a line without being changed.
fn fits(text: &str) -> bool {
    text.len() <= VALUE && text.trim_ascii() == text && !text.bytes().any(|byte| byte.is_ascii_control())
}

/// Adds `name=value`.
pub(super) fn add(lines: &mut String, name: &str, value: &str) {
    lines.push_str(name);
    // `=>` would be read as `=`.
    lines.push_str(if value.starts_with('>') { "= " } else { "=" });
    lines.push_str(&escaped(value));
    lines.push('\n');
}

/// Adds `name=value` of a column, or refuses a value that Asterisk would read differently.
pub(super) fn add_exactly(lines: &mut String, name: &str, column: &'static str, value: &str) -> Result<(), Refused> {
    if !fits(value) {
        return Err((column, Unfit::NoLine));
    }
    add(lines, name, value);
    Ok(())
}

/// Escapes `;`, which starts a comment; Asterisk removes one `\` before each `;`.
pub(super) fn escaped(value: &str) -> Cow<'_, str> {
    if value.contains(';') { Cow::Owned(value.replace(';', "\\;")) } else { Cow::Borrowed(value) }
}

/// A value for a comma-separated list.
pub(super) fn item<'a>(column: &'static str, value: &'a str) -> Result<Cow<'a, str>, Refused> {
    if fits(value) && !value.contains(',') { Ok(escaped(value)) } else { Err((column, Unfit::NoLine)) }
}

/// The caller id of a phone: `"fullname" <outbound_cid>`; `None` if both are empty. In the name, characters that would end it
/// become blanks; from the number, invalid characters are dropped.
pub(super) fn caller_id(phone: &PhoneRow) -> Option<String> {
    let is_allowed = |char: char| !char.is_control() && !"\"\\<>".contains(char);
    let name: String = phone.fullname.chars().map(|char| if is_allowed(char) { char } else { ' ' }).take(200).collect();
    let is_number = |char: &char| char.is_ascii_alphanumeric() || "+-*#._".contains(*char);
    let number: String = phone.outbound_cid.chars().filter(is_number).take(NAME).collect();
    let name = name.trim();
    (!name.is_empty() || !number.is_empty()).then(|| format!("\"{name}\" <{number}>"))
}

/// Adds the lines of a text that administrators wrote, as Asterisk reads them, without comments. Section headers and directives
/// are dropped, because they would affect other accounts.
pub(super) fn add_lines(lines: &mut String, text: &str) {
    let mut in_comment = false;
    for line in text.replace('\r', "").lines() {
        let read = without_comments(line, &mut in_comment);
        let line = read.trim();
        let is_entry = line.find('=').is_some_and(|at| at > 0) && !line.starts_with(['[', '#']);
        if is_entry && fits(line) {
            lines.push_str(&escaped(line));
            lines.push('\n');
        }
    }
}

/// The line without `; comments` and `;-- comments --;`, and with `\;` unescaped, as Asterisk reads it.
fn without_comments(line: &str, in_comment: &mut bool) -> String {
    let mut read = String::new();
    let mut rest = line;
    loop {
        if *in_comment {
            let Some(end) = rest.find("--;") else { return read };
            rest = &rest[end + 3..];
            *in_comment = false;
        }
        let Some(at) = rest.find(';') else {
            read.push_str(rest);
            return read;
        };
        let behind = &rest[at..];
        if let Some(before) = rest[..at].strip_suffix('\\') {
            read.push_str(before);
            read.push(';');
            rest = &behind[1..];
        } else {
            read.push_str(&rest[..at]);
            *in_comment = behind.starts_with(";--") && !behind.starts_with(";---");
            if !*in_comment {
                return read;
            }
            rest = &behind[3..];
        }
    }
}
