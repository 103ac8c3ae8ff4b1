//! Database operations on tokens of the JSON API.

use crate::TxError;
use crate::tokens::{NewToken, Token, TokenQuery};

/// Operations on tokens of the JSON API.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait TokensTx {
    /// Stores a token. Returns its id.
    fn add_token(&mut self, token: &NewToken<'_>) -> Result<i64, TxError>;

    /// The token with this id.
    fn token(&mut self, token_id: i64) -> Result<Option<Token>, TxError>;

    /// The token with this digest.
    fn token_of(&mut self, digest: &str) -> Result<Option<Token>, TxError>;

    /// A page of tokens.
    fn list_tokens(&mut self, wanted: &TokenQuery) -> Result<Vec<Token>, TxError>;

    /// Records that a token was used now.
    fn use_token(&mut self, token_id: i64) -> Result<(), TxError>;

    /// Deletes a token, if it exists.
    fn delete_token(&mut self, token_id: i64) -> Result<(), TxError>;
}
