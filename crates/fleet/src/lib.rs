//! The rules of Hotdesk: phones, phone aliases, dialers, users, and what may be done with them.
//!
//! Nothing here does I/O, waits, reads the clock or draws random numbers: a rule is an ordinary function over a
//! [`FleetTx`], with the time as an argument, so each of them is tested without a server. What a client reads as an
//! answer is worded in `web`; here an answer is a variant.

pub mod accounts;
pub mod checkup;
pub mod command;
pub mod dialer_files;
pub mod entropy;
pub mod field;
pub mod fleet_file;
pub mod ip_list;
pub mod lines;
pub mod login;
pub mod moment;
pub mod name;
pub mod nodes;
pub mod panel;
pub mod pass_hash;
pub mod password;
pub mod placement;
pub mod records;
pub mod repeats;
pub mod resource;
pub mod scope;
pub mod seating;
pub mod text;
pub mod tokens;
pub mod tx;
pub mod webhooks;

pub use command::{Call, Command, Ending};
pub use entropy::Entropy;
pub use moment::{Clock, Moment};
pub use scope::Scope;
pub use tx::{FleetTx, TxError};
