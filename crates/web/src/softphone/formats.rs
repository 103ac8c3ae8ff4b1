//! Configuration files for softphones. A phone whose values a format cannot hold exactly is left out and reported, because a
//! truncated password cannot register.

mod baresip;
pub(super) mod linphone;
mod microsip;
mod table;
mod zoiper;

use fleet::records::Phone;

/// A configuration file.
pub(super) struct Download {
    /// Name of the softphone.
    pub(super) program: &'static str,
    /// What to do with the file.
    pub(super) how: &'static str,
    /// File name.
    pub(super) file: &'static str,
    /// Media type.
    pub(super) kind: &'static str,
    /// Content.
    pub(super) text: String,
    /// Phones that are left out.
    pub(super) left_out: Vec<String>,
}

/// The files for all softphones.
pub(super) fn all(phones: &[Phone]) -> Vec<Download> {
    vec![
        linphone::write(phones),
        microsip::write(phones),
        zoiper::write(phones),
        baresip::write(phones),
        table::write(phones),
    ]
}

/// Writes each phone that the format can hold, numbered from 0; returns the text and the phones that were left out.
fn each(phones: &[Phone], mut write: impl FnMut(usize, &Phone) -> Option<String>) -> (String, Vec<String>) {
    let (mut text, mut left_out, mut count) = (String::new(), Vec::new(), 0);
    for phone in phones {
        match write(count, phone).filter(|_| is_address(phone)) {
            Some(written) => {
                text += &written;
                count += 1;
            }
            None => left_out.push(format!("{} on {}", phone.extension, phone.server_ip)),
        }
    }
    (text, left_out)
}

/// Whether extension and dialer can be used in a SIP address without escaping.
fn is_address(phone: &Phone) -> bool {
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+*".contains(&byte);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let (user, host) = (&phone.extension, &phone.server_ip);
    !user.is_empty() && !host.is_empty() && user.bytes().all(is_user) && host.bytes().all(is_host)
}

fn has_controls(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Display name without control characters and delimiters.
fn words(phone: &Phone) -> String {
    let name = if phone.fullname.trim().is_empty() { &phone.extension } else { &phone.fullname };
    name.chars().map(|char| if char.is_control() || "\"\\<>".contains(char) { ' ' } else { char }).collect()
}

/// A text escaped for XML; `None` if it has characters that XML cannot hold.
fn xml(text: &str) -> Option<String> {
    if has_controls(text) || text.contains(['\u{fffe}', '\u{ffff}']) {
        return None;
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Some(escaped.replace('"', "&quot;").replace('\'', "&apos;"))
}

#[cfg(test)]
mod tests;
