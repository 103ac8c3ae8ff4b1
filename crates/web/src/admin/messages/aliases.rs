//! What people read about aliases.

use fleet::aliases::problems::{Common, Member, Warning};
use fleet::aliases::save::AliasDraft;
use fleet::dialer_status::Registration;
use floor::LineView;

use super::Tone;

pub(in crate::admin) const NO_SUCH_ALIAS: &str = "There is no such alias.";
pub(in crate::admin) const SAVED: &str = "Saved. It counts from the next login on.";
pub(in crate::admin) const DELETED: &str = "The alias is deleted. Its phones are still there.";
pub(in crate::admin) const NOT_SAVED_YET: &str = "These changes are not saved yet.";
pub(in crate::admin) const REFUSED: &str = "Nothing was saved. Please look at this:";
pub(in crate::admin) const OUTDATED: &str = "Somebody else has saved this alias since you opened it, so nothing was saved. \
    Below is what you typed, and at each field what is there now. Save once more to replace it knowingly.";
pub(in crate::admin) const MAY_NOT_DELETE: &str =
    "Your account may change aliases, but not delete them (ast_delete_phones). Nothing was changed.";
pub(in crate::admin) const CHANGED_MEANWHILE: &str =
    "Nothing was deleted: somebody else has changed this alias since you were asked. Please look again.";

/// What would cost somebody a shift.
pub(in crate::admin) fn warning(warning: &Warning, members: &[Member], dialer: impl Fn(&str) -> String) -> String {
    let login = |place: &usize| members.get(*place).map_or("", |member| member.login.as_str());
    let list = |places: &[usize]| places.iter().map(login).collect::<Vec<_>>().join(", ");
    match warning {
        Warning::Empty => "It has no phones, so nobody can log in with it.".to_owned(),
        Warning::Missing(place) => format!("No phone has the login {}.", login(place)),
        Warning::Shared(place) => {
            format!("Several phones have the login {}: it is chance which one is rung.", login(place))
        }
        Warning::Inactive(place) => format!("The phone of {} is not active, so it is never rung.", login(place)),
        Warning::NotRegistered(place) => {
            format!("The phone of {} is not registered now, so it cannot be rung.", login(place))
        }
        Warning::Twice(first, second) if login(first) == login(second) => {
            format!("{} is in the list twice.", login(first))
        }
        Warning::Twice(first, second) => format!("{} and {} are the same phone.", login(first), login(second)),
        Warning::OneDialer(places) => {
            let phone = places.first().and_then(|place| members.get(*place)?.phone.as_ref());
            let name = phone.map_or_else(String::new, |phone| dialer(&phone.server_ip));
            format!("{} are on one dialer, {name}: if it is lost, none of them can be rung.", list(places))
        }
        Warning::Differ { what, odd, than } => differ(*what, odd.len(), &list(odd), login(than)),
    }
}

fn differ(what: Common, count: usize, odd: &str, than: &str) -> String {
    let has = if count == 1 { "has" } else { "have" };
    match what {
        Common::Extension => format!("{odd} {has} another extension than {than}: is it the same agent's phone?"),
        Common::LoginPassword => {
            format!("{odd} {has} another login password than {than}: whoever types the one is never rung at the other.")
        }
        Common::RegistrationPassword => format!(
            "{odd} {has} another registration password than {than}: a phone that is set up with one cannot \
             register everywhere."
        ),
    }
}

/// How many warnings there are.
pub(in crate::admin) fn warnings(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 warning".to_owned(),
        more => format!("{more} warnings"),
    }
}

/// Whether a phone can be rung, from where and since when.
pub(in crate::admin) fn line(line: &LineView) -> (String, Tone) {
    let from = line.address.as_ref().map(|address| format!(" from {address}")).unwrap_or_default();
    let since = line.since.as_ref().map(|since| format!(" since {since} UTC")).unwrap_or_default();
    match line.registration {
        Registration::Registered => (format!("Registered{from}{since}"), Tone::Good),
        Registration::NotRegistered => (format!("Not registered{since}"), Tone::Bad),
        Registration::Unknown => ("Its dialer does not say".to_owned(), Tone::Quiet),
        Registration::NotNeeded => ("Does not register".to_owned(), Tone::Quiet),
    }
}

/// How a password is, compared with those of the others. The password itself is nobody's business.
pub(in crate::admin) fn compared(is_odd: bool, is_alone: bool) -> &'static str {
    match (is_odd, is_alone) {
        (true, _) => "Other",
        (false, true) => "–",
        (false, false) => "Same",
    }
}

/// How many phones were found.
pub(in crate::admin) fn found(q: &str, count: usize, has_more: bool) -> String {
    match (q.is_empty(), count, has_more) {
        (true, ..) => String::new(),
        (false, 0, _) => format!("No phone has a login or an extension that begins with “{q}”."),
        (false, 1, _) => "1 phone was found.".to_owned(),
        (false, count, false) => format!("{count} phones were found."),
        (false, count, true) => format!("The first {count} phones are shown; type more to find others."),
    }
}

/// What is said once a phone was added, or not.
pub(in crate::admin) fn added(logins: &[String], q: &str) -> String {
    match logins {
        [] => format!("Nothing was added: no further phone has “{q}”."),
        logins => format!("Added {}. Not saved yet.", logins.join(", ")),
    }
}

/// What happens when an alias is deleted: the question, the effects, and the button.
pub(in crate::admin) fn deleting(alias: &AliasDraft, agents: &[String]) -> (String, Vec<String>, &'static str) {
    let alias_id = &alias.alias_id;
    let name = if alias.alias_name.is_empty() { String::new() } else { format!(" ({})", alias.alias_name) };
    let phones = match alias.logins.as_slice() {
        [] => "It has no phones.".to_owned(),
        logins => format!("Its phones stay: {}.", logins.join(", ")),
    };
    let effects = vec![format!("Nobody can log in with {alias_id}{name} any more."), phones, in_use(agents)];
    (format!("Delete alias {alias_id}?"), effects, "Delete")
}

/// Who is on an alias's phones now.
fn in_use(agents: &[String]) -> String {
    match agents {
        [] => "Nobody is logged in on its phones now.".to_owned(),
        [agent] => format!("Agent {agent} is logged in on one of its phones now, and stays there."),
        agents => {
            let (shown, more) = agents.split_at(agents.len().min(10));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            format!("Agents {}{more} are logged in on its phones now, and stay there.", shown.join(", "))
        }
    }
}
