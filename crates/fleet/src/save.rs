//! What saving and deleting have in common for every table: who may do it, why it is refused, and writing a row together with its
//! row of the audit log. The rules of each table are in the table's own module.

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
use crate::{FleetTx, OperationError, TxError};

pub(crate) use row_diff::request_rebuilds;
pub use row_diff::{ColumnDiff, RowDiff};

/// Something wrong with the value of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKey {
    /// The key.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: KeyFault,
}

/// What can be wrong with the value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// The key cannot have it.
    Value(Invalid),
    /// A phone cannot have it.
    Phone(PhoneFault),
    /// An alias cannot have it.
    Alias(AliasFault),
    /// The actor may not give this level.
    LevelTooHigh,
    /// The actor lacks this right, and so may not give it.
    RightLacking,
    /// The actor's own account could not change anything any more.
    LocksOneselfOut,
    /// A row keeps its name.
    Renamed,
    /// A dialer cannot be its own twin.
    Itself,
    /// There is a row of this name already.
    Taken,
}

impl From<InvalidPhoneField> for InvalidKey {
    fn from(invalid: InvalidPhoneField) -> Self {
        Self::new(invalid.key, KeyFault::Phone(invalid.fault))
    }
}

impl InvalidKey {
    /// A key with what is wrong with it.
    #[must_use]
    pub fn new(key: &'static str, fault: KeyFault) -> Self {
        Self { key, fault }
    }

    /// A key of this table, by what is wrong with its value.
    #[must_use]
    pub fn of(table: Table, what: Invalid) -> Self {
        let key = what.key().and_then(|key| table.column(key)).map_or("", |key| key.name);
        Self { key, fault: KeyFault::Value(what) }
    }
}

/// Why nothing was saved or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveRefusal {
    /// The actor's account lacks this.
    Missing(MissingPermission),
    /// There is no such row, or none that the account sees.
    NotFound,
    /// There is such a row already.
    Exists,
    /// The row has changed since it was looked at.
    Stale {
        /// The row as it is now.
        row: Box<Row>,
        /// The keys that changed, where that is known.
        keys: Vec<&'static str>,
    },
    /// The alias does not have this login.
    NoSuchMember,
    /// These keys cannot have these values.
    Invalid(Vec<InvalidKey>),
    /// Other rows name it.
    InUse,
    /// The dialer has so many phones.
    HasPhones(u32),
    /// So many agents are on the dialer.
    HasAgents(u32),
    /// Another agent is on the phone than was said.
    AgentChanged,
}

/// Why a row was not saved or deleted. Nothing was written if it is a refusal.
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

/// Refuses values if something is wrong with any of them.
pub(crate) fn refuse(invalid: Vec<InvalidKey>) -> Result<(), SaveRefusal> {
    if invalid.is_empty() { Ok(()) } else { Err(SaveRefusal::Invalid(invalid)) }
}

/// What the rules of each table work with: an actor who may make the change, and what is known beyond the database.
pub(crate) struct Editor<'a> {
    /// Who makes the change.
    pub actor: &'a Actor,
    /// The actor's account.
    pub user: User,
    /// Which rows the account sees.
    pub visibility: Visibility,
    /// The dialers as they are now.
    pub live_status: &'a dyn LiveStatus,
    /// The alphabet that texts are read in.
    pub alphabet: Alphabet,
}

impl<'a> Editor<'a> {
    /// The actor, if the account may do this with rows of a table.
    pub fn authorized(
        tx: &mut dyn FleetTx,
        actor: &'a Actor,
        (event, table): (RowEvent, Table),
        live_status: &'a dyn LiveStatus,
    ) -> Result<Self, SaveError> {
        let user = authorize(tx, actor, event, table)?;
        let visibility = Visibility::of(tx, &user)?;
        Ok(Self { actor, user, visibility, live_status, alphabet: alphabet(tx)? })
    }

    /// The row that `named` names, if the account sees it.
    pub fn find(&self, tx: &mut dyn FleetTx, named: &Row) -> Result<Row, SaveError> {
        let row = tx.row(named)?.filter(|row| self.visibility.see(row));
        row.ok_or(SaveError::Refused(SaveRefusal::NotFound))
    }
}

/// The alphabet that the system's texts are written in.
fn alphabet(tx: &mut dyn FleetTx) -> Result<Alphabet, TxError> {
    Ok(if tx.settings()?.use_non_latin { Alphabet::Unicode } else { Alphabet::Latin })
}
