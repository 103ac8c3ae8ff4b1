//! Fleet file as text: TOML or JSON.

use std::io::Read;
use std::path::Path;

use fleet::schema::Object;

use crate::failure::Failure;

/// Reads a fleet file; `-` is standard input.
pub fn read(path: &Path) -> Result<Object, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|source| Failure::FleetFile { path: path.to_owned(), source })?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json { from_json(path, &text) } else { from_toml(path, &text) }
}

/// Parses TOML. An error does not contain the line's text, which may be a secret.
pub fn from_toml(path: &Path, text: &str) -> Result<Object, Failure> {
    toml::from_str(text).map_err(|error| Failure::FleetSyntax {
        path: path.to_owned(),
        line: error.span().and_then(|span| text.get(..span.start)).map(|before| before.split('\n').count()),
        reason: in_one_line(error.message()),
    })
}

fn from_json(path: &Path, text: &str) -> Result<Object, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::FleetSyntax {
        path: path.to_owned(),
        line: None, // The reason contains it.
        reason: in_one_line(&error.to_string()),
    })
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes TOML.
pub fn to_toml(document: &Object) -> Result<String, Failure> {
    toml::to_string(document).map_err(|error| unwritable(&error))
}

/// Writes JSON.
pub fn to_json(document: &Object) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|error| unwritable(&error))?;
    Ok(text + "\n")
}

fn unwritable(error: &dyn std::error::Error) -> Failure {
    Failure::Output(std::io::Error::other(in_one_line(&error.to_string())))
}
