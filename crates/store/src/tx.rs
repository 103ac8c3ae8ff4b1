//! [`FleetTx`] on any engine. Every look-up uses an index; names are found by `lower(rtrim(name))`, or as the engine's tables
//! compare names.

mod admin_sessions;
mod aliases;
mod conferences;
mod dialer_files;
mod dialers;
mod floor_minutes;
mod idempotency;
mod logs;
mod nodes;
mod phones;
mod planned_drains;
mod registrations;
mod rows;
mod session_history;
mod sessions;
mod settings;
mod softphone_links;
mod tokens;
mod users;
mod webhooks;

use fleet::name::key;
use fleet::records::PhoneKey;
use fleet::{FleetTx, Timestamp, TxError};

use phones::{phone_key_columns, read_phone_key};
pub(crate) use settings::{SETTINGS, read_settings};

use crate::database::{Database, NameColumn, Next, Parameters, Read, ResultRow, WriteConflict};

/// A transaction, or a look at what is committed.
pub(crate) struct SqlTx<D> {
    database: D,
    now: Timestamp,
    stamp: String,
}

impl<D: Database> SqlTx<D> {
    pub(crate) fn new(database: D, now: Timestamp) -> Self {
        Self { database, now, stamp: now.stamp() }
    }

    /// The key that a name is looked up with.
    fn key(&mut self, named: NameColumn, name: &str) -> Result<String, TxError> {
        self.database.key(named, name)
    }

    fn exists<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<bool, TxError> {
        Ok(self.one(sql, parameters, |_| Ok(()))?.is_some())
    }

    fn one<'a, T>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        mut read: impl FnMut(&ResultRow<'_>) -> Read<T>,
    ) -> Result<Option<T>, TxError> {
        let mut found = None;
        self.database.visit(sql, parameters.values().as_ref(), &mut |row| {
            found = Some(read(row)?);
            Ok(Next::Enough)
        })?;
        Ok(found)
    }

    fn all<'a, T>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        mut read: impl FnMut(&ResultRow<'_>) -> Read<T>,
    ) -> Result<Vec<T>, TxError> {
        let mut found = Vec::new();
        self.database.visit(sql, parameters.values().as_ref(), &mut |row| {
            found.push(read(row)?);
            Ok(Next::More)
        })?;
        Ok(found)
    }

    fn change<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<usize, TxError> {
        self.database.change(sql, parameters.values().as_ref())
    }

    /// Adds rows, or puts them in the place of those that are there. Returns how many there are.
    fn put<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<usize, TxError> {
        self.database.put(sql, parameters.values().as_ref())
    }

    /// Changes exactly the row that was found before.
    fn change_one<'a>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        missing: impl FnOnce() -> TxError,
    ) -> Result<(), TxError> {
        if self.change(sql, parameters)? == 1 { Ok(()) } else { Err(missing()) }
    }

    /// Keeps a digest of the password that a user has just got. It is the user's, and not of who gets the name later, and as
    /// long as VICIdial's own digest stays what it is.
    fn keep_digest(&self, user: &str, digest: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_credentials (user, digest, user_id, pass_hash)
             SELECT ?1, ?2, user_id, ifnull(pass_hash, '') FROM vicidial_users WHERE lower(rtrim(user)) = ?1
             ON CONFLICT (user) DO UPDATE SET digest = excluded.digest, user_id = excluded.user_id,
                 pass_hash = excluded.pass_hash",
            [user, digest],
        )
        .map(drop)
    }

    /// Lets no other transaction give a phone this login, which nothing in the tables forbids. If one has meanwhile, this one
    /// has lost the race, unless the phone had that login before.
    fn claim_login(&self, login: &str, phone: &PhoneKey) -> Result<(), TxError> {
        if !self.database.hold(&format!("login {}", key(login)))? {
            return Ok(());
        }
        let holders = self.all(
            concat!("SELECT ", phone_key_columns!(), " FROM phones WHERE lower(rtrim(login)) = ?1"),
            [key(login)],
            read_phone_key,
        )?;
        let is_free = holders.is_empty() || holders.iter().any(|holder| holder.same(phone));
        if is_free { Ok(()) } else { Err(WriteConflict::error()) }
    }
}

fn missing(table: &'static str, column: &'static str, key: &str) -> TxError {
    TxError::Inconsistent { table, column, key: key.to_owned() }
}

/// Sorts behind every name that begins the same.
const LAST: char = char::MAX;

/// From where to where names begin so.
pub(super) fn range(begins: &str) -> (String, String) {
    let begins = key(begins);
    let end = format!("{begins}{LAST}");
    (begins, end)
}

impl<D: Database> FleetTx for SqlTx<D> {
    fn now(&self) -> Timestamp {
        self.now
    }
}
