//! [`Database`] on MariaDB: a transaction on its own connection, or a view of the committed rows.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use fleet::TxError;
use fleet::records::SystemSettings;
use fleet::registrations::ExpectedRegistrations;
use mysql::prelude::Queryable;

use super::columns::Columns;
use super::dialect::{FOR_UPDATE, SharedTimes, Translated};
use super::line_count_cache::{CachedLineCounts, PHONES_CHANGED};
use super::link::Link;
use crate::database::{Database, NameColumn, Next, Read, SqlValue};
use crate::row::{self, Cells, Reader, ResultRow};
use crate::tx::{SETTINGS, read_settings};

/// Width of `hotdesk_lock.name`.
const KEY_WIDTH: usize = 150;

/// A transaction.
pub(super) struct Mariadb<'a> {
    link: RefCell<&'a mut Link>,
    settings: &'a RefCell<Option<SystemSettings>>,
    /// Whether names are locked instead of rows, because the shared tables have no transactions.
    locks_names: bool,
    columns: &'a Columns,
    /// The keys that this transaction holds.
    held: RefCell<HashSet<String>>,
    files_changed: Option<&'a Cell<bool>>,
}

impl<'a> Mariadb<'a> {
    /// A transaction on this connection. It leaves the settings that it read in `settings`.
    pub(super) fn new(
        link: &'a mut Link,
        settings: &'a RefCell<Option<SystemSettings>>,
        locks_names: bool,
        columns: &'a Columns,
    ) -> Self {
        let held = RefCell::default();
        Self { link: RefCell::new(link), settings, locks_names, columns, held, files_changed: None }
    }

    /// Makes it set `files_changed` if the dialers' configuration files may have changed.
    pub(super) fn reporting_to(self, files_changed: &'a Cell<bool>) -> Self {
        Self { files_changed: Some(files_changed), ..self }
    }

    /// Reports that the commit may change the dialers' configuration files.
    pub(super) fn report_changed_files(&self) {
        if let Some(files_changed) = self.files_changed {
            files_changed.set(true);
        }
    }

    /// Which times shared tables hold.
    pub(super) fn times(&self) -> SharedTimes {
        self.link.borrow().times
    }

