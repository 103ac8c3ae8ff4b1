//! The rules of Hotdesk: phones, phone aliases, dialers, users, and what may be done with them.
//!
//! Nothing here does I/O, waits, reads the clock or draws random numbers: a rule is an ordinary function over a
//! [`FleetTx`], with the time as an argument, so each of them is tested without a server. What a client reads as an
//! answer is worded in `web`; here an answer is a variant.

pub mod actor;
pub mod admin_session;
pub mod aliases;
pub mod audit_log;
pub mod authorization;
pub mod backoff;
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
pub mod name;
pub mod nodes;
pub mod non_agent_api;
mod operation_error;
pub mod password;
pub mod phones;
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
