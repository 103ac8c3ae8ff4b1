//! [`FleetTx`] on any engine, one trait per file. Every look-up uses an index; names are compared as `lower(rtrim(name))`, or by
//! the collation of the engine's tables.

mod admin_sessions;
mod agent_api;
mod agent_states;
mod aliases;
mod campaigns;
mod conferences;
mod dialer_files;
mod dialers;
mod floor_minutes;
mod idempotency;
mod kept_aside;
mod logs;
mod monitoring;
mod new_row;
mod nodes;
pub(crate) mod passwords;
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

use std::net::IpAddr;

use fleet::name::key;
use fleet::records::PhoneKey;
use fleet::{FleetTx, Timestamp, TxError};

use phones::{phone_key, phone_keys};
pub(crate) use settings::{SETTINGS, read_settings};

use crate::database::{Database, NameColumn, Next, Parameters, Read, WriteConflict};
use crate::row::{FromCell, Reader};

/// A transaction, or a view of the committed rows.
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

    /// The first row of a statement.
    fn one<'a, T>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        mut read: impl FnMut(&mut Reader<'_>) -> Read<T>,
    ) -> Result<Option<T>, TxError> {
        let mut found = None;
        self.database.visit(sql, parameters.values().as_ref(), &mut |row| {
            found = Some(read(&mut Reader::new(row))?);
            Ok(Next::Enough)
        })?;
        Ok(found)
    }

    /// All rows of a statement.
    fn all<'a, T>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        mut read: impl FnMut(&mut Reader<'_>) -> Read<T>,
    ) -> Result<Vec<T>, TxError> {
        let mut found = Vec::new();
        self.database.visit(sql, parameters.values().as_ref(), &mut |row| {
            found.push(read(&mut Reader::new(row))?);
            Ok(Next::More)
        })?;
        Ok(found)
    }

    /// The value of the first row of a statement that selects one column.
    fn value<'a, T>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<Option<T>, TxError>
    where
        T: for<'c> FromCell<'c>,
    {
        self.one(sql, parameters, read_value)
    }

    /// The values of all rows of a statement that selects one column.
    fn values<'a, T>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<Vec<T>, TxError>
    where
        T: for<'c> FromCell<'c>,
    {
        self.all(sql, parameters, read_value)
    }

    /// Executes a statement. Returns how many rows it added, changed or deleted.
    fn change<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<usize, TxError> {
        self.database.change(sql, parameters.values().as_ref())
    }

    /// Executes a statement that adds rows or replaces existing ones. Returns how many rows it found.
    fn put<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<usize, TxError> {
        self.database.put(sql, parameters.values().as_ref())
    }

    /// Executes a statement of `insert!`, `upsert!` or `update!`.
    fn run<'a>(&self, (sql, parameters): (impl AsRef<str>, impl Parameters<'a>)) -> Result<(), TxError> {
        self.change(sql.as_ref(), parameters).map(drop)
    }

    /// Executes a statement of `update!` that changes exactly one existing row.
    fn run_one<'a>(
        &self,
        (sql, parameters): (impl AsRef<str>, impl Parameters<'a>),
        missing: impl FnOnce() -> TxError,
    ) -> Result<(), TxError> {
        self.change_one(sql.as_ref(), parameters, missing)
    }

    /// Executes a statement that changes exactly one existing row.
    fn change_one<'a>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        missing: impl FnOnce() -> TxError,
    ) -> Result<(), TxError> {
        if self.change(sql, parameters)? == 1 { Ok(()) } else { Err(missing()) }
    }

    /// Stores the digest of a user's new password. It is bound to the user's number, so that a later user of the same name does
    /// not inherit it, and to VICIdial's own digest: once that changes, this one is ignored.
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

    /// Makes other transactions wait that would give a phone this login, since no table forbids two phones with one login.
    ///
    /// # Errors
    /// [`WriteConflict`] if another phone got the login meanwhile.
    fn claim_login(&self, login: &str, phone: &PhoneKey) -> Result<(), TxError> {
        if !self.database.hold(&format!("login {}", key(login)))? {
            return Ok(());
        }
        let holders = self.all(concat!(phone_keys!(), "WHERE lower(rtrim(login)) = ?1"), [key(login)], phone_key)?;
        let is_free = holders.is_empty() || holders.iter().any(|holder| holder.same(phone));
        if is_free { Ok(()) } else { Err(WriteConflict::error()) }
    }
}

fn read_value<T: for<'c> FromCell<'c>>(row: &mut Reader<'_>) -> Read<T> {
    row.read()
}

/// An address as tables hold it. An IPv4 address that came through an IPv6 socket is an IPv4 address.
fn address(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

fn missing(table: &'static str, column: &'static str, key: &str) -> TxError {
    TxError::Inconsistent { table, column, key: key.to_owned() }
}

/// Sorts after every letter of a name.
const LAST: char = char::MAX;

/// The range of keys that have this prefix: from the first up to, but not including, the second.
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
