//! Descriptions of the tables that Hotdesk manages: their columns, the valid values of each column, and rows as text. The JSON
//! API, CSV, the fleet file, the command line and the panel's forms are derived from them.

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
