//! baresip: the file `accounts`, one line per phone.

use fleet::records::Phone;

use super::{Download, each, words};

pub(super) fn write(phones: &[Phone]) -> Download {
    let (text, left_out) = each(phones, |_, phone| {
        // A parameter cannot contain its delimiters.
        let secret = &phone.conf_secret;
        let fits = !secret.contains(|char: char| char.is_whitespace() || char.is_control() || ";\"<>".contains(char));
        let (user, host) = (&phone.extension, &phone.server_ip);
        fits.then(|| format!("\"{}\" <sip:{user}@{host}>;auth_pass={secret};regint=60\n", words(phone)))
    });
    Download {
        program: "baresip",
        how: "Add these lines to the file “accounts” in the baresip folder.",
        file: "accounts",
        kind: "text/plain",
        text,
        left_out,
    }
}
