//! What softphones read. What a format cannot say exactly is left out, and told: half a password registers nowhere.

mod baresip;
pub(super) mod linphone;
mod microsip;
mod table;
mod zoiper;

use fleet::records::Phone;

/// A file for a program.
pub(super) struct Download {
    /// The program.
    pub(super) program: &'static str,
    /// What is done with it.
    pub(super) how: &'static str,
    /// What it is called.
    pub(super) file: &'static str,
    /// Its type.
    pub(super) kind: &'static str,
    /// What is in it.
    pub(super) text: String,
    /// Phones that are not in it.
    pub(super) left_out: Vec<String>,
}

/// The files of every program.
pub(super) fn all(phones: &[Phone]) -> Vec<Download> {
    vec![
        linphone::write(phones),
        microsip::write(phones),
        zoiper::write(phones),
        baresip::write(phones),
        table::write(phones),
    ]
}

/// Writes each phone that the format can hold, counted from 0; with the names of the others.
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

/// Whether its name and its dialer can stand in a SIP address as they are.
fn is_address(phone: &Phone) -> bool {
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+*".contains(&byte);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let (user, host) = (&phone.extension, &phone.server_ip);
    !user.is_empty() && !host.is_empty() && user.bytes().all(is_user) && host.bytes().all(is_host)
}

fn has_controls(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// A name for people, without what would end it.
fn words(phone: &Phone) -> String {
    let name = if phone.fullname.trim().is_empty() { &phone.extension } else { &phone.fullname };
    name.chars().map(|char| if char.is_control() || "\"\\<>".contains(char) { ' ' } else { char }).collect()
}

/// A text between tags or quotes of XML; `None` where it has what no XML can hold.
fn xml(text: &str) -> Option<String> {
    if has_controls(text) || text.contains(['\u{fffe}', '\u{ffff}']) {
        return None;
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Some(escaped.replace('"', "&quot;").replace('\'', "&apos;"))
}

#[cfg(test)]
mod tests;
