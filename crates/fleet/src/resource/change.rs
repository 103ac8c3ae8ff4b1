//! One change of one row, in a transaction, with its row of the admin log.

use super::may::{Lack, lack_for};
use super::{Eyes, Fault, Wrong, aliases, others, phones, tag, users};
use crate::fleet_file::{self, By, Entry, Section};
use crate::password::NewPassword;
use crate::records::User;
use crate::seating::{Sight, Supervisor};
use crate::text::Alphabet;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// Who changes rows by this, for the admin log.
const CODE: &str = "ADMIN JSON API";

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A new row, with these values.
    Create(Entry),
    /// Only these values are set.
    Patch(Entry),
    /// It goes.
    Delete,
    /// An alias gets this login too.
    AddMember(String),
    /// An alias loses this login.
    RemoveMember(String),
}

/// In which state a row has to be to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    /// In any.
    #[default]
    None,
    /// It has to be there.
    Exists,
    /// Its [`tag`] is one of these.
    Is(Vec<String>),
}

impl Act {
    /// The values that it sets.
    pub fn values_mut(&mut self) -> Option<&mut Entry> {
        match self {
            Self::Create(values) | Self::Patch(values) => Some(values),
            Self::Delete | Self::AddMember(_) | Self::RemoveMember(_) => None,
        }
    }
}

/// A change of one row.
#[derive(Debug, Clone)]
pub struct Change {
    /// What names the row.
    pub row: Entry,
    /// What is done to it.
    pub act: Act,
    /// The password that a user gets by it, instead of a plain one among the values.
    pub password: Option<NewPassword>,
    /// If it is in this state.
    pub condition: Condition,
    /// In which alphabet names are read.
    pub alphabet: Alphabet,
}

/// A change that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The row as it is now; as it was if it is gone.
    pub row: Entry,
    /// Stands for it.
    pub tag: String,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The account lacks this.
    MayNot(Lack),
    /// There is no such row, or none that the account sees.
    NotFound,
    /// There is such a row already.
    Exists,
    /// It is not in the state that was said: it is so now.
    Stale(Box<Done>),
    /// The alias does not have this login.
    NoSuchMember,
    /// These keys cannot be so.
    Wrong(Vec<Wrong>),
    /// Other rows name it.
    InUse,
    /// The dialer has so many phones.
    HasPhones(u32),
    /// So many agents are on the dialer.
    HasAgents(u32),
}

/// What carrying a change out needs to know beyond the change.
#[derive(Clone, Copy)]
pub struct Hand<'a> {
    /// Who changes rows.
    pub by: &'a Supervisor,
    /// The key of tags.
    pub tag_key: &'a str,
    /// Who sees the dialers.
    pub sight: &'a dyn Sight,
}

/// How a change of any kind ends.
pub(super) type Ended = Result<Result<(), Refusal>, TxError>;

/// What the rules of each section work with.
pub(super) struct Task<'a> {
    /// The account that changes the row.
    pub user: &'a User,
    pub hand: Hand<'a>,
    pub eyes: &'a Eyes,
    pub change: &'a Change,
}

impl Task<'_> {
    /// Writes what differs, with its row of the admin log, and asks dialers to rebuild. Whether anything did.
    pub(super) fn write(&self, tx: &mut dyn FleetTx, before: Option<&Entry>, values: &Entry) -> Result<bool, TxError> {
        let section = self.change.row.section();
        let nothing = Entry::new(section);
        let (act, was) = before.map_or((fleet_file::Act::Add, &nothing), |row| (fleet_file::Act::Change, row));
        let mut entry = Entry::new(section);
        for (key, value) in before.unwrap_or(&self.change.row).names() {
            entry.set(key.name, value.to_owned());
        }
        let stays = |name: &str, value: &str| before.is_some_and(|row| row.get(name) == Some(value));
        for (key, value) in values.values().filter(|(key, value)| !key.names_row && !stays(key.name, value)) {
            entry.set(key.name, value.to_owned());
        }
        if before.is_some() && entry.values().all(|(key, _)| key.names_row) {
            return Ok(false);
        }
        self.write_row(tx, &fleet_file::plan::Change { act, entry, was: was.clone() })?;
        Ok(true)
    }

    /// Removes a row.
    pub(super) fn remove(&self, tx: &mut dyn FleetTx, row: &Entry) -> Result<(), TxError> {
        let act = fleet_file::Act::Remove;
        self.write_row(tx, &fleet_file::plan::Change { act, entry: row.clone(), was: row.clone() })
    }

    /// Writes a row of the admin log alone.
    pub(super) fn log(&self, tx: &mut dyn FleetTx, event: &'static str, row: &Entry) -> Result<(), TxError> {
        let (by, section, name) = (self.hand.by, row.section().log_name(), row.name());
        let (user, from, record_id) = (by.user.as_str(), by.from, name.as_str());
        tx.log_admin(&AdminEntry { user, from, section, event, record_id, code: CODE, notes: row.title() })
    }

    fn write_row(&self, tx: &mut dyn FleetTx, change: &fleet_file::plan::Change) -> Result<(), TxError> {
        let by = self.hand.by;
        fleet_file::write_row(tx, change, By { user: &by.user, from: by.from, code: CODE })?;
        fleet_file::ask_rebuilds(tx, std::slice::from_ref(change))
    }
}

