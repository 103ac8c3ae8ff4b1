//! What the rules ask of a database about users, their groups and their ranks.

use std::net::IpAddr;

use crate::TxError;
use crate::lists::{NamePage, UserSummary};
use crate::password::NewPassword;
use crate::records::{OwnPhone, User, UserGroup};
use crate::users::columns::{CopiedRanks, LiveAgentRow, Rank, RankedRows, UserColumn, UserValues};
use crate::users::permissions::{Access, Account};

/// Users, their groups and their ranks.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait UsersTx {
    /// The user of this name.
    fn user(&mut self, user: &str) -> Result<Option<User>, TxError>;

    /// The account of this name.
    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError>;

    /// Users in the order of their names.
    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError>;

    /// The phones of an account's own: the usual one, and the one behind it.
    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError>;

    /// Adds a user without a password. Columns that have no value get the table's default.
    fn create_account(&mut self, user: &str, values: &UserValues) -> Result<(), TxError>;

    /// Adds a user without a password who is like another one, ranks included, but has never logged in.
    fn copy_account(&mut self, source: &User, user: &str, full_name: &str) -> Result<CopiedRanks, TxError>;

    /// Changes these columns of a user.
    fn change_account(&mut self, user: &User, values: &UserValues) -> Result<(), TxError>;

    /// Changes what the account of this number may do.
    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError>;

    /// Deletes a user with the password and the ranks, so that nobody who gets the name later inherits them.
    fn delete_account(&mut self, user: &User) -> Result<(), TxError>;

    /// The first column that does not take its value, since it is narrower than VICIdial's documents say.
    fn does_not_take(&mut self, values: &UserValues) -> Result<Option<UserColumn>, TxError>;

    /// The number that was last given to a user as a name (`system_settings.auto_user_add_value`).
    fn auto_user(&mut self) -> Result<i64, TxError>;

    /// Keeps the number that was given.
    fn set_auto_user(&mut self, number: i64) -> Result<(), TxError>;

    /// Sets a user's ranks.
    fn rank(&mut self, user: &User, rank: &Rank<'_>) -> Result<RankedRows, TxError>;

    /// The agents who are logged in and are users, remote ones too, in the order of their logins.
    fn live_agents(&mut self, with_pauses: bool) -> Result<Vec<LiveAgentRow>, TxError>;

    /// A good login: its time and address, and no failures.
    fn record_login(&mut self, user: &User, from: IpAddr) -> Result<(), TxError>;

    /// A failed login. With `restart` the count began again, and its time is kept as that of the last login.
    fn record_login_failure(&mut self, user: &User, count: i64, restart: bool) -> Result<(), TxError>;

    /// Keeps a password for the user; a plain one is gone afterwards. If the plain one has become another one since the user was
    /// read, the command is carried out again.
    fn store_password(&mut self, user: &User, password: &NewPassword) -> Result<(), TxError>;

    /// The user group of this name.
    fn user_group(&mut self, user_group: &str) -> Result<Option<UserGroup>, TxError>;

    /// The entries of an IP list.
    fn ip_list(&mut self, ip_list_id: &str) -> Result<Vec<String>, TxError>;
}
