//! `sip-hotdesk.conf`: accounts of `chan_sip`.

use super::line::{Refused, add, add_exactly, add_lines, caller_id, name};
use super::{DialerRows, PhoneRow, codecs, conf_override, template};

/// The section of one account.
pub(super) fn account(phone: &PhoneRow, rows: &DialerRows) -> Result<String, Refused> {
    let mut lines = format!("[{}]\n", phone.extension);
    let (template, own) = (template(phone, rows), conf_override(phone));
    if let (None, Some(own)) = (template, own) {
        add_lines(&mut lines, own);
        return Ok(lines + "\n");
    }
    identity(&mut lines, phone)?;
    if template.is_none() {
        add(&mut lines, "context", name("phone_context", &phone.phone_context)?);
    }
    if template.is_none() || phone.codecs_with_template {
        codecs::add(&mut lines, "", &codecs::of(phone, rows));
    }
    if template.is_none() {
        lines.push_str("type=friend\nhost=dynamic\n");
    }
    if !phone.mohsuggest.is_empty() {
        add(&mut lines, "mohsuggest", name("mohsuggest", &phone.mohsuggest)?);
    }
    for text in [template, own].into_iter().flatten() {
        add_lines(&mut lines, text);
    }
    Ok(lines + "\n")
}

/// Adds the credentials and the caller id of an account, for `chan_sip` and `chan_iax2`.
pub(super) fn identity(lines: &mut String, phone: &PhoneRow) -> Result<(), Refused> {
    add(lines, "username", &phone.extension);
    add_exactly(lines, "secret", "conf_secret", &phone.conf_secret)?;
    add(lines, "accountcode", &phone.extension);
    if let Some(caller_id) = caller_id(phone) {
        add(lines, "callerid", &caller_id);
    }
    if !phone.voicemail_id.is_empty() {
        add(lines, "mailbox", name("voicemail_id", &phone.voicemail_id)?);
    }
    Ok(())
}
