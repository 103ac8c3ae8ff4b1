//! The tables that Hotdesk keeps and their columns: what each column may hold, how it is shown, and a row as text. The JSON
//! API, CSV, the fleet file, the command line and the panel's forms all follow from it.

mod column;
mod invalid;
pub(crate) mod phone;
mod row;
mod table;
mod tables;
mod value;
mod value_type;

pub use column::{Column, FormField};
pub use invalid::{FileError, Invalid};
pub use row::Row;
pub use table::Table;
pub(crate) use tables::{PASS, PASS_HASH};
pub use value::{Object, Value};
pub use value_type::ValueType;
