//! Texts about phones.

use fleet::dialer_status::Registration;
use fleet::phones::Choices;
use fleet::phones::bulk::{AT_MOST, BadList};
use fleet::records::Phone;
use floor::LineView;

use super::super::phone::form::Purpose;
use super::Tone;

pub(in super::super) const NO_SUCH_PHONE: &str = "This phone does not exist, or your user group may not see it.";
pub(in super::super) const MAY_NOT_CHANGE: &str = "Your account may no longer change phones. Nothing was changed.";
pub(in super::super) const MAY_NOT_DELETE: &str = "Your account may change phones but not delete them: that requires “May delete phones and aliases”. Nothing was changed.";
pub(in super::super) const WRONG: &str = "Nothing was saved. Correct these fields:";
pub(in super::super) const TYPE_AGAIN: &str = "Enter the passwords again: they are never sent back to the browser.";
pub(in super::super) const OUTDATED: &str = "Someone else has changed this phone since you opened it, so nothing was saved. \
    The form has your values; each changed field also shows the saved one. Save again to overwrite it.";
pub(in super::super) const SAVED: &str = "Saved. Applies from the next login.";
pub(in super::super) const ADDED: &str = "Phone created.";
pub(in super::super) const DELETED: &str = "Phone deleted.";
pub(in super::super) const AGENT_CHANGED: &str =
    "The agent on this phone has changed since you opened this page. Nothing was deleted yet: check and confirm again.";
pub(in super::super) const ANOTHER_SECRET: &str = "a different password";
pub(in super::super) const NOTHING: &str = "empty";
pub(in super::super) const NO_DIALER: &str = "Choose at least one dialer.";
pub(in super::super) const NO_PASSWORDS: &str = "Choose random passwords or enter your own.";
pub(in super::super) const TYPED_AND_RANDOM: &str = "Nothing was created yet: you entered a password but chose \
    random passwords. Choose one of the two.";
pub(in super::super) const SAME_SUFFIX: &str =
    "A dialer has the same suffix, so the alias and a phone would have the same name.";
pub(in super::super) const IN_THE_WAY: &str =
    "Nothing was created. Since the preview, the rows below have run into conflicts.";
pub(in super::super) const NOT_YET: &str = "Nothing was created yet. Correct these fields:";

/// A chosen dialer no longer exists.
pub(in super::super) fn dialer_gone(server_ip: &str) -> String {
    format!("Dialer {server_ip} no longer exists. Check the list of dialers.")
}

/// Label and hint of a field.
pub(in super::super) fn field(name: &'static str, purpose: Purpose) -> (&'static str, &'static str) {
    match (name, purpose) {
        ("extension", _) => ("Extension", "Account on the dialer, e.g. 101. Letters, digits, - and _."),
        ("server_ip", _) => ("Dialer", ""),
        ("phone_login", _) => ("Login", "Unique login used by agents and aliases."),
        ("phone_full_name", Purpose::Bulk) => ("Name", "Prefix for the names. Leave empty to use the login."),
        ("phone_full_name", _) => ("Name", "Display name."),
        ("protocol", _) => ("Protocol", ""),
        ("active", _) => ("Active", "Agents can use only active phones."),
        ("phone_pass", Purpose::New) => ("Phone password", "Agents enter this together with the phone login."),
        ("registration_password", Purpose::New) => ("Registration password", "SIP registration password."),
        ("phone_pass", Purpose::Copy) => ("Phone password", "Leave empty to use the original’s."),
        ("registration_password", Purpose::Copy) => ("Registration password", "Leave empty to use the original’s."),
        ("phone_pass", Purpose::Bulk) => ("Phone password", "Used for all phones."),
        ("registration_password", Purpose::Bulk) => ("Registration password", "Used for all phones."),
        ("phone_pass", _) => ("Phone password", "Leave empty to keep it."),
        ("registration_password", _) => ("Registration password", "Leave empty to keep it."),
        ("dialplan_number", _) => ("Dialplan number", "Number that the dialer dials to reach the phone."),
        ("outbound_cid", _) => ("Caller ID", "Number shown to called parties. Digits only."),
        ("outbound_alt_cid", _) => ("Alternate caller ID", ""),
        ("phone_context", _) => ("Dialplan context", ""),
        ("phone_ring_timeout", _) => ("Ring time before voicemail (seconds)", "2 to 180."),
        ("on_hook_agent", _) => {
            ("Ring for every call (on-hook agent)", "The phone rings for each call instead of staying connected.")
        }
        ("voicemail_id", _) => ("Voicemail box", ""),
        ("email", _) => ("Email for voicemail", ""),
        ("delete_vm_after_email", _) => ("Delete voicemail after sending", ""),
        ("is_webphone", _) => ("Runs in the browser", ""),
        ("webphone_auto_answer", _) => ("Answers automatically", ""),
        ("use_external_server_ip", _) => ("Uses the dialer’s public address", ""),
        ("local_gmt", Purpose::New | Purpose::Copy) => {
            ("Time zone", "Hours from GMT, e.g. -5.00. Leave empty to use the dialer’s.")
        }
        ("local_gmt", _) => ("Time zone", "Hours from GMT, e.g. -5.00."),
        ("admin_user_group", _) => ("Visible to user group", ""),
        ("template_id", _) => ("Configuration template", ""),
        (name, _) => (name, ""),
    }
}

