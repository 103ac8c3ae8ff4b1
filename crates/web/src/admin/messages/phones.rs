//! What people read about phones.

use fleet::dialer_status::Registration;
use fleet::phones::Choices;
use fleet::phones::bulk::{AT_MOST, BadList};
use fleet::records::Phone;
use floor::LineView;

use super::super::phone::form::Purpose;
use super::Tone;

pub(in super::super) const NO_SUCH_PHONE: &str = "There is no such phone, or none that your group may see.";
pub(in super::super) const MAY_NOT_CHANGE: &str = "Your account may not change phones any more. Nothing was changed.";
pub(in super::super) const MAY_NOT_DELETE: &str = "Your account may change phones, but not delete them: that takes “may delete phones and aliases”. Nothing was changed.";
pub(in super::super) const WRONG: &str = "Nothing was saved yet. These fields need a look:";
pub(in super::super) const TYPE_AGAIN: &str = "Type the passwords once more: they are not sent back.";
pub(in super::super) const OUTDATED: &str = "Nothing was saved: somebody else has changed this phone since you opened it. \
    Your values are still here; saving once more overwrites theirs.";
pub(in super::super) const SAVED: &str = "Saved. It counts from the next login on.";
pub(in super::super) const ADDED: &str = "The phone is there.";
pub(in super::super) const DELETED: &str = "The phone is deleted.";
pub(in super::super) const AGENT_CHANGED: &str =
    "Nothing was done yet: who sits on this phone has changed since you were asked. Please look again.";
pub(in super::super) const ANOTHER_SECRET: &str = "another password";
pub(in super::super) const NOTHING: &str = "nothing";
pub(in super::super) const NO_DIALER: &str = "Choose at least one dialer.";
pub(in super::super) const NO_PASSWORDS: &str = "Choose where the passwords come from.";
pub(in super::super) const TYPED_AND_RANDOM: &str = "Nothing was written yet: you have typed a password, but chosen \
    passwords made at random. Choose one of the two.";
pub(in super::super) const SAME_SUFFIX: &str = "A dialer has the same suffix, so alias and phone would have one name.";
pub(in super::super) const IN_THE_WAY: &str =
    "Nothing was written. Since the preview, something has come in the way of the rows below.";
pub(in super::super) const NOT_YET: &str = "Nothing was written yet. This needs a look:";

/// A dialer that was chosen is not there any more.
pub(in super::super) fn dialer_gone(server_ip: &str) -> String {
    format!("There is no dialer {server_ip} any more. Look at the dialers again.")
}

/// A field's label and what helps to fill it in.
pub(in super::super) fn field(name: &'static str, purpose: Purpose) -> (&'static str, &'static str) {
    match (name, purpose) {
        ("extension", _) => ("Extension", "The account on the dialer, such as 101. Letters, digits, - and _."),
        ("server_ip", _) => ("Dialer", ""),
        ("phone_login", _) => ("Login", "What an agent or an alias names; no other phone may have it."),
        ("phone_full_name", Purpose::Bulk) => ("Name", "Before the extension. Empty: each is called as its login."),
        ("phone_full_name", _) => ("Name", "For people."),
        ("protocol", _) => ("Protocol", ""),
        ("active", _) => ("Active", "Only an active phone can be used."),
        ("phone_pass", Purpose::New) => ("Phone password", "What agents type beside the login."),
        ("registration_password", Purpose::New) => {
            ("Registration password", "With which the phone registers on its dialer.")
        }
        ("phone_pass", Purpose::Copy) => ("Phone password", "Leave it empty to take over that of the original."),
        ("registration_password", Purpose::Copy) => {
            ("Registration password", "Leave it empty to take over that of the original.")
        }
        ("phone_pass", Purpose::Bulk) => ("Phone password", "The same for all."),
        ("registration_password", Purpose::Bulk) => ("Registration password", "The same for all."),
        ("phone_pass", _) => ("Phone password", "Empty: it stays as it is."),
        ("registration_password", _) => ("Registration password", "Empty: it stays as it is."),
        ("dialplan_number", _) => ("Number in the dialplan", "What is dialled to reach it."),
        ("outbound_cid", _) => ("Caller ID", "The number that a called person sees. Digits only."),
        ("outbound_alt_cid", _) => ("Other caller ID", ""),
        ("phone_context", _) => ("Dialplan context", ""),
        ("phone_ring_timeout", _) => ("Rings before voicemail, in seconds", "2 to 180."),
        ("on_hook_agent", _) => ("Rung for each call", "Instead of staying connected."),
        ("voicemail_id", _) => ("Voicemail box", ""),
        ("email", _) => ("Email for voicemail", ""),
        ("delete_vm_after_email", _) => ("Delete voicemail once sent", ""),
        ("is_webphone", _) => ("In the browser", ""),
        ("webphone_auto_answer", _) => ("Answers by itself", ""),
        ("use_external_server_ip", _) => ("Uses the dialer's public address", ""),
        ("local_gmt", Purpose::New | Purpose::Copy) => {
            ("Time zone", "Hours from GMT, such as -5.00. Empty: the dialer's.")
        }
        ("local_gmt", _) => ("Time zone", "Hours from GMT, such as -5.00."),
        ("admin_user_group", _) => ("Seen by the group", ""),
        ("template_id", _) => ("Configuration template", ""),
        (name, _) => (name, ""),
    }
}

