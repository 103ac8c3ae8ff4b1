//! Codecs of an account.

use super::{DialerRows, PhoneRow};

/// Every codec, in the order of the generated file.
const CODECS: [&str; 14] =
    ["gsm", "ulaw", "alaw", "g719", "g722", "g723", "g726", "g729", "ilbc", "lpc10", "speex", "adpcm", "opus", "slin"];

/// The codecs of a phone, or the system's (rule: a list shorter than 3 characters counts as empty; a codec is enabled if the list
/// contains its name).
pub(super) fn of(phone: &PhoneRow, rows: &DialerRows) -> Vec<&'static str> {
    let list = if phone.codecs_list.len() < 3 { &rows.default_codecs } else { &phone.codecs_list };
    let list = list.to_ascii_lowercase();
    CODECS.into_iter().filter(|codec| list.contains(codec)).collect()
}

/// Allows only these codecs; writes nothing if there are none.
pub(super) fn add(lines: &mut String, prefix: &str, codecs: &[&str]) {
    if codecs.is_empty() {
        return;
    }
    lines.extend([prefix, "disallow=all\n"]);
    for codec in codecs {
        lines.extend([prefix, "allow=", codec, "\n"]);
    }
}
