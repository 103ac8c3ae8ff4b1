//! Common parts of saving and deleting for all tables: authorization, refusals, and writing a row with its row of the audit log.
//! The rules of each table are in its own module.

mod row_diff;

use crate::actor::Actor;
use crate::aliases::save::AliasFault;
use crate::audit_log::RowEvent;
use crate::authorization::{MissingPermission, Visibility, authorize};
use crate::phones::{InvalidPhoneField, PhoneFault};
use crate::records::User;
use crate::schema::{Invalid, Row, Table};
use crate::sessions::LiveStatus;
use crate::text::Alphabet;
use crate::{FleetTx, OperationError};

pub(crate) use row_diff::request_rebuilds;
pub use row_diff::{ColumnDiff, RowDiff};

/// A fault in the value of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKey {
    /// The key.
    pub key: &'static str,
    /// The fault.
    pub fault: KeyFault,
}

/// A fault in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// The value is not valid for the key.
    Value(Invalid),
    /// The value violates a rule of phones.
    Phone(PhoneFault),
    /// The value violates a rule of aliases.
    Alias(AliasFault),
    /// The actor may not grant this level.
    LevelTooHigh,
    /// The actor lacks this right, and so may not grant it.
    RightLacking,
    /// The value would take the permission to make changes from the actor's own account.
    LocksOwnAccountOut,
    /// The key of an existing row cannot change.
    Renamed,
    /// A dialer cannot be its own twin.
    Itself,
    /// A row of this name exists.
    Taken,
}

impl From<InvalidPhoneField> for InvalidKey {
    fn from(invalid: InvalidPhoneField) -> Self {
        Self::new(invalid.key, KeyFault::Phone(invalid.fault))
    }
}

impl InvalidKey {
    /// A fault in this key.
    #[must_use]
    pub fn new(key: &'static str, fault: KeyFault) -> Self {
        Self { key, fault }
    }

    /// A fault in the key of this table that `what` is about.
    #[must_use]
    pub fn of(table: Table, what: Invalid) -> Self {
        let key = what.key().and_then(|key| table.column(key)).map_or("", |key| key.name);
        Self { key, fault: KeyFault::Value(what) }
    }
}

/// The reason why nothing was saved or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveRefusal {
    /// The actor's account lacks this permission.
    Missing(MissingPermission),
    /// There is no such row, or the account does not see it.
    NotFound,
    /// The row already exists.
    Exists,
    /// The row has changed since the actor saw it.
    Stale {
        /// The row as it is now.
        row: Box<Row>,
        /// The keys that changed, if known.
        keys: Vec<&'static str>,
    },
    /// The alias does not have this login.
    NoSuchMember,
    /// These values are not valid.
    Invalid(Vec<InvalidKey>),
    /// Other rows refer to the row.
    InUse,
    /// The dialer still has this many phones.
    HasPhones(u32),
    /// This many agents are on the dialer.
    HasAgents(u32),
    /// A different agent is on the phone by now.
    AgentChanged,
}

/// Error of saving or deleting a row. A refusal means that nothing was written.
pub type SaveError = OperationError<SaveRefusal>;

impl From<SaveRefusal> for SaveError {
    fn from(refusal: SaveRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<InvalidKey> for SaveError {
    fn from(invalid: InvalidKey) -> Self {
        Self::Refused(SaveRefusal::Invalid(vec![invalid]))
    }
}

/// Refuses values if there are any faults.
pub(crate) fn refuse(invalid: Vec<InvalidKey>) -> Result<(), SaveRefusal> {
    if invalid.is_empty() { Ok(()) } else { Err(SaveRefusal::Invalid(invalid)) }
}

/// An authorized actor, and the context that the rules of each table need.
pub(crate) struct Editor<'a> {
    /// The actor.
    pub actor: &'a Actor,
    /// The actor's account.
    pub user: User,
    /// The rows that the account sees.
    pub visibility: Visibility,
    /// The current state of the dialers.
    pub live_status: &'a dyn LiveStatus,
    /// The alphabet for reading texts.
    pub alphabet: Alphabet,
}

impl<'a> Editor<'a> {
    /// Authorizes an actor for a change to rows of a table.
    pub fn authorized(
        tx: &mut dyn FleetTx,
        actor: &'a Actor,
        (event, table): (RowEvent, Table),
        live_status: &'a dyn LiveStatus,
    ) -> Result<Self, SaveError> {
        let user = authorize(tx, actor, event, table)?;
        let visibility = Visibility::of(tx, &user)?;
        Ok(Self { actor, user, visibility, live_status, alphabet: tx.settings()?.alphabet() })
    }

    /// The row with the key of `named`, if the account sees it.
    pub fn find(&self, tx: &mut dyn FleetTx, named: &Row) -> Result<Row, SaveError> {
        let row = tx.row(named)?.filter(|row| self.visibility.see(row));
        row.ok_or(SaveError::Refused(SaveRefusal::NotFound))
    }
}
