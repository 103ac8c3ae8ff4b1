//! `iax-hotdesk.conf`: accounts of `chan_iax2`.

use super::line::{Refused, add, add_lines, name};
use super::sip::identity;
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
    let qualify = if phone.conf_qualify { "qualify=yes\n" } else { "" };
    if template.is_some() {
        lines.push_str(qualify);
        if phone.codecs_with_template {
            codecs::add(&mut lines, "", &codecs::of(phone, rows));
        }
    } else {
        lines.push_str("requirecalltoken=no\n");
        add(&mut lines, "context", name("phone_context", &phone.phone_context)?);
        codecs::add(&mut lines, "", &codecs::of(phone, rows));
        lines.push_str("type=friend\nauth=md5\nhost=dynamic\n");
        lines.push_str(qualify);
    }
    if !phone.mohsuggest.is_empty() {
        add(&mut lines, "mohsuggest", name("mohsuggest", &phone.mohsuggest)?);
    }
    for text in [template, own].into_iter().flatten() {
        add_lines(&mut lines, text);
    }
    Ok(lines + "\n")
}