/// Carries a change out. Where it is refused, nothing was written.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn carry_out(tx: &mut dyn FleetTx, change: &Change, hand: Hand<'_>) -> Result<Result<Done, Refusal>, TxError> {
    let section = change.row.section();
    let Some(user) = tx.user(&hand.by.user)? else { return Ok(Err(Refusal::MayNot(Lack::AdminAccess))) };
    if let Some(lack) = lack_for(&user, section, &change.act) {
        return Ok(Err(Refusal::MayNot(lack)));
    }
    let eyes = Eyes::of(tx, &user)?;
    let task = Task { user: &user, hand, eyes: &eyes, change };
    let before = tx.row(&change.row)?;
    let ended = match (&change.act, &before) {
        (Act::Create(_), Some(_)) => Err(Refusal::Exists),
        (Act::Create(values), None) => task.save(tx, None, values)?,
        (_, None) => Err(Refusal::NotFound),
        (_, Some(row)) if !eyes.see(row) => Err(Refusal::NotFound),
        (_, Some(row)) if !task.is_met_by(row) => Err(Refusal::Stale(Box::new(task.done(row.clone())))),
        (Act::Patch(values), Some(row)) => task.save(tx, Some(row), values)?,
        (Act::Delete, Some(row)) => task.delete(tx, row)?,
        (Act::AddMember(login), Some(row)) => aliases::set_member(tx, &task, row, login, true)?,
        (Act::RemoveMember(login), Some(row)) => aliases::set_member(tx, &task, row, login, false)?,
    };
    if let Err(refusal) = ended {
        return Ok(Err(refusal));
    }
    let now = if change.act == Act::Delete { before } else { tx.row(&change.row)? };
    Ok(now.map(|row| task.done(row)).ok_or(Refusal::NotFound))
}

impl Task<'_> {
    fn is_met_by(&self, row: &Entry) -> bool {
        match &self.change.condition {
            Condition::None | Condition::Exists => true,
            Condition::Is(tags) => tags.contains(&tag(row, self.hand.tag_key)),
        }
    }

    fn done(&self, row: Entry) -> Done {
        Done { tag: tag(&row, self.hand.tag_key), row }
    }

    fn save(&self, tx: &mut dyn FleetTx, before: Option<&Entry>, values: &Entry) -> Ended {
        let renamed =
            before.is_some_and(|row| values.names().any(|(key, value)| !crate::name::same(value, row.text(key.name))));
        if renamed {
            let named = values.names().map(|(key, _)| key.name);
            let wrong = named.map(|key| Wrong { key: key.to_owned(), fault: Fault::Renamed });
            return Ok(Err(Refusal::Wrong(wrong.collect())));
        }
        match self.change.row.section() {
            Section::Phone => phones::save(tx, self, before, values),
            Section::Alias => aliases::save(tx, self, before, values),
            Section::User => users::save(tx, self, before, values),
            _ => others::save(tx, self, before, values),
        }
    }

    fn delete(&self, tx: &mut dyn FleetTx, row: &Entry) -> Ended {
        match row.section() {
            Section::Phone => phones::delete(tx, self),
            Section::Alias => aliases::delete(tx, self, row),
            Section::User => users::delete(tx, self, row),
            _ => others::delete(tx, self, row),
        }
    }
}
