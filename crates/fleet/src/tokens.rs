//! Tokens, with which programs sign in to the JSON API instead of a password.
//!
//! A token consists of 32 random bytes, so it cannot be guessed and a fast digest is sufficient: slow ones protect passwords,
//! which people choose from a small set. The database finds a token by its digest through an index; the time that this takes
//! reveals only something about the digest, not about the token.
//!
//! Each request reads the account's rights again, so an account that loses a right loses it at once for all its tokens.

mod secret;

use std::net::IpAddr;

use crate::actor::Actor;
use crate::audit_log::AuditAction;
use crate::authorization::{Role, Scope};
use crate::login::{API_LEVEL, allows_address};
use crate::records::User;
use crate::{FleetTx, Timestamp, TxError, name};

pub use secret::{PREFIX, Secret};

/// Default lifetime of a token, in days.
pub const DAYS: u32 = 90;

/// Maximum lifetime of a token, in days.
pub const DAYS_AT_MOST: u32 = 400;

/// Maximum length of a token's name, in characters.
pub const NAME_AT_MOST: usize = 60;

/// Maximum number of tokens per account.
pub const AT_MOST: usize = 100;

/// The level from which an administrator sees the tokens of all accounts.
const SEES_ALL: i64 = 9;

/// Minimum interval between two updates of the time of last use, in seconds, since every update is a commit.
const NOTED_EVERY: i64 = 60;

const DAY: i64 = 24 * 60 * 60;

/// A token's row, which does not contain the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token's id.
    pub token_id: i64,
    /// The account.
    pub user: String,
    /// The row number of the account. It distinguishes an account from a deleted one of the same name.
    pub user_id: i64,
    /// The name.
    pub name: String,
    /// The scopes, in the order of [`Scope::ALL`].
    pub scopes: Vec<Scope>,
    /// The time of creation.
    pub made: Option<Timestamp>,
    /// The expiry time.
    pub expires: Option<Timestamp>,
    /// The time of last use, accurate to a minute; `None` for never.
    pub used: Option<Timestamp>,
}

impl Token {
    /// Whether it has expired.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|end| end <= now)
    }

    fn must_record_use(&self, now: Timestamp) -> bool {
        self.used.is_none_or(|last| now.unix() - last.unix() >= NOTED_EVERY)
    }
}

/// Scopes in the format of the column.
#[must_use]
pub fn written(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ")
}

/// Parses the output of [`written`]. Unknown scopes are ignored.
#[must_use]
pub fn read_scopes(words: &str) -> Vec<Scope> {
    words.split_whitespace().filter_map(Scope::parse).collect()
}

/// A token to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken<'a> {
    /// The account.
    pub user: &'a User,
    /// The token's digest.
    pub digest: &'a str,
    /// The name.
    pub name: &'a str,
    /// The scopes.
    pub scopes: &'a [Scope],
    /// The expiry time.
    pub expires: Timestamp,
}

/// Query for a page of tokens, ordered by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenQuery {
    /// Only tokens of this account; empty for all.
    pub user: String,
    /// Only tokens with a higher id.
    pub after: i64,
    /// Maximum number of tokens.
    pub at_most: u32,
}

/// A caller who is authenticated by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The account.
    pub user: User,
    /// The token.
    pub token: Token,
    /// Whether the caller must record this use with [`TokensTx::use_token`](crate::tx::TokensTx::use_token).
    pub must_record_use: bool,
}

/// Result of authenticating with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The token is valid.
    In(Box<Bearer>),
    /// The token does not exist.
    Unknown,
    /// The token has expired.
    Over,
    /// The token's account is inactive, or its level is too low.
    AccountClosed,
    /// The account may not call from this address.
    AddressNotAllowed,
}

/// Authenticates with a token. Tokens of an account that is locked by wrong passwords stay valid: otherwise anybody could stop
/// its programs by guessing passwords.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn open(tx: &mut dyn FleetTx, shown: &str, from: IpAddr) -> Result<Opened, TxError> {
    let Some(token) = tx.token_of(&secret::digest_of_token(shown))? else { return Ok(Opened::Unknown) };
    let now = tx.now();
    if token.is_over(now) {
        return Ok(Opened::Over);
    }
    let user = tx.user(&token.user)?.filter(|user| user.user_id == token.user_id);
    let Some(user) = user else { return Ok(Opened::Unknown) };
    if !user.active || user.user_level < API_LEVEL {
        return Ok(Opened::AccountClosed);
    }
    let settings = tx.settings()?;
    if !allows_address(tx, &user, &settings, from)? {
        return Ok(Opened::AddressNotAllowed);
    }
    let must_record_use = token.must_record_use(now);
    Ok(Opened::In(Box::new(Bearer { user, token, must_record_use })))
}

/// Command to create a token for the actor's own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The name.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<Scope>,
    /// The lifetime in days.
    pub days: u32,
    /// The token's digest.
    pub digest: String,
    /// The actor, whose account gets the token.
    pub by: Actor,
}

/// A fault in a request for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// The name is empty, too long, or not one line.
    Name,
    /// There are no scopes.
    Scopes,
    /// The lifetime is zero or too long.
    Days,
}

/// Result of creating a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The token was created.
    Done(Token),
    /// The request has faults.
    Wrong(Vec<InvalidToken>),
    /// The account has no access to the API.
    MayNot,
    /// The account has the maximum number of tokens.
    TooMany,
}

