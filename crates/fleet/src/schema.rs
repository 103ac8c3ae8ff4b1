//! The tables that Hotdesk keeps and their columns: what each column may hold, how it is shown, and a row as text. The JSON
//! API, CSV, the fleet file, the command line and the panel's forms all follow from it.

mod columns;
mod invalid;
mod row;
mod table;
mod value;
mod value_type;

pub(crate) use columns::{PASS, PASS_HASH};
pub use invalid::{FileError, Invalid};
pub use row::Row;
pub use table::{Column, Table};
pub use value::{Object, Value};
pub use value_type::ValueType;
