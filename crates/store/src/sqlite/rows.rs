//! [`Database`] on SQLite: a reader's view, or the writer's transaction.

use std::borrow::Cow;

use fleet::TxError;
use fleet::records::SystemSettings;
use fleet::registrations::ExpectedRegistrations;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use super::names::Spellings;
use crate::database::{Database, NameColumn, Next, Read, SqlValue};
use crate::row::{Cell, Cells, Reader, ResultRow};
use crate::tx::{SETTINGS, read_settings};

/// A connection, with the cached settings and names of its database.
pub(super) struct Sqlite<'a> {
    pub connection: &'a Connection,
    pub settings: &'a SystemSettings,
    pub spellings: &'a mut Spellings,
    pub effects: &'a mut SideEffects,
}

/// Effects of a transaction that are reported after its commit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SideEffects {
    /// The cached settings are outdated.
    pub has_set_system: bool,
    /// The dialers' configuration files may have changed.
    pub has_changed_files: bool,
}

/// The stored system settings.
pub(super) fn settings(connection: &Connection) -> rusqlite::Result<SystemSettings> {
    let mut select = connection.prepare_cached(SETTINGS)?;
    let settings =
        select.query_row([], |row| Ok(read_settings(&mut Reader::new(row)).unwrap_or_default())).optional()?;
    Ok(settings.unwrap_or_default())
}

pub(super) fn failed(error: rusqlite::Error) -> TxError {
    TxError::Database(Box::new(error))
}

impl Cells for rusqlite::Row<'_> {
    fn cell(&self, column: usize) -> Read<Cell<'_>> {
        Ok(match self.get_ref(column).map_err(failed)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Number(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cell::Text(Cow::Borrowed(bytes)),
        })
    }
}

impl ToSql for SqlValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Number(number) => ValueRef::Integer(*number),
            SqlValue::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Database for Sqlite<'_> {
    fn visit(
        &self,
        sql: &str,
        values: &[SqlValue<'_>],
        each: &mut dyn FnMut(&ResultRow<'_>) -> Read<Next>,
    ) -> Read<()> {
        let mut select = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = select.query(params_from_iter(values)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if each(row)? == Next::Enough {
                break;
            }
        }
        Ok(())
    }

    fn change(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        let run = || self.connection.prepare_cached(sql)?.execute(params_from_iter(values));
        run().map_err(failed)
    }

    fn change_once(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        self.connection.execute(sql, params_from_iter(values)).map_err(failed)
    }

    fn put(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        self.change(sql, values)
    }

    fn last_number(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    fn takes(&self, _: &'static str, _: &'static str, _: &str) -> bool {
        true
    }

    fn cut<'v>(&self, _: &'static str, _: &'static str, value: &'v str) -> Cow<'v, str> {
        Cow::Borrowed(value)
    }

    fn settings(&self) -> Read<SystemSettings> {
        Ok(self.settings.clone())
    }

    fn invalidate_settings(&mut self) {
        self.effects.has_set_system = true;
    }

    fn mark_files_changed(&mut self) {
        self.effects.has_changed_files = true;
    }

    fn key(&mut self, named: NameColumn, name: &str) -> Read<String> {
        if !self.settings.use_non_latin {
            return Ok(fleet::name::key(name));
        }
        self.spellings.key(self.connection, named, name).map_err(failed)
    }

    fn note(&mut self, named: NameColumn, name: &str) {
        self.spellings.note(named, name);
    }

    fn forget(&mut self) {
        self.spellings.forget();
    }

    fn expected_lines(&self, find: &dyn Fn() -> Read<Vec<ExpectedRegistrations>>) -> Read<Vec<ExpectedRegistrations>> {
        find()
    }

    fn hold(&self, _: &str) -> Read<bool> {
        // All writes are on one thread.
        Ok(false)
    }

    fn is_shared_with_vicidial(&self) -> bool {
        false
    }

    fn recount_seats(&self) -> Read<()> {
        // REPLACE by another program removes a row without running its trigger, so the removed row's seat stays counted.
        let recount = "DELETE FROM hotdesk_seats;
            INSERT INTO hotdesk_seats SELECT server_ip, count(*) FROM vicidial_live_agents
            WHERE extension NOT LIKE 'r%' GROUP BY server_ip;";
        self.connection.execute_batch(recount).map_err(failed)
    }
}
