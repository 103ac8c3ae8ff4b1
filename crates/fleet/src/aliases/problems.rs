//! The phones of an alias, and warnings about anything that would keep an agent from working.

use crate::dialer_status::Registration;
use crate::records::{Phone, PhoneKey};
use crate::sessions::{LiveStatus, line};
use crate::{FleetTx, TxError, name};

/// A login of an alias, with the phone that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The login, as the alias spells it.
    pub login: String,
    /// The phone that this login rings, if one has it.
    pub phone: Option<Phone>,
    /// How many phones have the login: at most one, unless other programs wrote to the table.
    pub phones: usize,
    /// Whether the phone is registered right now.
    pub registration: Registration,
}

/// The logins of an alias's list, in their order, without empty ones, which agent logins ignore too.
pub fn logins(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|login| !login.is_empty())
}

/// Looks up the member of each of these logins.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn members<'a>(
    tx: &mut dyn FleetTx,
    logins: impl IntoIterator<Item = &'a str>,
    live_status: &dyn LiveStatus,
) -> Result<Vec<Member>, TxError> {
    logins.into_iter().map(|login| member(tx, login, live_status)).collect()
}

fn member(tx: &mut dyn FleetTx, login: &str, live_status: &dyn LiveStatus) -> Result<Member, TxError> {
    let keys = tx.phones_with_login(login)?;
    let phone = keys.first().map_or(Ok(None), |key| tx.phone(key))?;
    let line = phone.as_ref().and_then(|phone| Some((phone, line(phone)?)));
    let registration =
        line.map_or(Registration::NotNeeded, |(phone, line)| live_status.registration(&phone.server_ip, &line));
    Ok(Member { login: login.to_owned(), phone, phones: keys.len(), registration })
}

/// An attribute that all phones of an alias should share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// The extension: the agent's number.
    Extension,
    /// The password that agents enter. A login leaves out phones with a different one.
    LoginPassword,
    /// The password with which the phone registers on its dialer.
    RegistrationPassword,
}

/// A problem that would keep an agent from working. Members are given as indexes into the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The alias has no phones, so nobody can log in with it.
    Empty,
    /// No phone has this member's login.
    Missing(usize),
    /// Several phones have this member's login, and only one of them is rung.
    Shared(usize),
    /// This member's phone is not active.
    Inactive(usize),
    /// This member's phone is not registered, so it cannot be rung.
    NotRegistered(usize),
    /// The second of these members is the same phone as the first.
    Twice(usize, usize),
    /// These members are on one dialer, so they are all lost if it goes down.
    OneDialer(Vec<usize>),
    /// These members differ from the majority.
    Differ {
        /// The attribute.
        what: Common,
        /// The members that differ.
        odd: Vec<usize>,
        /// The first member of the majority.
        than: usize,
    },
}

impl Warning {
    /// The members that the warning is about.
    #[must_use]
    pub fn about(&self) -> Vec<usize> {
        match self {
            Self::Empty => Vec::new(),
            Self::Missing(place) | Self::Shared(place) | Self::Inactive(place) | Self::NotRegistered(place) => {
                vec![*place]
            }
            Self::Twice(_, second) => vec![*second],
            Self::OneDialer(places) => places.clone(),
            Self::Differ { odd, .. } => odd.clone(),
        }
    }
}

/// All warnings about an alias with these members.
#[must_use]
pub fn warnings(members: &[Member]) -> Vec<Warning> {
    if members.is_empty() {
        return vec![Warning::Empty];
    }
    let mut warnings: Vec<Warning> = members.iter().enumerate().flat_map(|(place, member)| of(place, member)).collect();
    let phones = distinct(members, &mut warnings);
    warnings.extend(one_dialer(&phones));
    for what in [Common::Extension, Common::LoginPassword, Common::RegistrationPassword] {
        warnings.extend(difference(&phones, what));
    }
    warnings
}

/// Warnings about one member on its own.
fn of(place: usize, member: &Member) -> Vec<Warning> {
    let Some(phone) = &member.phone else { return vec![Warning::Missing(place)] };
    let kinds = [
        (member.phones > 1, Warning::Shared(place)),
        (phone.active != "Y", Warning::Inactive(place)),
        (member.registration == Registration::NotRegistered, Warning::NotRegistered(place)),
    ];
    kinds.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect()
}

/// Each phone once, with the index of its first member.
fn distinct<'a>(members: &'a [Member], warnings: &mut Vec<Warning>) -> Vec<(usize, &'a Phone)> {
    let mut phones: Vec<(usize, &Phone, PhoneKey)> = Vec::with_capacity(members.len());
    for (place, member) in members.iter().enumerate() {
        let Some(phone) = &member.phone else { continue };
        let key = phone.key();
        match phones.iter().find(|(_, _, known)| known.same(&key)) {
            Some((first, ..)) => warnings.push(Warning::Twice(*first, place)),
            None => phones.push((place, phone, key)),
        }
    }
    phones.into_iter().map(|(place, phone, _)| (place, phone)).collect()
}

fn one_dialer(phones: &[(usize, &Phone)]) -> Vec<Warning> {
    let mut dialers: Vec<(&str, Vec<usize>)> = Vec::new();
    for (place, phone) in phones {
        match dialers.iter_mut().find(|(known, _)| name::same(known, &phone.server_ip)) {
            Some((_, places)) => places.push(*place),
            None => dialers.push((&phone.server_ip, vec![*place])),
        }
    }
    let shared = dialers.into_iter().filter(|(_, places)| places.len() > 1);
    shared.map(|(_, places)| Warning::OneDialer(places)).collect()
}

/// The members that differ from the majority. In a tie, the group of the first member is right.
fn difference(phones: &[(usize, &Phone)], what: Common) -> Option<Warning> {
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (place, phone) in phones {
        let Some(value) = value(phone, what) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, places)) => places.push(*place),
            None => groups.push((value, vec![*place])),
        }
    }
    let most = groups.iter().map(|(_, places)| places.len()).max()?;
    let than =
        groups.iter().find(|(_, places)| places.len() == most).and_then(|(_, places)| places.first().copied())?;
    let mut odd: Vec<usize> =
        groups.into_iter().map(|(_, places)| places).filter(|places| !places.contains(&than)).flatten().collect();
    odd.sort_unstable();
    (!odd.is_empty()).then_some(Warning::Differ { what, odd, than })
}

/// The value to compare; `None` if the phone has none. Comparison respects letter case, as dialers do.
fn value(phone: &Phone, what: Common) -> Option<&str> {
    match what {
        Common::Extension => Some(&phone.extension),
        Common::LoginPassword => Some(&phone.pass),
        Common::RegistrationPassword => phone.has_account().then_some(phone.conf_secret.as_str()),
    }
}

#[cfg(test)]
mod tests;
