//! What the rules ask of a database: one transaction, as a plain synchronous object.
//!
//! A look-up returns an `Option`, since "not there" is an answer. Names compare by [`crate::name::key`]. What is written is
//! there for good when the transaction commits, all of it or nothing.

pub mod panel;

use std::net::IpAddr;

use crate::Timestamp;
use crate::audit_log::LogSearchTx;
use crate::dialer_files::DialerFilesTx;
use crate::dialers::planned_drains::PlanTx;
use crate::fleet_file::FileTx;
use crate::floor_minutes::MinuteTx;
use crate::idempotency::IdempotencyTx;
use crate::nodes::NodeTx;
use crate::password::NewPassword;
use crate::phones::PhonesTx;
use crate::records::{Alias, NewUser, Phone, PhoneKey, SystemSettings, User, UserGroup};
use crate::registrations::RegistrationTx;
use crate::rows::ResourceTx;
use crate::sessions::{DialerTx, SeatingTx, SessionTx};
use crate::softphone_links::SoftphoneTx;
use crate::system_settings::SystemTx;
use crate::tokens::TokenTx;
use crate::tx::panel::PanelTx;
use crate::users::columns::AccountsTx;
use crate::webhooks::WebhookTx;

/// Why a transaction could not go on. The caller's command has failed and nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum TxError {
    /// The database refused or broke.
    #[error("the database could not carry out the command: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A column does not take a value, since it is narrower than VICIdial's documents say. Nothing of the row was written.
    #[error("a value does not fit: {0}")]
    DoesNotFit(String),
    /// The command has found that nothing of it is to be kept.
    #[error("the command gave up")]
    GivenUp,
    /// What was read contradicts what was read before.
    #[error("inconsistent data in {table}.{column} at {key}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        key: String,
    },
}

/// What changes in a table that administrators look after (table `vicidial_admin_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminEntry<'a> {
    /// Who changed it.
    pub user: &'a str,
    /// From where.
    pub from: IpAddr,
    /// `PHONES`, `PHONEALIASES`, `SERVERS`, `USERS`.
    pub section: &'static str,
    /// `ADD`, `MODIFY`, `DELETE`, `OTHER`.
    pub event: &'static str,
    /// What was changed.
    pub record_id: &'a str,
    /// In words.
    pub code: &'static str,
    /// Details.
    pub notes: String,
}

/// One call of the API (table `vicidial_api_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiEntry<'a> {
    /// Who called.
    pub user: &'a str,
    /// What was called.
    pub function: &'a str,
    /// `SUCCESS`, `ERROR` or `NOTICE`.
    pub result: &'static str,
    /// Why, in words.
    pub reason: &'a str,
    /// What program called.
    pub source: &'a str,
    /// What else was sent, as a query, with secrets left out.
    pub request: &'a str,
}

/// A table that tells what was, kept for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// `vicidial_api_log`: a row a call.
    Api,
    /// `vicidial_admin_log`: a row a change.
    Admin,
    /// `hotdesk_session`: a row a stay of an agent. One that is not over is never old.
    Session,
    /// `hotdesk_line_change`: a row each time that a line became registered, or was not any more.
    Line,
    /// `hotdesk_repeat`: a row a change that can be repeated.
    Repeat,
}

/// The logs, in the same transaction as what they tell of.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait LogTx {
    /// Writes a row of the admin log.
    fn log_admin(&mut self, entry: &AdminEntry<'_>) -> Result<(), TxError>;

    /// Writes a row of the API log.
    fn log_api(&mut self, entry: &ApiEntry<'_>) -> Result<(), TxError>;

    /// Deletes the oldest rows of a log if they are from before a time, at most so many. Returns how many that were; if fewer,
    /// there are no more.
    fn forget(&mut self, log: Log, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}

/// One transaction on the fleet's tables. Every method fails with [`TxError`] when the database does.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait FleetTx:
    FileTx
    + DialerFilesTx
    + LogTx
    + SeatingTx
    + SessionTx
    + DialerTx
    + NodeTx
    + RegistrationTx
    + PanelTx
    + PhonesTx
    + MinuteTx
    + PlanTx
    + SoftphoneTx
    + LogSearchTx
    + SystemTx
    + AccountsTx
    + ResourceTx
    + IdempotencyTx
    + TokenTx
    + WebhookTx
{
    /// When the transaction takes place, on the database's clock.
    fn now(&self) -> Timestamp;

    /// The system's settings.
    fn settings(&mut self) -> Result<SystemSettings, TxError>;

    /// The user of this name.
    fn user(&mut self, user: &str) -> Result<Option<User>, TxError>;

    /// Adds a user without a password.
    fn add_user(&mut self, user: &NewUser) -> Result<(), TxError>;

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

    /// The time zone of an active dialer, for `version`.
    fn active_dialer_gmt(&mut self) -> Result<Option<String>, TxError>;

    /// Whether there is such a dialer.
    fn has_dialer(&mut self, server_ip: &str) -> Result<bool, TxError>;

    /// Whether there is such a configuration template.
    fn has_template(&mut self, template_id: &str) -> Result<bool, TxError>;

    /// The phone of this name.
    fn phone(&mut self, key: &PhoneKey) -> Result<Option<Phone>, TxError>;

    /// Whether there is such a phone.
    fn has_phone(&mut self, key: &PhoneKey) -> Result<bool, TxError>;

    /// Whether a phone has this login.
    fn has_login(&mut self, login: &str) -> Result<bool, TxError>;

    /// The phones that have this login: one, unless other programs wrote here.
    fn phones_with_login(&mut self, login: &str) -> Result<Vec<PhoneKey>, TxError>;

    /// The logins of the phones with this extension and protocol on all dialers, in the order of `server_ip`.
    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError>;

    /// Adds a phone.
    fn add_phone(&mut self, phone: &Phone) -> Result<(), TxError>;

    /// Replaces everything but the key of the phone.
    fn update_phone(&mut self, phone: &Phone) -> Result<(), TxError>;

    /// Deletes a phone.
    fn delete_phone(&mut self, key: &PhoneKey) -> Result<(), TxError>;

    /// The alias of this name.
    fn alias(&mut self, alias_id: &str) -> Result<Option<Alias>, TxError>;

    /// Whether there is such an alias.
    fn has_alias(&mut self, alias_id: &str) -> Result<bool, TxError>;

    /// Adds an alias.
    fn add_alias(&mut self, alias: &Alias) -> Result<(), TxError>;

    /// Replaces everything but the name of the alias.
    fn update_alias(&mut self, alias: &Alias) -> Result<(), TxError>;

    /// Deletes an alias.
    fn delete_alias(&mut self, alias_id: &str) -> Result<(), TxError>;
}
