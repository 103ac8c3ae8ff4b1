//! What the rules ask of a database about tokens of the JSON API.

use crate::TxError;
use crate::tokens::{NewToken, Token, TokensWanted};

/// Tokens of the JSON API.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait TokensTx {
    /// Keeps a token, and returns its number.
    fn add_token(&mut self, token: &NewToken<'_>) -> Result<i64, TxError>;

    /// The token of this number.
    fn token(&mut self, token_id: i64) -> Result<Option<Token>, TxError>;

    /// The token with this digest.
    fn token_of(&mut self, digest: &str) -> Result<Option<Token>, TxError>;

    /// Tokens.
    fn list_tokens(&mut self, wanted: &TokensWanted) -> Result<Vec<Token>, TxError>;

    /// A token is in use now.
    fn use_token(&mut self, token_id: i64) -> Result<(), TxError>;

    /// Deletes a token, if there is one.
    fn delete_token(&mut self, token_id: i64) -> Result<(), TxError>;
}