/// Label of a value.
pub(in super::super) fn choice(word: &str) -> &str {
    match word {
        "Y" => "Yes",
        "N" => "No",
        "Y_API_LAUNCH" => "Yes, opened through the API",
        other => other,
    }
}

/// Label of a stored value that is not among the choices.
pub(in super::super) fn not_known(value: &str) -> String {
    format!("{value} (stored, unknown)")
}

/// Why a list of extensions is refused.
pub(in super::super) fn bad_list(bad: &BadList) -> String {
    match bad {
        BadList::Empty => "Enter at least one extension.".to_owned(),
        BadList::Backwards(range) => format!("The range {range} ends before it starts."),
        BadList::TooMany => too_many(),
        BadList::Twice(extension) => format!("{extension} is listed twice."),
    }
}

/// The batch has more phones than the limit.
pub(in super::super) fn too_many() -> String {
    let (thousands, rest) = (AT_MOST / 1000, AT_MOST % 1000);
    format!("Create more than {thousands},{rest:03} phones in several batches.")
}

/// Name of a dialer, or its address if it has none.
pub(in super::super) fn dialer(choices: &Choices, server_ip: &str) -> String {
    let known = choices.dialers.iter().find(|dialer| dialer.server_ip == server_ip && !dialer.server_id.is_empty());
    known.map_or_else(|| server_ip.to_owned(), |dialer| dialer.server_id.clone())
}

/// State of a registration, in a list.
pub(in super::super) fn registration(registration: Registration) -> (&'static str, Tone) {
    match registration {
        Registration::Registered => ("Registered", Tone::Good),
        Registration::NotRegistered => ("Not registered", Tone::Bad),
        Registration::Unknown => ("Unknown", Tone::Quiet),
        Registration::NotNeeded => ("Does not register", Tone::Quiet),
    }
}

/// State of a registration, since when and from which address.
pub(in super::super) fn line(view: Option<&LineView>) -> (&'static str, Tone, Vec<String>) {
    let Some(view) = view else {
        let why = "Dialers do not report phones of this kind: it runs in the browser or uses a protocol without registration.";
        return ("Registration not reported", Tone::Quiet, vec![why.to_owned()]);
    };
    let (words, tone) = registration(view.registration);
    let since = view.since.as_ref().map(|since| format!("Since {since} UTC."));
    let from = view.address.as_ref().map(|address| format!("From {address}."));
    let why = (view.registration == Registration::Unknown).then(|| "The dialer does not report it.".to_owned());
    (words, tone, since.into_iter().chain(from).chain(why).collect())
}

/// Aliases still list a login that no phone has any longer.
pub(in super::super) fn left_behind(login: &str, aliases: usize) -> String {
    match aliases {
        1 => format!("1 alias still lists the login {login}, which no phone has:"),
        more => format!("{more} aliases still list the login {login}, which no phone has:"),
    }
}

/// Confirmation of deleting a phone: the question, the effects and the button.
pub(in super::super) fn deleting(
    phone: &Phone,
    aliases: &[&str],
    agent: Option<&str>,
) -> (String, Vec<String>, &'static str) {
    let login = &phone.login;
    let aliases = match aliases {
        [] => format!("No alias lists its login {login}."),
        some => {
            let first = some.iter().take(10).copied().collect::<Vec<_>>().join(", ");
            let more = if some.len() > 10 { format!(" and {} more", some.len() - 10) } else { String::new() };
            format!("These aliases will still list its login {login}, which no phone will have: {first}{more}.")
        }
    };
    let agent = match agent {
        Some(agent) => {
            format!("Agent {agent} is using it: the session continues, but the phone cannot be rung again.")
        }
        None => "No agent is using it.".to_owned(),
    };
    let dialer = "The dialer drops the account at its next reload.".to_owned();
    let question = format!("Delete phone {} on {}?", phone.extension, phone.server_ip);
    (question, vec![aliases, agent, dialer], "Delete phone")
}

/// Number of phones and aliases.
pub(in super::super) fn counted(phones: usize, aliases: usize) -> String {
    let phones = if phones == 1 { "1 phone".to_owned() } else { format!("{phones} phones") };
    match aliases {
        0 => phones,
        1 => format!("{phones} and 1 alias"),
        more => format!("{phones} and {more} aliases"),
    }
}

/// Only part of the phones has been searched for this page.
pub(in super::super) fn looked_at(rows: usize) -> String {
    format!("Searched {rows} phones for this page. The next page continues the search.")
}
