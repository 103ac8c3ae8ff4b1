//! `voicemail-hotdesk.conf`: mailboxes, for the context that includes it.

use std::fmt::Write;

use super::line::{Refused, escaped, item, name};
use super::{LeftOut, Numbers, Part, PhoneRow, Technology, Unfit, unfit};

/// Default time zone of a mailbox.
const ZONE: &str = "eastern";

pub(super) fn write(phones: &[(Technology, &PhoneRow)], left_out: &mut Vec<LeftOut>) -> String {
    let mut lines = String::new();
    let mut numbers = Numbers::default();
    for (_, phone) in phones.iter().filter(|(_, phone)| !phone.voicemail_id.is_empty()) {
        match mailbox(phone, &mut numbers) {
            // Writing to a string cannot fail.
            Ok(mailbox) => writeln!(lines, "{mailbox}").unwrap_or_default(),
            Err((column, why)) => left_out.push(unfit(&phone.extension, column, Part::Mailbox, why)),
        }
    }
    lines
}

fn mailbox(phone: &PhoneRow, numbers: &mut Numbers) -> Result<String, Refused> {
    let number = name("voicemail_id", &phone.voicemail_id)?;
    let pass = item("pass", &phone.pass)?;
    // `|` separates options only in the options field, so an address cannot inject one.
    let email = item("email", &phone.email)?;
    let zone = if phone.voicemail_timezone.is_empty() { ZONE } else { &phone.voicemail_timezone };
    let zone = name("voicemail_timezone", zone)?;
    if phone.voicemail_options.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(("voicemail_options", Unfit::NoLine));
    }
    let options = item("voicemail_options", phone.voicemail_options.trim())?;
    if !numbers.take(number) {
        return Err(("voicemail_id", Unfit::Taken));
    }
    let delete = if phone.delete_vm_after_email == "Y" { "yes" } else { "no" };
    let extension = escaped(&phone.extension);
    Ok(format!("{number} => {pass},{extension} Mailbox,{email},,|delete={delete}|tz={zone}|{options}"))
}
