//! Texts about aliases.

use fleet::aliases::problems::{Common, Member, Warning};
use fleet::aliases::save::AliasDraft;
use fleet::dialer_status::Registration;
use floor::LineView;

use super::Tone;

pub(in crate::admin) const NO_SUCH_ALIAS: &str = "This alias does not exist.";
pub(in crate::admin) const SAVED: &str = "Saved. Applies from the next login.";
pub(in crate::admin) const DELETED: &str = "Alias deleted. Its phones were kept.";
pub(in crate::admin) const NOT_SAVED_YET: &str = "Unsaved changes.";
pub(in crate::admin) const REFUSED: &str = "Nothing was saved. Correct these fields:";
pub(in crate::admin) const OUTDATED: &str = "Someone else has changed this alias since you opened it, so nothing was saved. \
    The form has your values; each changed field also shows the saved one. Save again to overwrite it.";
pub(in crate::admin) const MAY_NOT_DELETE: &str =
    "Your account may change aliases but not delete them (ast_delete_phones). Nothing was changed.";
pub(in crate::admin) const CHANGED_MEANWHILE: &str =
    "Someone else has changed this alias since you opened this page. Nothing was deleted yet: check and confirm again.";

/// Warnings about an alias. If none of several phones is registered, one warning says so for all of them.
pub(in crate::admin) fn warnings(
    warnings: &[Warning],
    members: &[Member],
    dialer: impl Fn(&str) -> String,
) -> Vec<String> {
    let is_unregistered = |warning: &&Warning| matches!(warning, Warning::NotRegistered(_));
    let unregistered = warnings.iter().filter(is_unregistered).count();
    if unregistered < 2 || unregistered < members.len() {
        return warnings.iter().map(|one| warning(one, members, &dialer)).collect();
    }
    let others = warnings.iter().filter(|warning| !is_unregistered(warning));
    let first = format!("None of its {unregistered} phones is registered.");
    std::iter::once(first).chain(others.map(|one| warning(one, members, &dialer))).collect()
}

/// Warning about an alias or one of its members.
fn warning(warning: &Warning, members: &[Member], dialer: impl Fn(&str) -> String) -> String {
    let login = |place: &usize| members.get(*place).map_or("", |member| member.login.as_str());
    let list = |places: &[usize]| places.iter().map(login).collect::<Vec<_>>().join(", ");
    match warning {
        Warning::Empty => "This alias has no phones, so nobody can log in with it.".to_owned(),
        Warning::Missing(place) => format!("No phone has the login {}.", login(place)),
        Warning::Shared(place) => {
            format!("Several phones have the login {}: which one rings is undefined.", login(place))
        }
        Warning::Inactive(place) => format!("The phone {} is not active, so it never rings.", login(place)),
        Warning::NotRegistered(place) => {
            format!("The phone {} is not registered, so it cannot ring.", login(place))
        }
        Warning::Twice(first, second) if login(first) == login(second) => {
            format!("{} is listed twice.", login(first))
        }
        Warning::Twice(first, second) => format!("{} and {} are the same phone.", login(first), login(second)),
        Warning::OneDialer(places) => {
            let phone = places.first().and_then(|place| members.get(*place)?.phone.as_ref());
            let name = phone.map_or_else(String::new, |phone| dialer(&phone.server_ip));
            format!("{} are all on {name}: if that dialer goes down, none of them can ring.", list(places))
        }
        Warning::Differ { what, odd, than } => differ(*what, odd.len(), &list(odd), login(than)),
    }
}

fn differ(what: Common, count: usize, odd: &str, than: &str) -> String {
    let (has, reach) = if count == 1 { ("has", "both") } else { ("have", "all of them") };
    match what {
        Common::Extension => {
            format!("{odd} {has} a different extension from {than}. Do they belong to the same agent?")
        }
        Common::LoginPassword => {
            format!("{odd} and {than} have different phone passwords, so one login can never reach {reach}.")
        }
        Common::RegistrationPassword => format!(
            "{odd} and {than} have different registration passwords, so a softphone with one password cannot \
             register as {reach}."
        ),
    }
}

/// Number of warnings; empty for none.
pub(in crate::admin) fn warning_count(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 warning".to_owned(),
        more => format!("{more} warnings"),
    }
}

/// Registration of a phone: its state, from which address and since when.
pub(in crate::admin) fn line(line: &LineView) -> (String, Tone) {
    let from = line.address.as_ref().map(|address| format!(" from {address}")).unwrap_or_default();
    let since = line.since.as_ref().map(|since| format!(" since {since} UTC")).unwrap_or_default();
    match line.registration {
        Registration::Registered => (format!("Registered{from}{since}"), Tone::Good),
        Registration::NotRegistered => (format!("Not registered{since}"), Tone::Bad),
        Registration::Unknown => ("Not reported by its dialer".to_owned(), Tone::Quiet),
        Registration::NotNeeded => ("Does not register".to_owned(), Tone::Quiet),
    }
}

/// Whether a password differs from those of the other members. The password itself is never shown.
pub(in crate::admin) fn compared(is_odd: bool, is_alone: bool) -> &'static str {
    match (is_odd, is_alone) {
        (true, _) => "Different",
        (false, true) => "–",
        (false, false) => "Same",
    }
}

/// Result of a search for phones.
pub(in crate::admin) fn found(q: &str, count: usize, has_more: bool) -> String {
    match (q.is_empty(), count, has_more) {
        (true, ..) => String::new(),
        (false, 0, _) => format!("No phone’s login or extension begins with “{q}”."),
        (false, 1, _) => "1 phone found.".to_owned(),
        (false, count, false) => format!("{count} phones found."),
        (false, count, true) => format!("The first {count} phones are shown. Type more to narrow the search."),
    }
}

/// Result of adding phones.
pub(in crate::admin) fn added(logins: &[String], q: &str) -> String {
    match logins {
        [] => format!("Nothing was added: no other phone matches “{q}”."),
        logins => format!("Added {}. Not saved yet.", logins.join(", ")),
    }
}

/// Confirmation of deleting an alias: the question, the effects and the button.
pub(in crate::admin) fn deleting(alias: &AliasDraft, agents: &[String]) -> (String, Vec<String>, &'static str) {
    let alias_id = &alias.alias_id;
    let name = if alias.alias_name.is_empty() { String::new() } else { format!(" ({})", alias.alias_name) };
    let phones = match alias.logins.as_slice() {
        [] => "It has no phones.".to_owned(),
        logins => format!("Its phones are kept: {}.", logins.join(", ")),
    };
    let effects = vec![format!("Nobody can log in with {alias_id}{name} any longer."), phones, in_use(agents)];
    (format!("Delete alias {alias_id}?"), effects, "Delete alias")
}

/// Agents who are using the phones of an alias.
fn in_use(agents: &[String]) -> String {
    match agents {
        [] => "No agent is using its phones.".to_owned(),
        [agent] => format!("Agent {agent} is using one of its phones and stays logged in."),
        agents => {
            let (shown, more) = agents.split_at(agents.len().min(10));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            format!("Agents {}{more} are using its phones and stay logged in.", shown.join(", "))
        }
    }
}