/// A value that can be chosen.
pub(in super::super) fn choice(word: &str) -> &str {
    match word {
        "Y" => "Yes",
        "N" => "No",
        "Y_API_LAUNCH" => "Yes, opened through the API",
        other => other,
    }
}

/// A stored value that is none of the choices.
pub(in super::super) fn not_known(value: &str) -> String {
    format!("{value} (as stored, not known)")
}

/// What is wrong with a list of extensions.
pub(in super::super) fn bad_list(bad: &BadList) -> String {
    match bad {
        BadList::Empty => "Type at least one extension.".to_owned(),
        BadList::Backwards(range) => format!("The range {range} ends before it begins."),
        BadList::TooMany => too_many(),
        BadList::Twice(extension) => format!("{extension} is there twice."),
    }
}

/// More phones than can be made at once.
pub(in super::super) fn too_many() -> String {
    let (thousands, rest) = (AT_MOST / 1000, AT_MOST % 1000);
    format!(
        "At most {thousands},{rest:03} phones can be made at once: nobody else can write meanwhile. Make them in parts."
    )
}

/// What a dialer is called, with its address where it has a name.
pub(in super::super) fn dialer(choices: &Choices, server_ip: &str) -> String {
    let known = choices.dialers.iter().find(|dialer| dialer.server_ip == server_ip && !dialer.server_id.is_empty());
    known.map_or_else(|| server_ip.to_owned(), |dialer| dialer.server_id.clone())
}

/// Whether a line is registered, in a list.
pub(in super::super) fn registration(registration: Registration) -> (&'static str, Tone) {
    match registration {
        Registration::Registered => ("Registered", Tone::Good),
        Registration::NotRegistered => ("Not registered", Tone::Bad),
        Registration::Unknown => ("Unknown", Tone::Quiet),
        Registration::NotNeeded => ("Does not register", Tone::Quiet),
    }
}

/// Whether a line is registered, since when and from where.
pub(in super::super) fn line(view: Option<&LineView>) -> (&'static str, Tone, Vec<String>) {
    let Some(view) = view else {
        let why = "It is of a kind that no dialer tells of: it lives in the browser, or is reached in another way.";
        return ("Does not register by itself", Tone::Quiet, vec![why.to_owned()]);
    };
    let (words, tone) = registration(view.registration);
    let since = view.since.as_ref().map(|since| format!("Since {since} UTC."));
    let from = view.address.as_ref().map(|address| format!("From {address}."));
    let why = (view.registration == Registration::Unknown).then(|| "Its dialer does not say.".to_owned());
    (words, tone, since.into_iter().chain(from).chain(why).collect())
}

/// Aliases still name a login that no phone has any more.
pub(in super::super) fn left_behind(login: &str, aliases: usize) -> String {
    match aliases {
        1 => format!("1 alias still names the login {login}, which no phone has now:"),
        more => format!("{more} aliases still name the login {login}, which no phone has now:"),
    }
}

/// What happens when a phone is deleted: the question, the effects, and the button.
pub(in super::super) fn deleting(
    phone: &Phone,
    aliases: &[&str],
    agent: Option<&str>,
) -> (String, Vec<String>, &'static str) {
    let login = &phone.login;
    let aliases = match aliases {
        [] => format!("No alias names its login {login}."),
        some => {
            let first = some.iter().take(10).copied().collect::<Vec<_>>().join(", ");
            let more = if some.len() > 10 { format!(" and {} more", some.len() - 10) } else { String::new() };
            format!("These aliases go on naming its login {login}, without a phone behind it: {first}{more}.")
        }
    };
    let agent = match agent {
        Some(agent) => {
            format!("Agent {agent} sits on it now: the session goes on, but the phone cannot be rung again.")
        }
        None => "Nobody sits on it now.".to_owned(),
    };
    let dialer = "Its dialer forgets the account when it reads its configuration again.".to_owned();
    let question = format!("Delete phone {} on {}?", phone.extension, phone.server_ip);
    (question, vec![aliases, agent, dialer], "Delete")
}

/// How many phones and aliases something is about.
pub(in super::super) fn counted(phones: usize, aliases: usize) -> String {
    let phones = if phones == 1 { "1 phone".to_owned() } else { format!("{phones} phones") };
    match aliases {
        0 => phones,
        1 => format!("{phones} and 1 alias"),
        more => format!("{phones} and {more} aliases"),
    }
}

/// A list of phones was filtered as far as it was looked at.
pub(in super::super) fn looked_at(rows: usize) -> String {
    format!("{rows} phones were looked at for this page; the next page looks further.")
}
