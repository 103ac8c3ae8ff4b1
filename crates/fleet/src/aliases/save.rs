//! Adding, changing and deleting an alias as people do, by the rules of `add_phone_alias` and `update_phone_alias`, but with
//! everything that is wrong told at once, and nothing dropped silently.

use crate::actor::Actor;
use crate::aliases::members::first_never_registered;
use crate::aliases::problems::logins;
use crate::authorization::administrator;
use crate::field::{AliasId, AliasName, Field, PhoneLogins};
use crate::records::Alias;
use crate::sessions::{LOGINS, LiveStatus, digest_of};
use crate::text::Alphabet;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError, name};

/// What a form says about an alias.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The login.
    pub alias_id: String,
    /// Its name for people.
    pub alias_name: String,
    /// The logins of its phones, in their order.
    pub logins: Vec<String>,
    /// Whether anybody can log in with it.
    pub active: bool,
}

impl Draft {
    /// As it is stored.
    #[must_use]
    pub fn of(alias: &Alias) -> Self {
        Self {
            alias_id: alias.alias_id.clone(),
            alias_name: alias.alias_name.clone(),
            logins: logins(&alias.logins_list).map(str::to_owned).collect(),
            active: alias.active,
        }
    }

    /// As it is to be stored.
    #[must_use]
    pub fn alias(&self) -> Alias {
        Alias {
            alias_id: self.alias_id.clone(),
            alias_name: self.alias_name.clone(),
            logins_list: self.logins.join(","),
            active: self.active,
        }
    }

    /// Stands for these values: who changes them shows with it which ones were looked at.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }

    /// What differs, in words for the admin log.
    fn difference(&self, after: &Self) -> String {
        let flag = |flag: bool| if flag { "Y" } else { "N" }.to_owned();
        let pairs = [
            ("alias_name", self.alias_name.clone(), after.alias_name.clone()),
            ("phones", self.logins.join(","), after.logins.join(",")),
            ("active", flag(self.active), flag(after.active)),
        ];
        let changed = pairs.into_iter().filter(|(_, before, after)| before != after);
        changed.map(|(name, before, after)| format!("{name}: {before} to {after}")).collect::<Vec<_>>().join("; ")
    }
}

/// What is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The alias is shorter than 2 characters or longer than 20.
    IdLength,
    /// The alias has other characters than letters, digits, `-` and `_`.
    IdCharacters,
    /// There is one of this name, in whatever letter case.
    IdTaken,
    /// The name is shorter than so many characters, or longer than 50.
    NameLength(usize),
    /// The name has characters that names do not have.
    NameCharacters,
    /// It has no phones.
    NoMembers,
    /// All logins together are longer than the column, or there are more than 100.
    TooManyMembers,
    /// No phone has this login, which is new in the list.
    Unknown(String),
    /// The phone of this login, which is new in the list, was never seen registered, and the house wants that of members.
    NeverRegistered(String),
}

/// An alias is added or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// How it is to be.
    pub draft: Draft,
    /// The [`Draft::version`] that was looked at; `None` for a new one.
    pub version: Option<String>,
    /// Who does it.
    pub by: Actor,
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is so now.
    Done,
    /// Who does it may not.
    MayNot,
    /// There is no such alias any more.
    NoSuchAlias,
    /// Something is wrong with it; nothing was changed.
    Refused(Vec<Problem>),
    /// Somebody else has changed it to this since it was looked at; nothing was changed.
    Outdated(Draft),
}

