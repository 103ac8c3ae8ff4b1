//! One change of one row, in a transaction, with its row of the admin log.

use crate::actor::Actor;
use crate::authorization::Visibility;
use crate::authorization::{MissingPermission, missing_permission_for};
use crate::fleet_file;
use crate::fleet_file::By;
use crate::password::NewPassword;
use crate::records::User;
use crate::rows::{Fault, Wrong, aliases, others, phones, tag, users};
use crate::schema::{Row, Table};
use crate::sessions::LiveStatus;
use crate::text::Alphabet;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// Who changes rows by this, for the admin log.
const CODE: &str = "ADMIN JSON API";

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAction {
    /// A new row, with these values.
    Create(Row),
    /// Only these values are set.
    Patch(Row),
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

impl RowAction {
    /// The values that it sets.
    pub fn values_mut(&mut self) -> Option<&mut Row> {
        match self {
            Self::Create(values) | Self::Patch(values) => Some(values),
            Self::Delete | Self::AddMember(_) | Self::RemoveMember(_) => None,
        }
    }
}

/// A change of one row.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// What names the row.
    pub row: Row,
    /// What is done to it.
    pub act: RowAction,
    /// The password that a user gets by it, instead of a plain one among the values.
    pub password: Option<NewPassword>,
    /// If it is in this state.
    pub condition: Condition,
    /// In which alphabet names are read.
    pub alphabet: Alphabet,
}

/// A change that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// The row as it is now; as it was if it is gone.
    pub row: Row,
    /// Stands for it.
    pub tag: String,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The account lacks this.
    MayNot(MissingPermission),
    /// There is no such row, or none that the account sees.
    NotFound,
    /// There is such a row already.
    Exists,
    /// It is not in the state that was said: it is so now.
    Stale(Box<ChangedRow>),
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
pub struct ChangeContext<'a> {
    /// Who changes rows.
    pub by: &'a Actor,
    /// The key of tags.
    pub tag_key: &'a str,
    /// Who sees the dialers.
    pub live_status: &'a dyn LiveStatus,
}

/// How a change of any kind ends.
pub(super) type Ended = Result<Result<(), Refusal>, TxError>;

/// What the rules of each section work with.
pub(super) struct Task<'a> {
    /// The account that changes the row.
    pub user: &'a User,
    pub hand: ChangeContext<'a>,
    pub eyes: &'a Visibility,
    pub change: &'a RowChange,
}

impl Task<'_> {
    /// Writes what differs, with its row of the admin log, and asks dialers to rebuild.
    pub(super) fn write(&self, tx: &mut dyn FleetTx, before: Option<&Row>, values: &Row) -> Result<(), TxError> {
        let section = self.change.row.table();
        let nothing = Row::new(section);
        let (act, was) = before.map_or((fleet_file::Act::Add, &nothing), |row| (fleet_file::Act::Change, row));
        let mut entry = Row::new(section);
        for (key, value) in before.unwrap_or(&self.change.row).names() {
            entry.set(key.name, value.to_owned());
        }
        let stays = |name: &str, value: &str| before.is_some_and(|row| row.get(name) == Some(value));
        for (key, value) in values.values().filter(|(key, value)| !key.is_key && !stays(key.name, value)) {
            entry.set(key.name, value.to_owned());
        }
        if before.is_some() && entry.values().all(|(key, _)| key.is_key) {
            return Ok(());
        }
        self.write_row(tx, &fleet_file::plan::Change { act, entry, was: was.clone() })
    }

    /// Removes a row.
    pub(super) fn remove(&self, tx: &mut dyn FleetTx, row: &Row) -> Result<(), TxError> {
        let act = fleet_file::Act::Remove;
        self.write_row(tx, &fleet_file::plan::Change { act, entry: row.clone(), was: row.clone() })
    }

    /// Writes a row of the admin log alone.
    pub(super) fn log(&self, tx: &mut dyn FleetTx, event: &'static str, row: &Row, what: &str) -> Result<(), TxError> {
        let (by, section, name) = (self.hand.by, row.table().log_name(), row.name());
        let (user, from, record_id) = (by.user.as_str(), by.from, name.as_str());
        let notes = format!("{} {what}", row.title()).trim_end().to_owned();
        tx.log_admin(&AdminEntry { user, from, section, event, record_id, code: CODE, notes })
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
pub fn execute(
    tx: &mut dyn FleetTx,
    change: &RowChange,
    hand: ChangeContext<'_>,
) -> Result<Result<ChangedRow, Refusal>, TxError> {
    let section = change.row.table();
    let Some(user) = tx.user(&hand.by.user)? else { return Ok(Err(Refusal::MayNot(MissingPermission::AdminAccess))) };
    if let Some(missing_permission) = missing_permission_for(&user, section, &change.act) {
        return Ok(Err(Refusal::MayNot(missing_permission)));
    }
    let eyes = Visibility::of(tx, &user)?;
    let task = Task { user: &user, hand, eyes: &eyes, change };
    let before = tx.row(&change.row)?;
    let ended = match (&change.act, &before) {
        (RowAction::Create(_), Some(_)) => Err(Refusal::Exists),
        (RowAction::Create(values), None) => task.save(tx, None, values)?,
        (_, None) => Err(Refusal::NotFound),
        (_, Some(row)) if !eyes.see(row) => Err(Refusal::NotFound),
        (_, Some(row)) if !task.is_met_by(row) => Err(Refusal::Stale(Box::new(task.done(row.clone())))),
        (RowAction::Patch(values), Some(row)) => task.save(tx, Some(row), values)?,
        (RowAction::Delete, Some(row)) => task.delete(tx, row)?,
        (RowAction::AddMember(login), Some(row)) => aliases::set_member(tx, &task, row, login, true)?,
        (RowAction::RemoveMember(login), Some(row)) => aliases::set_member(tx, &task, row, login, false)?,
    };
    if let Err(refusal) = ended {
        return Ok(Err(refusal));
    }
    let now = if change.act == RowAction::Delete { before } else { tx.row(&change.row)? };
    Ok(now.map(|row| task.done(row)).ok_or(Refusal::NotFound))
}

impl Task<'_> {
    fn is_met_by(&self, row: &Row) -> bool {
        match &self.change.condition {
            Condition::None | Condition::Exists => true,
            Condition::Is(tags) => tags.contains(&tag(row, self.hand.tag_key)),
        }
    }

    fn done(&self, row: Row) -> ChangedRow {
        ChangedRow { tag: tag(&row, self.hand.tag_key), row }
    }

    fn save(&self, tx: &mut dyn FleetTx, before: Option<&Row>, values: &Row) -> Ended {
        let renamed =
            before.is_some_and(|row| values.names().any(|(key, value)| !crate::name::same(value, row.text(key.name))));
        if renamed {
            let named = values.names().map(|(key, _)| key.name);
            let wrong = named.map(|key| Wrong { key: key.to_owned(), fault: Fault::Renamed });
            return Ok(Err(Refusal::Wrong(wrong.collect())));
        }
        match self.change.row.table() {
            Table::Phone => phones::save(tx, self, before, values),
            Table::Alias => aliases::save(tx, self, before, values),
            Table::User => users::save(tx, self, before, values),
            _ => others::save(tx, self, before, values),
        }
    }

    fn delete(&self, tx: &mut dyn FleetTx, row: &Row) -> Ended {
        match row.table() {
            Table::Phone => phones::delete(tx, self),
            Table::Alias => aliases::delete(tx, self, row),
            Table::User => users::delete(tx, self, row),
            _ => others::delete(tx, self, row),
        }
    }
}
