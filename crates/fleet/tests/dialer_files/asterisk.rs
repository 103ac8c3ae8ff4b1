//! Parser of configuration files that follows Asterisk 16 (`main/config.c`, `text_file_load` and `process_text_line`), written
//! independently from a description.

/// The meaning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// `[name]`.
    Section(String),
    /// `name=value` or `name => value`.
    Entry(String, String),
    /// `#include`, `#exec`: must never be generated.
    Directive(String),
    /// A line that Asterisk warns about.
    Nonsense(String),
}

/// Length from which Asterisk splits a line.
const BUFFER: usize = 8191;

/// The meaning of all lines of a file.
pub fn read(text: &str) -> Vec<Said> {
    let mut said = Vec::new();
    let mut depth = 0;
    for line in text.split('\n') {
        assert!(line.len() < BUFFER, "the line would be split");
        // A zero byte ends a C string.
        let line = line.split('\0').next().unwrap();
        let read = uncommented(line.as_bytes(), &mut depth);
        let read = String::from_utf8(read).unwrap();
        let line = read.trim_matches(|char: char| char.is_ascii_control() || char == ' ');
        if !line.is_empty() {
            said.push(meaning(line));
        }
    }
    assert_eq!(depth, 0, "an open comment would hide the next included file");
    said
}

fn meaning(line: &str) -> Said {
    let trimmed = |text: &str| text.trim_matches(|char: char| char.is_ascii_control() || char == ' ').to_owned();
    if let Some(head) = line.strip_prefix('[') {
        return match head.split_once(']') {
            Some((name, "")) => Said::Section(name.to_owned()),
            _ => Said::Nonsense(line.to_owned()),
        };
    }
    if line.starts_with('#') {
        return Said::Directive(line.to_owned());
    }
    let Some((name, value)) = line.split_once('=') else { return Said::Nonsense(line.to_owned()) };
    Said::Entry(trimmed(name), trimmed(value.strip_prefix('>').unwrap_or(value)))
}

/// The line without comments. `depth` counts the open `;--`.
fn uncommented(line: &[u8], depth: &mut u32) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        if *depth > 0 {
            match rest.windows(3).position(|three| three == b"--;") {
                Some(end) => {
                    *depth -= 1;
                    at += end + 3;
                }
                None => return kept,
            }
        } else if rest[0] != b';' {
            kept.push(rest[0]);
            at += 1;
        } else if at > 0 && line[at - 1] == b'\\' {
            kept.pop();
            kept.push(b';');
            at += 1;
        } else if rest.starts_with(b";--") && rest.get(3) != Some(&b'-') {
            *depth += 1;
            at += 3;
        } else {
            return kept;
        }
    }
    kept
}