impl Create {
    /// The faults in the request.
    #[must_use]
    pub fn mistakes(&self) -> Vec<InvalidToken> {
        let is_name =
            (1..=NAME_AT_MOST).contains(&self.name.chars().count()) && !self.name.chars().any(char::is_control);
        let wrong = [
            (!is_name, InvalidToken::Name),
            (self.scopes.is_empty(), InvalidToken::Scopes),
            (!(1..=DAYS_AT_MOST).contains(&self.days), InvalidToken::Days),
        ];
        wrong.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, mistake)| mistake).collect()
    }

    /// Creates the token, and logs that.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Created, TxError> {
        let mistakes = self.mistakes();
        if !mistakes.is_empty() {
            return Ok(Created::Wrong(mistakes));
        }
        // `account` locks the row, so that concurrent requests cannot exceed the maximum.
        let user = tx.account(&self.by.user)?.map(|account| account.user);
        let Some(user) = user.filter(|user| Role::of(user).is_some()) else { return Ok(Created::MayNot) };
        let at_most = u32::try_from(AT_MOST).unwrap_or(u32::MAX);
        let theirs = TokenQuery { user: user.user.clone(), after: 0, at_most };
        if tx.list_tokens(&theirs)?.len() >= AT_MOST {
            return Ok(Created::TooMany);
        }
        let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| self.scopes.contains(scope)).collect();
        let expires = tx.now().plus_seconds(i64::from(self.days) * DAY);
        let new = NewToken { user: &user, digest: &self.digest, name: &self.name, scopes: &scopes, expires };
        let token_id = tx.add_token(&new)?;
        let what = format!("token: {token_id}; name: {}; scopes: {}", self.name, written(&scopes));
        let notes = format!("{what}; expires: {}", expires.stamp());
        self.by.log(tx, AuditAction::AddToken, &user.user, notes)?;
        let made = tx.token(token_id)?;
        made.map(Created::Done).ok_or_else(|| TxError::Inconsistent {
            table: "hotdesk_token",
            column: "token_id",
            key: token_id.to_string(),
        })
    }
}

/// The tokens that this account sees: its own, or all tokens for an administrator of level 9. `None` if the account has no access
/// to the API.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn list(tx: &mut dyn FleetTx, by: &str, wanted: &TokenQuery) -> Result<Option<Vec<Token>>, TxError> {
    let Some(by) = tx.user(by)?.filter(|by| Role::of(by).is_some()) else { return Ok(None) };
    if sees_all(&by) {
        return tx.list_tokens(wanted).map(Some);
    }
    if !wanted.user.is_empty() && !name::same(&wanted.user, &by.user) {
        return Ok(Some(Vec::new()));
    }
    let mut own = tx.list_tokens(&TokenQuery { user: by.user, ..wanted.clone() })?;
    own.retain(|token| token.user_id == by.user_id);
    Ok(Some(own))
}

/// The token with this id, if this account sees it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn find(tx: &mut dyn FleetTx, by: &str, token_id: i64) -> Result<Option<Token>, TxError> {
    let Some(by) = tx.user(by)?.filter(|by| Role::of(by).is_some()) else { return Ok(None) };
    Ok(tx.token(token_id)?.filter(|token| sees_all(&by) || token.user_id == by.user_id))
}

/// Revokes the token with this id, and logs that. Returns whether this account sees such a token.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn revoke(tx: &mut dyn FleetTx, token_id: i64, by: &Actor) -> Result<bool, TxError> {
    let Some(token) = find(tx, &by.user, token_id)? else { return Ok(false) };
    tx.delete_token(token_id)?;
    by.log(tx, AuditAction::RevokeToken, &token.user, format!("token: {token_id}; name: {}", token.name))?;
    Ok(true)
}

/// Whether this account sees the tokens of all accounts.
#[must_use]
pub fn sees_all(user: &User) -> bool {
    user.user_level >= SEES_ALL && Role::of(user) == Some(Role::Administrator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Source;

    #[test]
    fn a_token_needs_a_name_scopes_and_a_lifetime() {
        let by = Actor { user: "6666".to_owned(), ..Actor::command(Source::JsonApi) };
        let right =
            Create { name: "wallboard".into(), scopes: vec![Scope::Read], days: 400, digest: String::new(), by };
        assert_eq!(right.mistakes(), []);
        let named = |name: &str| Create { name: name.to_owned(), ..right.clone() }.mistakes();
        assert_eq!(named(&"ü".repeat(60)), []);
        for wrong in ["", "two\nlines", &"ü".repeat(61)] {
            assert_eq!(named(wrong), [InvalidToken::Name], "{wrong:?}");
        }
        for days in [0, 401] {
            assert_eq!(Create { days, ..right.clone() }.mistakes(), [InvalidToken::Days]);
        }
        let nothing = Create { name: String::new(), scopes: Vec::new(), days: 0, ..right };
        assert_eq!(nothing.mistakes(), [InvalidToken::Name, InvalidToken::Scopes, InvalidToken::Days], "all at once");
    }

    #[test]
    fn scopes_read_back_and_unknown_ones_are_ignored() {
        assert_eq!(read_scopes(&written(&Scope::ALL)), Scope::ALL);
        assert_eq!(read_scopes("read everything  phones"), [Scope::Read, Scope::Phones]);
    }
}
