//! What the rules ask of a database about aliases.

use crate::TxError;
use crate::lists::{AliasSummary, NamePage};
use crate::records::Alias;

/// Aliases.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait AliasesTx {
    /// The alias of this name.
    fn alias(&mut self, alias_id: &str) -> Result<Option<Alias>, TxError>;

    /// Whether there is such an alias.
    fn alias_exists(&mut self, alias_id: &str) -> Result<bool, TxError>;

    /// Aliases in the order of their names.
    fn list_aliases(&mut self, wanted: &NamePage) -> Result<Vec<AliasSummary>, TxError>;

    /// The aliases that name this login, by name. Looks at every alias.
    fn aliases_of_login(&mut self, login: &str) -> Result<Vec<AliasSummary>, TxError>;

    /// Adds an alias.
    fn add_alias(&mut self, alias: &Alias) -> Result<(), TxError>;

    /// Replaces everything but the name of the alias.
    fn update_alias(&mut self, alias: &Alias) -> Result<(), TxError>;

    /// Deletes an alias.
    fn delete_alias(&mut self, alias_id: &str) -> Result<(), TxError>;
}
