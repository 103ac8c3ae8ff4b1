//! Database operations on aliases.

use crate::TxError;
use crate::lists::{AliasSummary, NamePage};
use crate::records::Alias;

/// Operations on aliases.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait AliasesTx {
    /// The alias of this name.
    fn alias(&mut self, alias_id: &str) -> Result<Option<Alias>, TxError>;

    /// Whether the alias exists.
    fn alias_exists(&mut self, alias_id: &str) -> Result<bool, TxError>;

    /// A page of aliases, ordered by name.
    fn list_aliases(&mut self, wanted: &NamePage) -> Result<Vec<AliasSummary>, TxError>;

    /// The aliases that contain this login, ordered by name. Scans all aliases.
    fn aliases_of_login(&mut self, login: &str) -> Result<Vec<AliasSummary>, TxError>;

    /// Adds an alias.
    fn add_alias(&mut self, alias: &Alias) -> Result<(), TxError>;

    /// Replaces all columns of the alias except its id.
    fn update_alias(&mut self, alias: &Alias) -> Result<(), TxError>;

    /// Deletes an alias.
    fn delete_alias(&mut self, alias_id: &str) -> Result<(), TxError>;
}
