//! A line of Asterisk's configuration, and what it can hold.
//!
//! Asterisk reads a line as: what stands behind an unescaped `;` is a comment; blanks at both ends go; `[` begins a section
//! and `#` a directive; else the name ends at the first `=`, and a `>` right behind that belongs to it.

use std::borrow::Cow;

use super::{PhoneRow, Unfit};

/// Why an entry cannot be written: the column, and what is the matter.
pub(super) type Refused = (&'static str, Unfit);

/// The longest name: Asterisk's own bound (`AST_MAX_EXTENSION` is 80, with the end).
const NAME: usize = 79;

/// The longest value. Asterisk reads a longer line (8,191 bytes) as two.
const VALUE: usize = 2_000;

/// Whether this can name something everywhere that names stand: in a section's head, a channel, the dialplan. A `_` at the
/// beginning would make it a pattern.
pub(super) fn is_name(text: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+*".contains(&byte);
    !text.is_empty() && text.len() <= NAME && text.bytes().all(may_be) && !text.starts_with('_')
}

/// The value of a column that must be a name.
pub(super) fn name<'a>(column: &'static str, text: &'a str) -> Result<&'a str, Refused> {
    if is_name(text) { Ok(text) } else { Err((column, Unfit::NoName)) }
}

/// Whether a line can hold this exactly as it is.
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

/// Adds `name=value` of a column, exactly as it is.
pub(super) fn add_exactly(lines: &mut String, name: &str, column: &'static str, value: &str) -> Result<(), Refused> {
    if !fits(value) {
        return Err((column, Unfit::NoLine));
    }
    add(lines, name, value);
    Ok(())
}

/// A value, with what would begin a comment escaped; Asterisk takes one `\` away from before each `;`.
pub(super) fn escaped(value: &str) -> Cow<'_, str> {
    if value.contains(';') { Cow::Owned(value.replace(';', "\\;")) } else { Cow::Borrowed(value) }
}

/// A value of a list that is separated by commas.
pub(super) fn item<'a>(column: &'static str, value: &'a str) -> Result<Cow<'a, str>, Refused> {
    if fits(value) && !value.contains(',') { Ok(escaped(value)) } else { Err((column, Unfit::NoLine)) }
}

/// What a phone shows of itself: `"fullname" <outbound_cid>`; `None` if both are empty. In words for people, what would end
/// them is a blank; in the number there is nothing else than one has.
pub(super) fn caller_id(phone: &PhoneRow) -> Option<String> {
    let is_word = |char: char| !char.is_control() && !"\"\\<>".contains(char);
    let words: String = phone.fullname.chars().map(|char| if is_word(char) { char } else { ' ' }).take(200).collect();
    let is_number = |char: &char| char.is_ascii_alphanumeric() || "+-*#._".contains(*char);
    let number: String = phone.outbound_cid.chars().filter(is_number).take(NAME).collect();
    let words = words.trim();
    (!words.is_empty() || !number.is_empty()).then(|| format!("\"{words}\" <{number}>"))
}

/// Adds the lines of a text that administrators wrote, as Asterisk reads them, without comments. A section or a directive in it
/// would belong to somebody else, so there is none.
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

/// What Asterisk reads of a line: without `; comments` and `;-- comments --;`, and with `;` where there is `\;`.
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
