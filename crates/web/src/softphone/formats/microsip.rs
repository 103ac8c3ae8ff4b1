//! `MicroSIP`: `MicroSIP.ini`, one section per phone.

use fleet::records::Phone;

use super::{Download, each, has_controls, words};

pub(super) fn write(phones: &[Phone]) -> Download {
    let (sections, left_out) = each(phones, |count, phone| {
        let secret = value(&phone.conf_secret)?;
        let (name, user, host) = (value(&words(phone))?, &phone.extension, &phone.server_ip);
        Some(format!(
            "\r\n[Account{}]\r\nlabel={name}\r\nserver={host}\r\ndomain={host}\r\nusername={user}\r\nauthID={user}\r\n\
             password={secret}\r\ndisplayName={name}\r\nregisterRefresh=60\r\n",
            count + 1
        ))
    });
    Download {
        program: "MicroSIP",
        how: "Close MicroSIP, then copy the file to %APPDATA%\\MicroSIP.",
        file: "MicroSIP.ini",
        kind: "text/plain",
        text: format!("[Settings]\r\naccountId=1\r\n{sections}"),
        left_out,
    }
}

/// A value of an INI file. Windows strips spaces and one pair of quotes at its ends, so such values are quoted.
fn value(text: &str) -> Option<String> {
    if has_controls(text) {
        return None;
    }
    let is_stripped = |char: char| char.is_whitespace() || char == '"' || char == '\'';
    let needs_quotes = text.starts_with(is_stripped) || text.ends_with(is_stripped);
    Some(if needs_quotes { format!("\"{text}\"") } else { text.to_owned() })
}
