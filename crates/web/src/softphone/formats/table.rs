//! CSV table for other softphones and manual set-up.

use fleet::records::Phone;

use super::{Download, words};

pub(super) fn write(phones: &[Phone]) -> Download {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let mut left_out = Vec::new();
    let head = rows.write_record(["name", "user", "password", "server", "transport"]);
    for phone in phones {
        let written = rows.write_record([&words(phone), &phone.extension, &phone.conf_secret, &phone.server_ip, "udp"]);
        if written.is_err() {
            left_out.push(format!("{} on {}", phone.extension, phone.server_ip));
        }
    }
    let bytes = head.ok().and_then(|()| rows.into_inner().ok()).unwrap_or_default();
    Download {
        program: "Other softphones",
        how: "CSV table: one account per row, over UDP.",
        file: "softphone.csv",
        kind: "text/csv",
        text: String::from_utf8(bytes).unwrap_or_default(),
        left_out,
    }
}
