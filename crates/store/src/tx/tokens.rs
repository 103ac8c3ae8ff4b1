//! [`TokensTx`] on any engine.

use fleet::name::key;
use fleet::tokens::{NewToken, Token, TokensWanted, read_scopes, written};
use fleet::tx::TokensTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, Read, ResultRow, columns, params, text};

columns! { token_columns, TOKEN: TokenColumns { token_id, user, user_id, name, scopes, made, expires, used } }

/// Finds tokens.
macro_rules! tokens {
    ($rest:literal) => {
        concat!("SELECT ", token_columns!(), " FROM hotdesk_token ", $rest)
    };
}

fn token(row: &ResultRow<'_>) -> Read<Token> {
    let at = |column| Ok::<_, TxError>(Timestamp::from_stamp(&text(row, column)?));
    Ok(Token {
        token_id: row.get(TOKEN.token_id)?,
        user: text(row, TOKEN.user)?,
        user_id: row.get(TOKEN.user_id)?,
        name: text(row, TOKEN.name)?,
        scopes: read_scopes(&text(row, TOKEN.scopes)?),
        made: at(TOKEN.made)?,
        expires: at(TOKEN.expires)?,
        used: at(TOKEN.used)?,
    })
}

impl<D: Database> TokensTx for SqlTx<D> {
    fn add_token(&mut self, token: &NewToken<'_>) -> Result<i64, TxError> {
        self.change(
            "INSERT INTO hotdesk_token (digest, user, user_id, name, scopes, made, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                token.digest,
                token.user.user,
                token.user.user_id,
                token.name,
                written(token.scopes),
                self.stamp,
                token.expires.stamp()
            ],
        )?;
        Ok(self.database.last_number())
    }

    fn token(&mut self, token_id: i64) -> Result<Option<Token>, TxError> {
        self.one(tokens!("WHERE token_id = ?1"), [token_id], token)
    }

    fn token_of(&mut self, digest: &str) -> Result<Option<Token>, TxError> {
        self.one(tokens!("WHERE digest = ?1"), [digest], token)
    }

    fn list_tokens(&mut self, wanted: &TokensWanted) -> Result<Vec<Token>, TxError> {
        if wanted.user.is_empty() {
            let list = tokens!("WHERE token_id > ?1 ORDER BY token_id LIMIT ?2");
            return self.all(list, params![wanted.after, wanted.at_most], token);
        }
        self.all(
            tokens!("WHERE lower(rtrim(user)) = ?1 AND token_id > ?2 ORDER BY token_id LIMIT ?3"),
            params![key(&wanted.user), wanted.after, wanted.at_most],
            token,
        )
    }

    fn use_token(&mut self, token_id: i64) -> Result<(), TxError> {
        // It may have been revoked meanwhile.
        self.change("UPDATE hotdesk_token SET used = ?2 WHERE token_id = ?1", params![token_id, self.stamp]).map(drop)
    }

    fn delete_token(&mut self, token_id: i64) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_token WHERE token_id = ?1", [token_id]).map(drop)
    }
}
