//! Fleet files: the desired content of a database as a TOML or JSON document.
//!
//! A document is parsed ([`mod@read`]) into entries, each of which sets some keys of one row. A [`plan`] compares them with the
//! database's rows, checks that all references exist afterwards, and lists the changes. [`execute`] applies them in one
//! transaction. Keys that an entry does not name are left alone: an existing row keeps its value, and a new row gets the schema's
//! default.

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
pub use read::{FileRow, Reading, alphabet, read, read_row};
