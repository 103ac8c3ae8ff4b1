//! Fleet files: what a database shall hold, written down.
//!
//! A file's document is read ([`mod@read`]) into entries, each of which sets some keys of one row. A [`plan`] compares them
//! with the rows that are there, checks that every reference still leads somewhere, and says what has to change. Carrying
//! it out ([`execute`]) is one transaction. An entry says nothing about a key that it does not name: an existing row
//! keeps its value, a new one gets the schema's default.

mod check;
pub mod execute;
pub mod export;
pub mod fleet;
pub mod plan;
pub mod read;
pub mod sheet;
pub mod weights;

pub use execute::execute;
pub use export::export;
pub use fleet::Fleet;
pub use plan::{FleetPlan, plan, plan_what_is_right};
pub use read::{FileRow, Reading, alphabet, read, read_entry};
