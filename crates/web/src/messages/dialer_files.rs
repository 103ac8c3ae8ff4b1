//! What is left out of a dialer's configuration files.

use fleet::dialer_files::{LeftOut, Part, Unfit};

/// What is not in the files, and why.
#[must_use]
pub fn left_out(left: &LeftOut) -> String {
    let LeftOut { name, column, what, why } = left;
    let what = match what {
        Part::Account => "has no account",
        Part::Number => "has no number",
        Part::Mailbox => "has no mailbox",
    };
    let why = match why {
        Unfit::NoName => "is a word that Asterisk reads otherwise: letters, digits and -_.+* make a name",
        Unfit::NoLine => "does not fit into a line: it has control characters or a comma, or blanks at an end",
        Unfit::Taken => "is another one's already",
    };
    format!("{name} {what}: its {column} {why}")
}
