//! Linphone: remote provisioning, two sections per phone.

use fleet::records::Phone;

use super::{Download, each, words, xml};

pub(in crate::softphone) fn write(phones: &[Phone]) -> Download {
    let (sections, left_out) = each(phones, |count, phone| {
        let (user, host) = (&phone.extension, &phone.server_ip);
        let identity = xml(&format!("\"{}\" <sip:{user}@{host}>", words(phone)))?;
        let (server, secret) = (xml(&format!("<sip:{host};transport=udp>"))?, xml(&phone.conf_secret)?);
        let entry =
            |name: &str, value: &str| format!("    <entry name=\"{name}\" overwrite=\"true\">{value}</entry>\n");
        Some(
            [
                format!("  <section name=\"proxy_{count}\">\n"),
                entry("reg_identity", &identity),
                entry("reg_proxy", &server),
                entry("reg_sendregister", "1"),
                entry("reg_expires", "60"),
                format!("  </section>\n  <section name=\"auth_info_{count}\">\n"),
                entry("username", user),
                entry("domain", host),
                entry("passwd", &secret),
                "  </section>\n".to_owned(),
            ]
            .concat(),
        )
    });
    Download {
        program: "Linphone",
        how: "Use it for remote provisioning.",
        file: "linphone.xml",
        kind: "application/xml",
        text: format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">\n\
             {sections}</config>\n"
        ),
        left_out,
    }
}
