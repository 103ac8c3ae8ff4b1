//! Tokens: programs come in to the JSON API with one instead of a password.
//!
//! A token is 32 random bytes, so nobody guesses one, and a fast digest keeps it as well as a slow one would: slowness protects
//! secrets that people choose, of which there are few. It is found by that digest, in an index; what somebody could learn from
//! the time which that takes is about the digest, not about the token.
//!
//! What its account may do is looked up at every request: who loses a right loses it at once, with all tokens.

mod secret;

use std::net::IpAddr;

use crate::actor::Actor;
use crate::audit_log::AuditAction;
use crate::authorization::Role;
use crate::authorization::Scope;
use crate::login::{API_LEVEL, may_come_from};
use crate::name;
use crate::records::User;
use crate::{FleetTx, Timestamp, TxError};

pub use secret::{PREFIX, Secret};

/// For how many days a token is good unless somebody says otherwise.
pub const DAYS: u32 = 90;

/// For how many days it can be good at most.
pub const DAYS_AT_MOST: u32 = 400;

/// How long the name of one can be, in characters.
pub const NAME_AT_MOST: usize = 60;

/// How many tokens an account can have.
pub const AT_MOST: usize = 100;

/// The level from which on an administrator sees the tokens of all accounts.
const SEES_ALL: i64 = 9;

/// A use is written down once this many seconds have passed since the last one, since every write is a commit.
const NOTED_EVERY: i64 = 60;

const DAY: i64 = 24 * 60 * 60;

/// A token as it is kept: without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub token_id: i64,
    /// The account.
    pub user: String,
    /// The number of the account's row: an account that gets the name of one that was deleted is another one.
    pub user_id: i64,
    /// What it is for, in words.
    pub name: String,
    /// What it may be used for, in the order of [`Scope::ALL`].
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made: Option<Timestamp>,
    /// Until when it is good.
    pub expires: Option<Timestamp>,
    /// When it was last used, give or take a minute; `None` if it never was.
    pub used: Option<Timestamp>,
}

impl Token {
    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|end| end <= now)
    }

    fn is_to_be_noted(&self, now: Timestamp) -> bool {
        self.used.is_none_or(|last| now.unix() - last.unix() >= NOTED_EVERY)
    }
}

/// Scopes as a column has them.
#[must_use]
pub fn written(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ")
}

/// Reads what [`written`] writes. A word that nobody knows any more allows nothing.
#[must_use]
pub fn read_scopes(words: &str) -> Vec<Scope> {
    words.split_whitespace().filter_map(Scope::parse).collect()
}

/// A token that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken<'a> {
    /// The account.
    pub user: &'a User,
    /// The digest by which it is found.
    pub digest: &'a str,
    /// What it is for.
    pub name: &'a str,
    /// What it may be used for.
    pub scopes: &'a [Scope],
    /// Until when.
    pub expires: Timestamp,
}

/// Tokens of a list, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokensWanted {
    /// Of this account; of all if it is empty.
    pub user: String,
    /// Behind this one.
    pub after: i64,
    /// How many.
    pub at_most: u32,
}

/// Who comes in with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The account, as it is now.
    pub user: User,
    /// The token.
    pub token: Token,
    /// Whether its use is to be written down with [`TokensTx::use_token`](crate::tx::TokensTx::use_token).
    pub is_to_be_noted: bool,
}

/// How coming in with a token ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Come in.
    In(Box<Bearer>),
    /// There is no such token, or none any more.
    Unknown,
    /// Its time is over.
    Over,
    /// Its account is inactive, or not of a level that may call the API.
    AccountClosed,
    /// Not from this address.
    AddressNotAllowed,
}

/// Comes in with what somebody shows as a token. An account that wrong passwords have locked stays open to its tokens: whoever
/// guesses its password must not be able to stop its programs.
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
    if !may_come_from(tx, &user, &settings, from)? {
        return Ok(Opened::AddressNotAllowed);
    }
    let is_to_be_noted = token.is_to_be_noted(now);
    Ok(Opened::In(Box::new(Bearer { user, token, is_to_be_noted })))
}

/// A token that somebody wants for the own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// For how many days.
    pub days: u32,
    /// The digest of it.
    pub digest: String,
    /// Whose it is, and from where it was asked for.
    pub by: Actor,
}

/// What can be wrong with what somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// The name is empty, too long, or not one line.
    Name,
    /// It is for nothing.
    Scopes,
    /// It would be good for no time, or for too long.
    Days,
}

/// How making one ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// Here it is.
    Done(Token),
    /// Something is wrong with what was asked for.
    Wrong(Vec<InvalidToken>),
    /// The account may not use the API (any more).
    MayNot,
    /// The account has as many as it can have.
    TooMany,
}

impl Create {
    /// What is wrong with it.
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

    /// Makes it, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Created, TxError> {
        let mistakes = self.mistakes();
        if !mistakes.is_empty() {
            return Ok(Created::Wrong(mistakes));
        }
        // `account` holds the row, so that two of these count one after the other.
        let user = tx.account(&self.by.user)?.map(|account| account.user);
        let Some(user) = user.filter(|user| Role::of(user).is_some()) else { return Ok(Created::MayNot) };
        let at_most = u32::try_from(AT_MOST).unwrap_or(u32::MAX);
        let theirs = TokensWanted { user: user.user.clone(), after: 0, at_most };
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

/// The tokens that this account sees: its own, and an administrator of level 9 those of all. `None` if it may not use the API.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn list(tx: &mut dyn FleetTx, by: &str, wanted: &TokensWanted) -> Result<Option<Vec<Token>>, TxError> {
    let Some(by) = tx.user(by)?.filter(|by| Role::of(by).is_some()) else { return Ok(None) };
    if sees_all(&by) {
        return tx.list_tokens(wanted).map(Some);
    }
    if !wanted.user.is_empty() && !name::same(&wanted.user, &by.user) {
        return Ok(Some(Vec::new()));
    }
    let mut own = tx.list_tokens(&TokensWanted { user: by.user, ..wanted.clone() })?;
    own.retain(|token| token.user_id == by.user_id);
    Ok(Some(own))
}

/// The token of this number, if this account sees it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn find(tx: &mut dyn FleetTx, by: &str, token_id: i64) -> Result<Option<Token>, TxError> {
    let Some(by) = tx.user(by)?.filter(|by| Role::of(by).is_some()) else { return Ok(None) };
    Ok(tx.token(token_id)?.filter(|token| sees_all(&by) || token.user_id == by.user_id))
}

/// Revokes the token of this number, with its row of the admin log. Whether there was one that this account sees.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn revoke(tx: &mut dyn FleetTx, token_id: i64, by: &Actor) -> Result<bool, TxError> {
    let Some(token) = find(tx, &by.user, token_id)? else { return Ok(false) };
    tx.delete_token(token_id)?;
    by.log(tx, AuditAction::RevokeToken, &token.user, format!("token: {token_id}; name: {}", token.name))?;
    Ok(true)
}

/// Whether this account sees the tokens of all.
#[must_use]
pub fn sees_all(user: &User) -> bool {
    user.user_level >= SEES_ALL && Role::of(user) == Some(Role::Administrator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Source;

    #[test]
    fn a_token_has_a_name_a_purpose_and_an_end() {
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
    fn scopes_are_read_as_they_were_written_and_an_unknown_one_allows_nothing() {
        assert_eq!(read_scopes(&written(&Scope::ALL)), Scope::ALL);
        assert_eq!(read_scopes("read everything  phones"), [Scope::Read, Scope::Phones]);
    }
}
