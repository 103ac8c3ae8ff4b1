//! Adding, changing and deleting one phone, with its rows of the admin log, in one transaction.

use std::net::IpAddr;

use crate::authorization::administrator;
use crate::field::{Field, PhoneLogins};
use crate::name;
use crate::phones::rules::{Fault, Wrong, form_columns, read_changed, read_new};
use crate::phones::visible;
use crate::records::{Phone, PhoneKey};
use crate::schema::{Row, Table};
use crate::sessions::{channel, digest_of};
use crate::text::Alphabet;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// How many digits of a digest stand for a field.
const DIGITS: usize = 6;

/// Stands for a phone's values: who changes them shows with it which ones were looked at, field by field. The secrets are
/// behind a key that no browser has, so that nobody can guess them from it.
#[must_use]
pub fn version(phone: &Phone, key: &str) -> String {
    let open: String = form_columns().filter(|key| !key.secret).map(|key| short(phone.get(key.sql), DIGITS)).collect();
    let secrets = form_columns().filter(|key| key.secret).map(|key| format!("{}\n", phone.get(key.sql)));
    format!("{open}-{}", short(&format!("{key}\n{}", secrets.collect::<String>()), 16))
}

fn short(text: &str, digits: usize) -> String {
    digest_of(text).chars().take(digits).collect()
}

/// The fields that are not as they were at this version.
fn changed_since(phone: &Phone, seen: &str, key: &str, typed: &Row) -> Vec<&'static str> {
    let now = version(phone, key);
    let (open, secrets) = now.split_once('-').unwrap_or_default();
    let (open_then, secrets_then) = seen.split_once('-').unwrap_or_default();
    let differs = |place: usize| {
        let part = |text: &str| text.get(place * DIGITS..(place + 1) * DIGITS).map(str::to_owned);
        part(open) != part(open_then)
    };
    let open = form_columns().filter(|key| !key.secret).enumerate().filter(|(place, _)| differs(*place));
    let mut changed: Vec<&str> = open.map(|(_, key)| key.name).collect();
    // A secret that nobody types is not overwritten.
    if secrets != secrets_then {
        changed.extend(form_columns().filter(|key| key.secret && !typed.text(key.name).is_empty()).map(|key| key.name));
    }
    changed
}

/// The fields that are typed as they were at this version.
#[must_use]
pub fn untouched(typed: &Row, seen: &str) -> Vec<&'static str> {
    let open = form_columns().filter(|key| !key.secret).enumerate();
    let is_as_seen = |place: usize, value: &str| {
        seen.get(place * DIGITS..(place + 1) * DIGITS).is_some_and(|part| part == short(value, DIGITS))
    };
    open.filter(|(place, key)| is_as_seen(*place, typed.text(key.name))).map(|(_, key)| key.name).collect()
}

/// A phone that is to be added or changed.
#[derive(Debug, Clone)]
pub struct Save {
    /// What was typed, by key.
    pub typed: Row,
    /// In which alphabet it is read.
    pub alphabet: Alphabet,
    /// What it is saved as.
    pub goal: Goal,
    /// Who saves it.
    pub by: String,
    /// From where.
    pub from: IpAddr,
}

/// What a phone is saved as.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A new phone. Where no secret is typed, it has that of another phone.
    New {
        /// The other phone.
        like: Option<PhoneKey>,
    },
    /// The phone that is there.
    Changed {
        /// Which one.
        phone: PhoneKey,
        /// The [`version`] that was looked at.
        version: String,
        /// The key of versions.
        key: String,
        /// Whether its aliases get its new login.
        with_aliases: bool,
    },
}

/// How saving ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is so now.
    Done,
    /// These fields cannot be so.
    Wrong(Vec<Wrong>),
    /// Somebody else changed these fields of the phone since it was looked at.
    Outdated {
        /// How it is now.
        now: Box<Phone>,
        /// The fields.
        fields: Vec<&'static str>,
    },
    /// There is no such phone, or none that the user may see.
    NoSuchPhone,
    /// The account may not change phones any more.
    MayNot,
}

