//! Database operations on users, user groups, ranks and IP lists.

use std::net::IpAddr;

use crate::TxError;
use crate::lists::{NamePage, UserSummary};
use crate::password::NewPassword;
use crate::records::{OwnPhone, User, UserGroup};
use crate::users::columns::{CopiedRanks, LiveAgentRow, Rank, RankedRows, UserColumn, UserValues};
use crate::users::permissions::{Access, Account};

/// Operations on users, user groups, ranks and IP lists.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait UsersTx {
    /// The user of this name.
    fn user(&mut self, user: &str) -> Result<Option<User>, TxError>;

    /// The account of this name.
    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError>;

    /// A page of users, ordered by name.
    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError>;

    /// The phones that are assigned to an account: the usual one, and the fallback.
    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError>;

    /// Adds a user without a password. Columns that have no value get the table's default.
    fn create_account(&mut self, user: &str, values: &UserValues) -> Result<(), TxError>;

    /// Adds a user without a password as a copy of another user, including ranks but without login history.
    fn copy_account(&mut self, source: &User, user: &str, full_name: &str) -> Result<CopiedRanks, TxError>;

    /// Changes these columns of a user.
    fn change_account(&mut self, user: &User, values: &UserValues) -> Result<(), TxError>;

    /// Changes the permissions of the account with this row number.
    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError>;

    /// Deletes a user with the password and the ranks, so that a later user of the same name does not inherit them.
    fn delete_account(&mut self, user: &User) -> Result<(), TxError>;

    /// The first column in which a value does not fit, because the column is narrower than VICIdial documents.
    fn first_too_long(&mut self, values: &UserValues) -> Result<Option<UserColumn>, TxError>;

    /// The number that was last used as a generated user name (`system_settings.auto_user_add_value`).
    fn auto_user(&mut self) -> Result<i64, TxError>;

    /// Stores the last generated number.
    fn set_auto_user(&mut self, number: i64) -> Result<(), TxError>;

    /// Sets a user's ranks.
    fn rank(&mut self, user: &User, rank: &Rank<'_>) -> Result<RankedRows, TxError>;

    /// The logged-in agents with a user account, including remote ones, ordered by login.
    fn live_agents(&mut self, with_pauses: bool) -> Result<Vec<LiveAgentRow>, TxError>;

    /// Records a successful login: its time and address, and no failures.
    fn record_login(&mut self, user: &User, from: IpAddr) -> Result<(), TxError>;

    /// Records a failed login. `restart` means that the count starts again, and sets the time of the last login.
    fn record_login_failure(&mut self, user: &User, count: i64, restart: bool) -> Result<(), TxError>;

    /// Stores a password for the user and clears a plain one. If the plain one has changed since the user was read, the command
    /// is executed again.
    fn store_password(&mut self, user: &User, password: &NewPassword) -> Result<(), TxError>;

    /// The user's address on file.
    fn user_email(&mut self, user: &User) -> Result<String, TxError>;

    /// The user has to choose another password (`vicidial_users.force_change_password`).
    fn require_password_change(&mut self, user: &User) -> Result<(), TxError>;

    /// The user group of this name.
    fn user_group(&mut self, user_group: &str) -> Result<Option<UserGroup>, TxError>;

    /// The entries of an IP list.
    fn ip_list(&mut self, ip_list_id: &str) -> Result<Vec<String>, TxError>;
}
