//! The rules of Hotdesk: phones, phone aliases, users, dialers, agent sessions and placement.
//!
//! This crate does no I/O, does not wait, and reads neither the clock nor random numbers: a rule is a plain function over a
//! [`FleetTx`] with the time as an argument, so it can be tested without a server. Outcomes are enum variants; `web` turns them
//! into the texts that clients read.

pub mod actor;
pub mod admin_session;
pub mod agent_api;
pub mod agent_states;
pub mod aliases;
pub mod audit_log;
pub mod authorization;
pub mod backoff;
pub mod campaigns;
pub mod diagnostics;
pub mod dialer_files;
pub mod dialer_status;
pub mod dialers;
pub mod field;
pub mod fleet_file;
pub mod floor_minutes;
pub mod idempotency;
pub mod ip_list;
pub mod lists;
pub mod login;
pub mod monitoring;
pub mod name;
pub mod nodes;
pub mod non_agent_api;
mod operation_error;
pub mod password;
pub mod phones;
pub mod php_number;
pub mod placement;
pub mod records;
pub mod registrations;
pub mod rng;
pub mod rows;
pub mod save;
pub mod schema;
pub mod sessions;
pub mod softphone_links;
pub mod system_settings;
pub mod text;
pub mod time;
pub mod tokens;
pub mod tx;
pub mod users;
pub mod webhooks;

pub use actor::Actor;
pub use authorization::Scope;
pub use non_agent_api::{Call, Command, Outcome};
pub use operation_error::{OperationError, settle};
pub use rng::Rng;
pub use time::{Clock, Timestamp};
pub use tx::{FleetTx, TxError};
