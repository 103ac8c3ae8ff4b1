//! `pjsip_wizard-hotdesk.conf`: accounts of `chan_pjsip`, each a section of the configuration wizard.

use super::line::{Refused, add, add_exactly, add_lines, caller_id, name};
use super::{DialerRows, PhoneRow, codecs, conf_override, template};

/// Default codecs if neither the phone nor the system has any.
const DEFAULT_CODECS: [&str; 2] = ["gsm", "ulaw"];

/// Registration options of a phone without a template.
const REGISTRATION_OPTIONS: &str = "aor/max_contacts = 1
aor/maximum_expiration = 3600
aor/minimum_expiration = 60
aor/default_expiration = 120
aor/qualify_frequency = 15
";

/// Media and signalling options of a phone without a template.
const MEDIA_OPTIONS: &str = "endpoint/dtmf_mode = rfc4733
endpoint/trust_id_inbound = no
endpoint/send_rpid = yes
endpoint/inband_progress = no
endpoint/tos_audio = ef
endpoint/language = en
endpoint/rtp_symmetric = yes
endpoint/rewrite_contact = yes
endpoint/rtp_timeout = 60
endpoint/use_ptime = yes
";

/// The section of one account.
pub(super) fn account(phone: &PhoneRow, rows: &DialerRows) -> Result<String, Refused> {
    let mut lines = format!("[{}]\n", phone.extension);
    let (template, own) = (template(phone, rows), conf_override(phone));
    if let (None, Some(own)) = (template, own) {
        add_lines(&mut lines, own);
        return Ok(lines + "\n");
    }
    lines.push_str("type=wizard\naccepts_auth=yes\naccepts_registrations=yes\n");
    add(&mut lines, "inbound_auth/username", &phone.extension);
    add_exactly(&mut lines, "inbound_auth/password", "conf_secret", &phone.conf_secret)?;
    if template.is_none() {
        lines.push_str(REGISTRATION_OPTIONS);
        add(&mut lines, "endpoint/context", name("phone_context", &phone.phone_context)?);
    }
    if let Some(caller_id) = caller_id(phone) {
        add(&mut lines, "endpoint/callerid", &caller_id);
    }
    if !phone.voicemail_id.is_empty() {
        add(&mut lines, "endpoint/mailboxes", name("voicemail_id", &phone.voicemail_id)?);
    }
    // Also with a template, regardless of `codecs_with_template` (recorded behaviour).
    let codecs = codecs::of(phone, rows);
    codecs::add(
        &mut lines,
        "endpoint/",
        if codecs.is_empty() && template.is_none() { &DEFAULT_CODECS } else { &codecs },
    );
    if template.is_none() {
        lines.push_str(MEDIA_OPTIONS);
    }
    if !phone.mohsuggest.is_empty() {
        add(&mut lines, "endpoint/moh_suggest", name("mohsuggest", &phone.mohsuggest)?);
    } else if template.is_none() {
        lines.push_str("endpoint/moh_suggest = default\n");
    }
    if template.is_none() {
        lines.push_str("endpoint/direct_media = no\n");
    }
    for text in [template, own].into_iter().flatten() {
        add_lines(&mut lines, text);
    }
    Ok(lines + "\n")
}
