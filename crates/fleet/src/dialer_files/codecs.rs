//! Which codecs an account may use.

use super::{DialerRows, PhoneRow};

/// Every codec, in the order in which they are written.
const CODECS: [&str; 14] =
    ["gsm", "ulaw", "alaw", "g719", "g722", "g723", "g726", "g729", "ilbc", "lpc10", "speex", "adpcm", "opus", "slin"];

/// The codecs of a phone, or the system's (rule: a list shorter than 3 characters is none; a codec is in it whose name is).
pub(super) fn of(phone: &PhoneRow, rows: &DialerRows) -> Vec<&'static str> {
    let list = if phone.codecs_list.len() < 3 { &rows.default_codecs } else { &phone.codecs_list };
    let list = list.to_ascii_lowercase();
    CODECS.into_iter().filter(|codec| list.contains(codec)).collect()
}

/// Adds them and forbids all others; without any, nothing is said.
pub(super) fn add(lines: &mut String, prefix: &str, codecs: &[&str]) {
    if codecs.is_empty() {
        return;
    }
    lines.extend([prefix, "disallow=all\n"]);
    for codec in codecs {
        lines.extend([prefix, "allow=", codec, "\n"]);
    }
}