impl Save {
    /// Carries it out.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Saved, TxError> {
        let Some(by) = administrator(tx, &self.by)? else { return Ok(Saved::MayNot) };
        match &self.goal {
            Goal::New { like: None } => self.add(tx, self.typed.clone()),
            Goal::New { like: Some(key) } => match visible(tx, &by, key)? {
                Some(like) => self.add(tx, with_secrets_of(&self.typed, &like)),
                None => Ok(Saved::NoSuchPhone),
            },
            Goal::Changed { phone, version, key, with_aliases } => {
                let Some(stored) = visible(tx, &by, phone)? else { return Ok(Saved::NoSuchPhone) };
                let fields = changed_since(&stored, version, key, &self.typed);
                if !fields.is_empty() {
                    return Ok(Saved::Outdated { now: Box::new(stored), fields });
                }
                self.change(tx, &stored, *with_aliases)
            }
        }
    }

    fn add(&self, tx: &mut dyn FleetTx, mut typed: Row) -> Result<Saved, TxError> {
        if typed.text("local_gmt").is_empty() {
            let dialers = tx.phone_choices()?.dialers;
            let dialer = dialers.into_iter().find(|dialer| name::same(&dialer.server_ip, typed.text("server_ip")));
            typed.set("local_gmt", dialer.map(|dialer| dialer.local_gmt).unwrap_or_default());
        }
        let phone = match read_new(&typed, self.alphabet) {
            Ok(phone) => phone,
            Err(wrong) => return self.wrong(tx, &typed_key(&typed), wrong),
        };
        let mut wrong = Vec::new();
        if !tx.has_dialer(&phone.server_ip)? {
            wrong.push(Wrong { key: "server_ip", fault: Fault::NoSuchDialer });
        } else if tx.has_phone(&phone.key())? {
            wrong.push(Wrong { key: "extension", fault: Fault::PhoneExists });
        }
        wrong.extend(login_taken(tx, &phone.key(), &phone.login)?);
        wrong.extend(no_such_template(tx, &phone)?);
        if !wrong.is_empty() {
            return Ok(Saved::Wrong(wrong));
        }
        tx.add_phone(&phone)?;
        tx.ask_rebuild(&phone.server_ip)?;
        log(tx, (&self.by, self.from), &phone.key(), ("ADD", "ADMIN ADD PHONE"), "")?;
        Ok(Saved::Done)
    }

    /// Fields that cannot be so, and the login too if another phone has it: whoever mends them hears of all at once.
    fn wrong(&self, tx: &mut dyn FleetTx, key: &PhoneKey, mut wrong: Vec<Wrong>) -> Result<Saved, TxError> {
        let login = self.typed.text("phone_login");
        if !login.is_empty() && wrong.iter().all(|wrong| wrong.key != "phone_login") {
            wrong.extend(login_taken(tx, key, login)?);
        }
        Ok(Saved::Wrong(wrong))
    }

    fn change(&self, tx: &mut dyn FleetTx, stored: &Phone, with_aliases: bool) -> Result<Saved, TxError> {
        let phone = match read_changed(&self.typed, stored, self.alphabet) {
            Ok(phone) => phone,
            Err(wrong) => return self.wrong(tx, &stored.key(), wrong),
        };
        let mut wrong = Vec::new();
        if !name::same(&phone.login, &stored.login) {
            wrong.extend(login_taken(tx, &phone.key(), &phone.login)?);
        }
        if phone.template_id != stored.template_id {
            wrong.extend(no_such_template(tx, &phone)?);
        }
        let renamed = if with_aliases { renamed(tx, &stored.login, &phone.login)? } else { Ok(Vec::new()) };
        let renamed = match renamed {
            Ok(renamed) => renamed,
            Err(alias_id) => {
                wrong.push(Wrong { key: "phone_login", fault: Fault::AliasTooLong(alias_id) });
                Vec::new()
            }
        };
        if !wrong.is_empty() {
            return Ok(Saved::Wrong(wrong));
        }
        if phone == *stored {
            return Ok(Saved::Done);
        }
        tx.update_phone(&phone)?;
        tx.ask_rebuild(&phone.server_ip)?;
        let (by, change) = ((self.by.as_str(), self.from), difference(stored, &phone));
        log(tx, by, &phone.key(), ("MODIFY", "ADMIN MODIFY PHONE"), &change)?;
        for (alias_id, logins) in renamed {
            self.rename_in(tx, &alias_id, logins)?;
        }
        Ok(Saved::Done)
    }

    fn rename_in(&self, tx: &mut dyn FleetTx, alias_id: &str, logins: String) -> Result<(), TxError> {
        let Some(mut alias) = tx.alias(alias_id)? else { return Ok(()) };
        let notes = format!("phones: {logins}");
        alias.logins_list = logins;
        tx.update_alias(&alias)?;
        tx.log_admin(&AdminEntry {
            user: &self.by,
            from: self.from,
            section: "PHONEALIASES",
            event: "MODIFY",
            record_id: &alias.alias_id,
            code: "ADMIN MODIFY PHONE ALIAS",
            notes,
        })
    }
}

