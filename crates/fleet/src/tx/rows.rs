//! What the rules ask of a database about rows of any table, for JSON, CSV and fleet files.

use crate::TxError;
use crate::rows::Page;
use crate::schema::{Row, Table};

/// Rows of any table, for JSON, CSV and fleet files.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait RowsTx {
    /// All rows of a section with all their columns, in the order of their names.
    fn rows(&mut self, section: Table) -> Result<Vec<Row>, TxError>;

    /// The row that the entry names, with all its columns. Who writes holds it from then on.
    fn row(&mut self, named: &Row) -> Result<Option<Row>, TxError>;

    /// The rows behind another one, in their order.
    fn page(&mut self, page: &Page) -> Result<Vec<Row>, TxError>;

    /// Whether other rows name this one. Looks at all of those.
    fn find_reference(&mut self, row: &Row) -> Result<bool, TxError>;

    /// Adds a row; what the entry does not set gets the schema's default.
    fn add_row(&mut self, entry: &Row) -> Result<(), TxError>;

    /// Sets the columns that the entry has, apart from those that name the row.
    fn change_row(&mut self, entry: &Row) -> Result<(), TxError>;

    /// Removes the row that the entry names.
    fn remove_row(&mut self, entry: &Row) -> Result<(), TxError>;

    /// The key of [`tag`], which is drawn once for a database.
    fn tag_key(&mut self) -> Result<Option<String>, TxError>;

    /// Keeps a key of tags, unless there is one.
    fn keep_tag_key(&mut self, key: &str) -> Result<(), TxError>;
}
