//! Database operations on rows of any table, for JSON, CSV and fleet files.

use crate::TxError;
use crate::rows::Page;
use crate::schema::{Row, Table};

/// Operations on rows of any table, for JSON, CSV and fleet files.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait RowsTx {
    /// All rows of a section with all columns, ordered by name.
    fn rows(&mut self, table: Table) -> Result<Vec<Row>, TxError>;

    /// The row with this key, with all columns. In a writing transaction it is locked from then on.
    fn row(&mut self, named: &Row) -> Result<Option<Row>, TxError>;

    /// A page of rows, in order.
    fn page(&mut self, page: &Page) -> Result<Vec<Row>, TxError>;

    /// Whether other rows refer to this one. Scans those tables.
    fn find_reference(&mut self, row: &Row) -> Result<bool, TxError>;

    /// Adds a row. Columns without a value get the schema's default.
    fn add_row(&mut self, row: &Row) -> Result<(), TxError>;

    /// Sets the entry's columns, except the key.
    fn change_row(&mut self, row: &Row) -> Result<(), TxError>;

    /// Deletes the row with the entry's key.
    fn remove_row(&mut self, row: &Row) -> Result<(), TxError>;

    /// The key of [`tag`], which is generated once per database.
    fn tag_key(&mut self) -> Result<Option<String>, TxError>;

    /// Stores a key of tags, unless one is stored.
    fn keep_tag_key(&mut self, key: &str) -> Result<(), TxError>;
}
