//! The panel for people: who is in it, the lists that they look at, and what they change about accounts.

pub mod accounts;
pub mod aliases;
pub mod dialers;
pub mod lists;
pub mod logins;
pub mod members;
pub mod minutes;
pub mod past;
pub mod phones;
pub mod plans;
pub mod softphones;
pub mod system;
pub mod visit;

pub use accounts::{Access, Account};
pub use lists::{AliasLine, By, PhoneLine, PhonesWanted, UserLine, Wanted};
pub use logins::{LoginLine, Logins, LoginsFilter, LoginsWanted, Per, Tally};
pub use minutes::{Minute, MinuteTx};
pub use past::{AdminLine, AdminLogWanted, ApiLine, ApiLogWanted, Onward, PastTx, Stretch, Window};
pub use phones::PhonesTx;
pub use plans::{Plan, PlanTx};
pub use softphones::SoftphoneTx;
pub use system::{System, SystemTx};
pub use visit::{Role, Visit, VisitRow};

use std::net::IpAddr;

use crate::records::User;
use crate::{FleetTx, Moment, TxError};

/// What the panel asks of a database. None of these looks at any rule.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait PanelTx {
    /// Keeps a visit that begins now, by the digest of its key.
    fn begin_visit(&mut self, key_digest: &str, user: &str, from: IpAddr) -> Result<(), TxError>;

    /// The visit with this digest.
    fn visit(&mut self, key_digest: &str) -> Result<Option<VisitRow>, TxError>;

    /// A visit is in use now.
    fn use_visit(&mut self, key_digest: &str) -> Result<(), TxError>;

    /// Every visit by the digest of its key, the one that was used last first; those that are over, too.
    fn visits(&mut self) -> Result<Vec<(String, VisitRow)>, TxError>;

    /// Ends a visit, if there is one.
    fn end_visit(&mut self, key_digest: &str) -> Result<(), TxError>;

    /// Ends every visit of a user but the one with this digest; returns how many.
    fn end_visits_of(&mut self, user: &str, but: &str) -> Result<usize, TxError>;

    /// Deletes visits that began, or were last used, before these times.
    fn forget_visits(&mut self, began: Moment, used: Moment) -> Result<usize, TxError>;

    /// Phones in order, found by an index however many there are.
    fn list_phones(&mut self, wanted: &PhonesWanted) -> Result<Vec<PhoneLine>, TxError>;

    /// Aliases in the order of their names.
    fn list_aliases(&mut self, wanted: &Wanted) -> Result<Vec<AliasLine>, TxError>;

    /// Users in the order of their names.
    fn list_users(&mut self, wanted: &Wanted) -> Result<Vec<UserLine>, TxError>;

    /// Logins of some time, the latest first.
    fn list_logins(&mut self, wanted: &LoginsWanted) -> Result<Logins, TxError>;

    /// The login of this number.
    fn login(&mut self, session_id: i64) -> Result<Option<LoginLine>, TxError>;

    /// How many logins there were in each hour or day, on each dialer; of the latest so many that are looked at.
    fn count_logins(&mut self, filter: &LoginsFilter, per: Per, looks_at: u32) -> Result<Tally, TxError>;

    /// The account of this name.
    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError>;

    /// Changes what the account of this number may do.
    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError>;
}

/// The account of this name, if it may change things in the panel. Asked inside the transaction too: who loses the right loses it at
/// once.
pub(crate) fn administrator(tx: &mut dyn FleetTx, name: &str) -> Result<Option<User>, TxError> {
    Ok(tx.user(name)?.filter(|user| Role::of(user) == Some(Role::Administrator)))
}
