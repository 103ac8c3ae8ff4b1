//! Standard output.

use std::io::Write;

use serde_json::Value;

use crate::failure::Failure;

/// Writes a text to standard output.
pub fn write(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

/// Writes bytes to standard output.
pub fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::Output)
}

/// Prints a response of the JSON API as JSON or as text; `null` prints no JSON.
pub fn print_answer(as_json: bool, answer: &Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
    match (as_json, answer) {
        (true, Value::Null) => Ok(()),
        (true, answer) => write(&format!("{answer:#}\n")),
        (false, _) => write(&text()),
    }
}
