//! Fleet files: what a database shall hold, written down.
//!
//! A file's document is read ([`mod@read`]) into entries, each of which sets some keys of one row. A [`plan`] compares them
//! with the rows that are there, checks that every reference still leads somewhere, and says what has to change. Carrying
//! it out ([`carry_out`]) is one transaction. An entry says nothing about a key that it does not name: an existing row
//! keeps its value, a new one gets the schema's default.

pub mod carry_out;
mod check;
pub mod document;
pub mod entry;
pub mod export;
pub mod fleet;
mod keys;
pub mod kind;
pub mod mistake;
pub mod plan;
pub mod read;
pub mod section;
pub mod sheet;
pub mod weights;

pub use carry_out::{By, FileTx, ask_rebuilds, carry_out, write_row};
pub use document::{Raw, Table};
pub use entry::Entry;
pub use export::export;
pub use fleet::Fleet;
pub use mistake::{Mistake, What};
pub use plan::{Act, Change, Detail, Plan, plan, plan_what_is_right};
pub use read::{Reading, Wanted, alphabet, read, read_entry};
pub use section::{Key, Section};