    /// The rows of a statement that is already translated and is cached under this name.
    pub(super) fn run_translated(
        &self,
        named: &str,
        values: &[SqlValue<'_>],
        translated: impl FnOnce() -> Translated,
    ) -> Read<Vec<mysql::Row>> {
        let link = &mut **self.link.borrow_mut();
        let (statement, values) = link.prepare_translated(named, values, translated).map_err(failed)?;
        link.conn.exec(statement, values).map_err(failed)
    }

    /// The rows that a statement finds.
    pub(super) fn single_look_up(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<Vec<mysql::Row>> {
        let link = &mut **self.link.borrow_mut();
        let (statement, bound) = link.prepare(sql, values).map_err(failed)?;
        match link.conn.exec(statement, bound) {
            Err(error) if is_impossible_name(&error, values) => Ok(Vec::new()),
            found => found.map_err(failed),
        }
    }

    /// Executes a statement without rows; its prepared form is cached if `kept`.
    fn run(&self, sql: &str, values: &[SqlValue<'_>], kept: bool) -> Read<usize> {
        let link = &mut **self.link.borrow_mut();
        let changed = if kept {
            let (statement, values) = link.prepare(sql, values).map_err(failed)?;
            link.conn.exec_drop(statement, values).map_err(failed)?;
            link.conn.affected_rows()
        } else {
            link.change_once(sql, values).map_err(failed)?
        };
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Holds the values of a look-up in place of the row that it would lock.
    fn lock_name(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<()> {
        if !self.locks_names || !sql.ends_with(FOR_UPDATE) {
            return Ok(());
        }
        let mut about = "row".to_owned();
        for value in values {
            match value {
                SqlValue::Text(text) => about.extend([" ", text]),
                SqlValue::Number(number) => about.extend([" ", &number.to_string()]),
                SqlValue::Null => {}
            }
        }
        self.hold(&about).map(drop)
    }
}

/// Numbers of the server's errors: out of range, truncated, no such value, too long.
const DOES_NOT_FIT: [u16; 4] = [1264, 1265, 1366, 1406];

fn failed(error: mysql::Error) -> TxError {
    match error {
        mysql::Error::MySqlError(error) if DOES_NOT_FIT.contains(&error.code) => TxError::DoesNotFit(error.message),
        error => TxError::Database(Box::new(error)),
    }
}

/// Error numbers for texts whose collations cannot be compared.
const CANNOT_BE_COMPARED: [u16; 3] = [1267, 1270, 1271];

/// Whether a look-up failed because a value has letters that the column's character set lacks, so that no row can match.
fn is_impossible_name(error: &mysql::Error, values: &[SqlValue<'_>]) -> bool {
    let is_beyond =
        |value: &SqlValue<'_>| matches!(value, SqlValue::Text(text) if text.chars().any(|letter| letter > '\u{FFFF}'));
    matches!(error, mysql::Error::MySqlError(error) if CANNOT_BE_COMPARED.contains(&error.code))
        && values.iter().any(is_beyond)
}

/// The number of rows that an `INSERT … SELECT` found, from the server's `Records: 3  Duplicates: 1  Warnings: 0`.
fn found_rows(info: &str) -> Option<usize> {
    info.strip_prefix("Records: ")?.split_whitespace().next()?.parse().ok()
}

impl Cells for mysql::Row {
    fn cell(&self, column: usize) -> Read<row::Cell<'_>> {
        let value =
            self.as_ref(column).ok_or_else(|| TxError::Database(format!("there is no column {column}").into()))?;
        Ok(match value {
            mysql::Value::NULL => row::Cell::Null,
            mysql::Value::Bytes(bytes) => row::Cell::Text(Cow::Borrowed(bytes)),
            mysql::Value::Int(number) => row::Cell::Number(*number),
            mysql::Value::UInt(number) => row::Cell::Number(i64::try_from(*number).unwrap_or(i64::MAX)),
            mysql::Value::Float(number) => row::Cell::Real(f64::from(*number)),
            mysql::Value::Double(number) => row::Cell::Real(*number),
            mysql::Value::Date(year, month, day, hour, minute, second, _) => row::Cell::Text(Cow::Owned(
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}").into_bytes(),
            )),
            time @ mysql::Value::Time(..) => row::Cell::Text(Cow::Owned(time.as_sql(true).into_bytes())),
        })
    }
}

impl Database for Mariadb<'_> {
    fn visit(
        &self,
        sql: &str,
        values: &[SqlValue<'_>],
        each: &mut dyn FnMut(&ResultRow<'_>) -> Read<Next>,
    ) -> Read<()> {
        self.lock_name(sql, values)?;
        let link = &mut **self.link.borrow_mut();
        let (statement, bound) = link.prepare(sql, values).map_err(failed)?;
        let found = match link.conn.exec_iter(statement, bound) {
            Err(error) if is_impossible_name(&error, values) => return Ok(()),
            found => found.map_err(failed)?,
        };
        for row in found {
            if each(&row.map_err(failed)?)? == Next::Enough {
                break;
            }
        }
        Ok(())
    }

    fn change(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        self.run(sql, values, true)
    }

    fn change_once(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        self.run(sql, values, false)
    }

    fn put(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        let changed = self.change(sql, values)?;
        // An existing row counts twice among the changed rows.
        Ok(found_rows(&self.link.borrow().conn.info_str()).unwrap_or(changed))
    }

    fn last_number(&self) -> i64 {
        i64::try_from(self.link.borrow().conn.last_insert_id()).unwrap_or(i64::MAX)
    }

    fn takes(&self, table: &'static str, column: &'static str, value: &str) -> bool {
        self.columns.fit(table, column, value)
    }

    fn cut<'v>(&self, table: &'static str, column: &'static str, value: &'v str) -> Cow<'v, str> {
        self.columns.cut(table, column, value)
    }

    fn settings(&self) -> Read<SystemSettings> {
        if let Some(seen) = &*self.settings.borrow() {
            return Ok(seen.clone());
        }
        let mut found = SystemSettings::default();
        self.visit(SETTINGS, &[], &mut |row| {
            found = read_settings(&mut Reader::new(row))?;
            Ok(Next::Enough)
        })?;
        *self.settings.borrow_mut() = Some(found.clone());
        Ok(found)
    }

    fn invalidate_settings(&mut self) {
        *self.settings.borrow_mut() = None;
    }

    fn mark_files_changed(&mut self) {
        self.report_changed_files();
    }

    fn key(&mut self, _: NameColumn, name: &str) -> Read<String> {
        Ok(fleet::name::key(name))
    }

    fn note(&mut self, _: NameColumn, _: &str) {}

    fn forget(&mut self) {}

    fn expected_lines(&self, find: &dyn Fn() -> Read<Vec<ExpectedRegistrations>>) -> Read<Vec<ExpectedRegistrations>> {
        if self.link.borrow().writes() {
            return find();
        }
        let (mut changed, mut counted) = (None, 0);
        self.visit(PHONES_CHANGED, &[], &mut |row| {
            let mut row = Reader::new(row);
            (changed, counted) = (row.read()?, row.read()?);
            Ok(Next::Enough)
        })?;
        if let Some(known) = self.link.borrow().line_counts.as_ref().filter(|known| known.is_valid(changed, counted)) {
            return Ok(known.lines.clone());
        }
        let lines = find()?;
        self.link.borrow_mut().line_counts = Some(CachedLineCounts { changed, counted, lines: lines.clone() });
        Ok(lines)
    }

    fn hold(&self, key: &str) -> Read<bool> {
        if !self.link.borrow().writes() {
            return Ok(false);
        }
        // Keys with the same beginning share a lock, which only costs waiting time.
        let key = &key[..key.floor_char_boundary(KEY_WIDTH)];
        if self.held.borrow().contains(key) {
            return Ok(true);
        }
        let hold = "INSERT INTO hotdesk_lock (name, held) VALUES (?1, 1) ON DUPLICATE KEY UPDATE held = held + 1";
        self.change(hold, &[key.into()])?;
        self.held.borrow_mut().insert(key.to_owned());
        Ok(true)
    }

    fn is_shared_with_vicidial(&self) -> bool {
        self.times() == SharedTimes::Local
    }

    fn recount_seats(&self) -> Read<()> {
        // Every look-up counts them.
        Ok(())
    }
}
