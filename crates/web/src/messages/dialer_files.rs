//! Texts about phones that are left out of a dialer's configuration files.

use fleet::dialer_files::{LeftOut, Part, Unfit};

/// Rows that were left out of the files, with reasons.
#[must_use]
pub fn left_out(left: &LeftOut) -> String {
    let LeftOut { name, column, what, why } = left;
    let what = match what {
        Part::Account => "has no account",
        Part::Number => "has no number",
        Part::Mailbox => "has no mailbox",
    };
    let why = match why {
        Unfit::NoName => {
            "is not a valid name in Asterisk: use letters, digits and -_.+*, but not a reserved word such as general"
        }
        Unfit::NoLine => "has control characters, a comma, or spaces at its beginning or end",
        Unfit::Taken => "is already used by another phone",
    };
    format!("{name} {what}: its {column} {why}")
}
