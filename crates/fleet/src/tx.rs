//! What the rules ask of a database: one transaction, as a plain synchronous object. Each thing has a trait in a file of its
//! own, and [`FleetTx`] is all of them.
//!
//! A look-up returns an `Option`, since "not there" is an answer. Names compare by [`crate::name::key`]. What is written is
//! there for good when the transaction commits, all of it or nothing.

mod admin_sessions;
mod aliases;
mod conferences;
mod dialer_files;
mod dialers;
mod floor_minutes;
mod idempotency;
mod logs;
mod nodes;
mod phones;
mod planned_drains;
mod registrations;
mod rows;
mod session_history;
mod sessions;
mod settings;
mod softphone_links;
mod tokens;
mod users;
mod webhooks;

use std::net::IpAddr;

use crate::Timestamp;

pub use admin_sessions::AdminSessionsTx;
pub use aliases::AliasesTx;
pub use conferences::ConferencesTx;
pub use dialer_files::DialerFilesTx;
pub use dialers::DialersTx;
pub use floor_minutes::FloorMinutesTx;
pub use idempotency::IdempotencyTx;
pub use logs::LogsTx;
pub use nodes::NodesTx;
pub use phones::PhonesTx;
pub use planned_drains::PlannedDrainsTx;
pub use registrations::RegistrationsTx;
pub use rows::RowsTx;
pub use session_history::SessionHistoryTx;
pub use sessions::SessionsTx;
pub use settings::SettingsTx;
pub use softphone_links::SoftphoneLinksTx;
pub use tokens::TokensTx;
pub use users::UsersTx;
pub use webhooks::WebhooksTx;

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
    /// Its source and what it is, in words.
    pub code: String,
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

/// One transaction on the fleet's tables. Every method fails with [`TxError`] when the database does.
pub trait FleetTx:
    PhonesTx
    + AliasesTx
    + UsersTx
    + AdminSessionsTx
    + SessionsTx
    + SessionHistoryTx
    + ConferencesTx
    + DialersTx
    + PlannedDrainsTx
    + FloorMinutesTx
    + DialerFilesTx
    + RegistrationsTx
    + NodesTx
    + WebhooksTx
    + TokensTx
    + SoftphoneLinksTx
    + IdempotencyTx
    + LogsTx
    + RowsTx
    + SettingsTx
{
    /// When the transaction takes place, on the database's clock.
    fn now(&self) -> Timestamp;
}