impl Save {
    /// Carries it out, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, live_status: &dyn LiveStatus) -> Result<Saved, TxError> {
        if administrator(tx, &self.by.user)?.is_none() {
            return Ok(Saved::MayNot);
        }
        let before = tx.alias(&self.draft.alias_id)?;
        match (&self.version, before) {
            (None, before) => self.add(tx, live_status, before.is_some()),
            (Some(_), None) => Ok(Saved::NoSuchAlias),
            (Some(version), Some(before)) => {
                let stored = Draft::of(&before);
                if stored.version() == *version {
                    self.change(tx, live_status, &stored)
                } else {
                    Ok(Saved::Outdated(stored))
                }
            }
        }
    }

    fn add(&self, tx: &mut dyn FleetTx, live_status: &dyn LiveStatus, is_taken: bool) -> Result<Saved, TxError> {
        let nothing = Draft::default();
        let mut problems = problem_with_id(&self.draft.alias_id, alphabet(tx)?);
        if is_taken {
            problems.push(Problem::IdTaken);
        }
        problems.extend(self.problems(tx, live_status, &nothing, 1)?);
        if !problems.is_empty() {
            return Ok(Saved::Refused(problems));
        }
        let alias = self.draft.alias();
        tx.add_alias(&alias)?;
        let inactive = if alias.active { "" } else { "; active: N" };
        let notes = format!("phones: {}{inactive}", alias.logins_list);
        log(tx, &self.by, &alias.alias_id, ("ADD", "ADMIN ADD PHONE ALIAS"), notes)?;
        Ok(Saved::Done)
    }

    fn change(&self, tx: &mut dyn FleetTx, live_status: &dyn LiveStatus, stored: &Draft) -> Result<Saved, TxError> {
        let draft = Draft { alias_id: stored.alias_id.clone(), ..self.draft.clone() };
        let problems = self.problems(tx, live_status, stored, 2)?;
        if !problems.is_empty() {
            return Ok(Saved::Refused(problems));
        }
        if draft == *stored {
            return Ok(Saved::Done);
        }
        tx.update_alias(&draft.alias())?;
        let notes = stored.difference(&draft);
        log(tx, &self.by, &draft.alias_id, ("MODIFY", "ADMIN MODIFY PHONE ALIAS"), notes)?;
        Ok(Saved::Done)
    }

    /// What is wrong with the name and the phones; what was there before may stay.
    fn problems(
        &self,
        tx: &mut dyn FleetTx,
        live_status: &dyn LiveStatus,
        before: &Draft,
        name_at_least: usize,
    ) -> Result<Vec<Problem>, TxError> {
        let mut problems = Vec::new();
        let (name, logins) = (&self.draft.alias_name, &self.draft.logins);
        let is_new_name = *name != before.alias_name || self.version.is_none();
        if is_new_name && (name.len() < name_at_least || name.len() > AliasName::AT_MOST) {
            problems.push(Problem::NameLength(name_at_least));
        }
        if is_new_name && AliasName::read(name.as_bytes(), alphabet(tx)?).as_str() != name {
            problems.push(Problem::NameCharacters);
        }
        let is_new = |login: &&str| !before.logins.iter().any(|known| name::same(known, login));
        let joining: Vec<&str> = logins.iter().map(String::as_str).filter(is_new).collect();
        if logins.is_empty() {
            problems.push(Problem::NoMembers);
        }
        let is_too_long = logins.len() > LOGINS || logins.join(",").len() > PhoneLogins::AT_MOST;
        if is_too_long && !joining.is_empty() {
            problems.push(Problem::TooManyMembers);
        }
        let unknown =
            joining.iter().map(|login| Ok((login, tx.has_login(login)?))).collect::<Result<Vec<_>, TxError>>();
        let unknown: Vec<_> = unknown?.into_iter().filter(|(_, is_known)| !is_known).collect();
        problems.extend(unknown.iter().map(|(login, _)| Problem::Unknown((**login).to_owned())));
        if let Some(login) = first_never_registered(tx, live_status, joining.iter().copied())? {
            problems.push(Problem::NeverRegistered(login.to_owned()));
        }
        Ok(problems)
    }
}

fn problem_with_id(alias_id: &str, alphabet: Alphabet) -> Vec<Problem> {
    let mut problems = Vec::new();
    if alias_id.len() < 2 || alias_id.len() > AliasId::AT_MOST {
        problems.push(Problem::IdLength);
    }
    if AliasId::read(alias_id.as_bytes(), alphabet).as_str() != alias_id {
        problems.push(Problem::IdCharacters);
    }
    problems
}

/// An alias is deleted. Its phones stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    /// Which one.
    pub alias_id: String,
    /// The [`Draft::version`] that was looked at.
    pub version: String,
    /// Who does it.
    pub by: Actor,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The alias is gone.
    Done,
    /// Who does it may not change aliases.
    MayNot,
    /// Who does it may change aliases but not delete them.
    MayNotDelete,
    /// There is no such alias any more.
    NoSuchAlias,
    /// Somebody else has changed it since it was looked at; nothing was deleted.
    Outdated,
}

impl Delete {
    /// Carries it out, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Deleted, TxError> {
        let Some(by) = administrator(tx, &self.by.user)? else { return Ok(Deleted::MayNot) };
        if !by.ast_delete_phones {
            return Ok(Deleted::MayNotDelete);
        }
        let Some(alias) = tx.alias(&self.alias_id)? else { return Ok(Deleted::NoSuchAlias) };
        if Draft::of(&alias).version() != self.version {
            return Ok(Deleted::Outdated);
        }
        tx.delete_alias(&alias.alias_id)?;
        let notes = format!("phones: {}", alias.logins_list);
        log(tx, &self.by, &alias.alias_id, ("DELETE", "ADMIN DELETE PHONE ALIAS"), notes)?;
        Ok(Deleted::Done)
    }
}

fn alphabet(tx: &mut dyn FleetTx) -> Result<Alphabet, TxError> {
    Ok(if tx.settings()?.use_non_latin { Alphabet::Unicode } else { Alphabet::Latin })
}

fn log(
    tx: &mut dyn FleetTx,
    by: &Actor,
    alias_id: &str,
    (event, code): (&'static str, &'static str),
    notes: String,
) -> Result<(), TxError> {
    let (user, from, section) = (by.user.as_str(), by.from, "PHONEALIASES");
    tx.log_admin(&AdminEntry { user, from, section, event, record_id: alias_id, code, notes })
}
