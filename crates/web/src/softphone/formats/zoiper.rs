//! Zoiper: `Config.xml`, one account per phone.

use fleet::records::Phone;

use super::{Download, each, words, xml};

pub(super) fn write(phones: &[Phone]) -> Download {
    let (accounts, left_out) = each(phones, |_, phone| {
        let name = xml(&format!("{} ({})", words(phone), phone.server_ip))?;
        let (user, secret, host) = (&phone.extension, xml(&phone.conf_secret)?, &phone.server_ip);
        Some(format!(
            "    <account>\n      <name>{name}</name>\n      <protocol>sip</protocol>\n      <username>{user}</username>\n      \
             <password>{secret}</password>\n      <SIP_domain>{host}</SIP_domain>\n      \
             <register_on_startup>true</register_on_startup>\n    </account>\n"
        ))
    });
    Download {
        program: "Zoiper",
        how: "Close Zoiper, then replace its Config.xml with this file.",
        file: "Config.xml",
        kind: "application/xml",
        text: format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<options>\n  <accounts>\n{accounts}  </accounts>\n</options>\n"
        ),
        left_out,
    }
}
