//! [`TokensTx`] on any engine.

use fleet::TxError;
use fleet::authorization::Scope;
use fleet::name::key;
use fleet::tokens::{NewToken, Token, TokenQuery, read_scopes, written};
use fleet::tx::TokensTx;

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::{Cell, FromCell, insert, row, update};

row! { token: Token from "hotdesk_token" { token_id, user, user_id, name, scopes, made, expires, used } }

impl FromCell<'_> for Vec<Scope> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        String::from_cell(cell).map(|words| read_scopes(&words))
    }
}

impl<D: Database> TokensTx for SqlTx<D> {
    fn add_token(&mut self, token: &NewToken<'_>) -> Result<i64, TxError> {
        self.run(insert!("hotdesk_token" {
            digest: token.digest,
            user: token.user.user,
            user_id: token.user.user_id,
            name: token.name,
            scopes: written(token.scopes),
            made: self.stamp,
            expires: token.expires.stamp(),
        }))?;
        Ok(self.database.last_number())
    }

    fn token(&mut self, token_id: i64) -> Result<Option<Token>, TxError> {
        self.one(concat!(token!(), "WHERE token_id = ?1"), [token_id], token)
    }

    fn token_of(&mut self, digest: &str) -> Result<Option<Token>, TxError> {
        self.one(concat!(token!(), "WHERE digest = ?1"), [digest], token)
    }

    fn list_tokens(&mut self, wanted: &TokenQuery) -> Result<Vec<Token>, TxError> {
        if wanted.user.is_empty() {
            let list = concat!(token!(), "WHERE token_id > ?1 ORDER BY token_id LIMIT ?2");
            return self.all(list, params![wanted.after, wanted.at_most], token);
        }
        self.all(
            concat!(token!(), "WHERE lower(rtrim(user)) = ?1 AND token_id > ?2 ORDER BY token_id LIMIT ?3"),
            params![key(&wanted.user), wanted.after, wanted.at_most],
            token,
        )
    }

    fn use_token(&mut self, token_id: i64) -> Result<(), TxError> {
        // No row is changed if the token was revoked meanwhile.
        self.run(update!("hotdesk_token" { used: self.stamp } "WHERE token_id = ?", token_id))
    }

    fn delete_token(&mut self, token_id: i64) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_token WHERE token_id = ?1", [token_id]).map(drop)
    }
}