/// Writes the admin log's row of a phone, in the API's manner.
pub(super) fn log(
    tx: &mut dyn FleetTx,
    (user, from): (&str, IpAddr),
    key: &PhoneKey,
    (event, code): (&'static str, &'static str),
    more: &str,
) -> Result<(), TxError> {
    let notes = format!("phone: {}|{}{more}", key.extension, key.server_ip);
    tx.log_admin(&AdminEntry { user, from, section: "PHONES", event, record_id: &key.extension, code, notes })
}

/// What differs, without any secret.
fn difference(before: &Phone, after: &Phone) -> String {
    let all = form_columns().chain(Table::Phone.column("status"));
    let pairs = all.map(|key| (key, before.get(key.sql), after.get(key.sql)));
    let changed = pairs.filter(|(_, before, after)| before != after).map(|(key, before, after)| {
        let column = key.sql;
        if key.secret { format!("; {column} changed") } else { format!("; {column}: {before} to {after}") }
    });
    changed.collect()
}

fn with_secrets_of(typed: &Row, like: &Phone) -> Row {
    let mut typed = typed.clone();
    for key in form_columns().filter(|key| key.secret) {
        if typed.text(key.name).is_empty() {
            typed.set(key.name, like.get(key.sql).to_owned());
        }
    }
    typed
}

/// The phone that a form is about.
fn typed_key(typed: &Row) -> PhoneKey {
    PhoneKey { extension: typed.text("extension").to_owned(), server_ip: typed.text("server_ip").to_owned() }
}

/// The phone of this name cannot have this login.
pub(super) fn login_taken(tx: &mut dyn FleetTx, key: &PhoneKey, login: &str) -> Result<Option<Wrong>, TxError> {
    let other = tx.phones_with_login(login)?.into_iter().find(|other| !other.same(key));
    Ok(other.map(|other| Wrong { key: "phone_login", fault: Fault::LoginTaken(other) }))
}

pub(super) fn no_such_template(tx: &mut dyn FleetTx, phone: &Phone) -> Result<Option<Wrong>, TxError> {
    let is_there = phone.template_id.is_empty() || tx.has_template(&phone.template_id)?;
    Ok((!is_there).then_some(Wrong { key: "template_id", fault: Fault::NoSuchTemplate }))
}

/// The aliases that name the old login, with the new one in its place; or one whose list would be too long.
fn renamed(tx: &mut dyn FleetTx, old: &str, new: &str) -> Result<Result<Vec<(String, String)>, String>, TxError> {
    if old == new {
        return Ok(Ok(Vec::new()));
    }
    let mut renamed = Vec::new();
    for alias in tx.aliases_of_login(old)? {
        let each = alias.logins_list.split(',').map(|login| if name::same(login.trim(), old) { new } else { login });
        let logins = each.collect::<Vec<_>>().join(",");
        if logins.len() > PhoneLogins::AT_MOST {
            return Ok(Err(alias.alias_id));
        }
        renamed.push((alias.alias_id, logins));
    }
    Ok(Ok(renamed))
}

/// A phone that is to be deleted.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The phone.
    pub phone: PhoneKey,
    /// The agent who was said to sit on it; empty for nobody.
    pub agent: String,
    /// Who deletes it.
    pub by: String,
    /// From where.
    pub from: IpAddr,
}

/// How deleting ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// The phone is gone; aliases that name its login stay.
    Done,
    /// There is no such phone, or none that the user may see.
    NoSuchPhone,
    /// The account may not change phones, or not delete them.
    MayNot,
    /// Another agent sits on it than was said.
    AgentChanged,
}

impl Removal {
    /// Carries it out.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Removed, TxError> {
        let Some(by) = administrator(tx, &self.by)?.filter(|by| by.ast_delete_phones) else {
            return Ok(Removed::MayNot);
        };
        let Some(phone) = visible(tx, &by, &self.phone)? else { return Ok(Removed::NoSuchPhone) };
        if sitting(tx, &phone)?.unwrap_or_default() != self.agent {
            return Ok(Removed::AgentChanged);
        }
        tx.delete_phone(&phone.key())?;
        tx.ask_rebuild(&phone.server_ip)?;
        log(tx, (&self.by, self.from), &phone.key(), ("DELETE", "ADMIN DELETE PHONE"), "")?;
        Ok(Removed::Done)
    }
}

/// The agent who is live on a phone now.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn sitting(tx: &mut dyn FleetTx, phone: &Phone) -> Result<Option<String>, TxError> {
    tx.agent_on(&phone.server_ip, &channel(phone), "")
}
