//! Database interface of the rules: one transaction, as a synchronous object. Each subject has a trait in its own file, and
//! [`FleetTx`] combines them.
//!
//! Look-ups return an `Option`, since a missing row is a normal result. Names compare by [`crate::name::key`]. All writes become
//! durable when the transaction commits, or none do.

mod admin_sessions;
mod agent_api;
mod agent_states;
mod aliases;
mod campaigns;
mod conferences;
mod dialer_files;
mod dialers;
mod floor_minutes;
mod idempotency;
mod logs;
mod monitoring;
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
pub use agent_api::AgentApiTx;
pub use agent_states::AgentStatesTx;
pub use aliases::AliasesTx;
pub use campaigns::CampaignsTx;
pub use conferences::ConferencesTx;
pub use dialer_files::DialerFilesTx;
pub use dialers::DialersTx;
pub use floor_minutes::FloorMinutesTx;
pub use idempotency::IdempotencyTx;
pub use logs::LogsTx;
pub use monitoring::MonitoringTx;
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

/// Error of a transaction. The caller's command has failed, and nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum TxError {
    /// The database returned an error or is not available.
    #[error("the database could not execute the command: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A value does not fit in its column, which is narrower than VICIdial documents. Nothing of the row was written.
    #[error("a value does not fit: {0}")]
    DoesNotFit(String),
    /// The command requested a rollback.
    #[error("the command was rolled back")]
    GivenUp,
    /// The rows that were read contradict each other.
    #[error("inconsistent data in {table}.{column} at {key}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        key: String,
    },
}

/// A row of the audit log (table `vicidial_admin_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminEntry<'a> {
    /// The account that made the change.
    pub user: &'a str,
    /// The client's address.
    pub from: IpAddr,
    /// `PHONES`, `PHONEALIASES`, `SERVERS`, `USERS`.
    pub section: &'static str,
    /// `ADD`, `MODIFY`, `DELETE`, `OTHER`.
    pub event: &'static str,
    /// The changed record.
    pub record_id: &'a str,
    /// The source and the kind of the change, as text.
    pub code: String,
    /// Details.
    pub notes: String,
}

/// A row of the API log (table `vicidial_api_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiEntry<'a> {
    /// The calling account.
    pub user: &'a str,
    /// The function.
    pub function: &'a str,
    /// `SUCCESS`, `ERROR` or `NOTICE`.
    pub result: &'static str,
    /// The reason, as text.
    pub reason: &'a str,
    /// The calling program.
    pub source: &'a str,
    /// The other parameters as a query string, without secrets.
    pub request: &'a str,
}

/// A table of past events whose old rows are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// `vicidial_api_log`: one row per call.
    Api,
    /// `vicidial_admin_log`: one row per change.
    Admin,
    /// `hotdesk_session`: one row per agent session. Open sessions are never deleted.
    Session,
    /// `hotdesk_line_change`: one row per change of a registration.
    Line,
    /// `hotdesk_repeat`: one row per change with an idempotency key.
    Repeat,
}

/// One transaction on the fleet's tables. Every method fails with [`TxError`] if the database does.
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
    + AgentStatesTx
    + CampaignsTx
    + MonitoringTx
    + AgentApiTx
{
    /// The time of the transaction, on the database's clock.
    fn now(&self) -> Timestamp;
}
