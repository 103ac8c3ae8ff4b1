//! Transaction that is shared by commands that look up names and add rows.
//!
//! The commands run one after the other. At a [batchable](super::batchable) look-up, a command is stopped and the look-up is recorded.
//! When all commands have stopped, one statement looks up all names, and the commands run again from their beginning, with the rows
//! at hand. Added rows are collected, and one statement per table inserts them at the end. So a command costs a part of a round trip
//! instead of nine.
//!
//! A command that changes or locks a row, or looks up a row that another command of the batch adds, is removed from the batch and
//! gets its own transaction afterwards.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use fleet::name::key;
use fleet::records::SystemSettings;
use fleet::registrations::ExpectedRegistrations;
use fleet::{Timestamp, TxError};

use super::batch_queue::Job;
use super::batchable::{BATCHABLE, BatchInsert, BatchLookUp, is_plain, may_be_same};
use super::dialect::FOR_UPDATE;
use super::rows::Mariadb;
use crate::database::{Database, NameColumn, Next, Read, SqlValue};
use crate::row::{Reader, ResultRow};
use crate::tx::SqlTx;

/// Why a command was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Stop {
    /// It needs the rows of a pending look-up.
    #[error("its look-up is batched with others")]
    AwaitsLookUp,
    /// It cannot share this transaction.
    #[error("it needs a separate transaction")]
    NotBatchable,
}

/// A look-up with its values.
#[derive(PartialEq, Eq, Hash)]
struct LookUpKey {
    sql: String,
    values: Vec<SqlValue<'static>>,
}

/// A row to insert at the end, and the index of its statement.
struct PendingRow {
    statement: usize,
    values: Vec<SqlValue<'static>>,
}

type FoundRows = Rc<[mysql::Row]>;

/// The transaction.
pub(super) struct BatchTx<'a> {
    database: Mariadb<'a>,
    found: RefCell<HashMap<LookUpKey, FoundRows>>,
    pending_look_ups: RefCell<Vec<LookUpKey>>,
    inserts: RefCell<Vec<(String, BatchInsert)>>,
    rows: RefCell<Vec<PendingRow>>,
    stopped: Cell<Option<Stop>>,
}

/// The commands of a batch after its execution.
pub(super) struct BatchResult {
    /// They are done once the transaction is committed.
    pub done: Vec<Box<dyn Job>>,
    /// They need their own transactions.
    pub not_batchable: Vec<Box<dyn Job>>,
    /// Why the transaction cannot be committed, if it cannot.
    pub failure: Option<TxError>,
}

impl<'a> BatchTx<'a> {
    pub(super) fn new(database: Mariadb<'a>) -> Self {
        Self {
            database,
            found: RefCell::default(),
            pending_look_ups: RefCell::default(),
            inserts: RefCell::default(),
            rows: RefCell::default(),
            stopped: Cell::default(),
        }
    }

    /// Executes commands, and inserts the rows that they add.
    pub(super) fn execute(&self, jobs: Vec<Box<dyn Job>>, now: Timestamp) -> BatchResult {
        let mut result = BatchResult { done: Vec::with_capacity(jobs.len()), not_batchable: Vec::new(), failure: None };
        let mut open = jobs;
        while !open.is_empty() && result.failure.is_none() {
            let mut waiting = Vec::new();
            for mut job in open {
                match self.run(job.as_mut(), now) {
                    Ok(()) => result.done.push(job),
                    Err(TxError::Database(cause)) if cause.is::<Stop>() => match self.stopped.get() {
                        Some(Stop::AwaitsLookUp) => waiting.push(job),
                        _ => result.not_batchable.push(job),
                    },
                    Err(error) => {
                        result.not_batchable.push(job);
                        result.failure = Some(error);
                    }
                }
            }
            open = waiting;
            if let Err(error) = self.run_pending_look_ups() {
                result.failure = Some(error);
            }
        }
        result.not_batchable.extend(open);
        if result.failure.is_none() {
            result.failure = self.add_rows().err();
        }
        result
    }

    /// Runs a command until it ends or is stopped. The rows of a stopped command are discarded.
    fn run(&self, job: &mut dyn Job, now: Timestamp) -> Read<()> {
        let before = self.rows.borrow().len();
        self.stopped.set(None);
        let ran = catch_unwind(AssertUnwindSafe(|| job.run(&mut SqlTx::new(self, now))));
        // A command that panics will panic again in its own transaction.
        let ran = ran.unwrap_or_else(|_| Err(self.stop_with(Stop::NotBatchable)));
        let ran = self.stopped.get().map_or(ran, |stopped| Err(TxError::Database(Box::new(stopped))));
        if ran.is_err() {
            self.rows.borrow_mut().truncate(before);
        }
        ran
    }

    fn stop_with(&self, stopped: Stop) -> TxError {
        self.stopped.set(Some(stopped));
        TxError::Database(Box::new(stopped))
    }

    /// Whether this look-up could find a pending row.
    fn may_match_pending_row(&self, sql: &str, look_up: Option<&BatchLookUp<'_>>, values: &[SqlValue<'_>]) -> bool {
        let rows = self.rows.borrow();
        let concerns = |insert: &BatchInsert| {
            look_up.map_or_else(|| sql.contains(&insert.table), |look_up| look_up.table == insert.table)
        };
        self.inserts.borrow().iter().enumerate().filter(|(_, (_, insert))| concerns(insert)).any(
            |(statement, (_, insert))| {
                let at = look_up.and_then(|look_up| insert.value_index(look_up.column));
                let mut added = rows.iter().filter(|row| row.statement == statement);
                added.any(|row| match (at.and_then(|at| row.values.get(at)), values) {
                    (Some(SqlValue::Text(added)), [SqlValue::Text(asked)]) => may_be_same(added, asked),
                    _ => true,
                })
            },
        )
    }

    fn run_pending_look_ups(&self) -> Read<()> {
        let mut by_statement: HashMap<String, Vec<Vec<SqlValue<'static>>>> = HashMap::new();
        for LookUpKey { sql, values } in self.pending_look_ups.take() {
            let names = by_statement.entry(sql).or_default();
            if !names.contains(&values) {
                names.push(values);
            }
        }
        by_statement.into_iter().try_for_each(|(sql, names)| self.look_up(&sql, names))
    }

    /// Looks up many names with one statement.
    fn look_up(&self, sql: &str, names: Vec<Vec<SqlValue<'static>>>) -> Read<()> {
        let look_up = BatchLookUp::read(sql).ok_or_else(|| not_batchable_error(sql))?;
        // Repeats a name up to the next power of two, so that there are fewer different statements.
        let width = names.len().next_power_of_two();
        let marks: Vec<SqlValue<'_>> =
            names.iter().chain(std::iter::repeat(&names[0])).take(width).flatten().map(SqlValue::kept).collect();
        let rows_found =
            self.database.run_translated(&format!("{width} {sql}"), &marks, || look_up.translate(width))?;
        let mut by_name: HashMap<String, Vec<mysql::Row>> = HashMap::with_capacity(names.len());
        for name in &names {
            by_name.insert(name_of(name), Vec::new());
        }
        for row in rows_found {
            let found_by = key(&Reader::at(&row, row.len().saturating_sub(1)).read::<String>()?);
            match by_name.get_mut(&found_by) {
                Some(rows) => rows.push(row),
                // The column's collation treats two names as equal that the rules distinguish.
                None => return self.look_up_one_by_one(sql, names),
            }
        }
        for values in names {
            let rows = by_name.remove(&name_of(&values)).unwrap_or_default();
            self.found.borrow_mut().insert(LookUpKey { sql: sql.to_owned(), values }, rows.into());
        }
        Ok(())
    }

    fn look_up_one_by_one(&self, sql: &str, names: Vec<Vec<SqlValue<'static>>>) -> Read<()> {
        names.into_iter().try_for_each(|values| self.look_up_one(sql, values).map(drop))
    }

    fn look_up_one(&self, sql: &str, values: Vec<SqlValue<'static>>) -> Read<FoundRows> {
        let rows: FoundRows = self.database.single_look_up(sql, &values)?.into();
        self.found.borrow_mut().insert(LookUpKey { sql: sql.to_owned(), values }, Rc::clone(&rows));
        Ok(rows)
    }

    /// Inserts the collected rows, one statement per table, in the order of the statements.
    fn add_rows(&self) -> Read<()> {
        let rows = self.rows.take();
        for (statement, (sql, insert)) in self.inserts.borrow().iter().enumerate() {
            let of_it: Vec<_> = rows.iter().filter(|row| row.statement == statement).collect();
            if of_it.is_empty() {
                continue;
            }
            let count = of_it.len();
            let values: Vec<_> = of_it.into_iter().flat_map(|row| row.values.iter().cloned()).collect();
            self.database.run_translated(&format!("{count} {sql}"), &values, || insert.translate(count))?;
        }
        Ok(())
    }

    /// The index of an insert statement.
    fn statement(&self, sql: &str) -> Read<usize> {
        let mut inserts = self.inserts.borrow_mut();
        if let Some(known) = inserts.iter().position(|(known, _)| known == sql) {
            return Ok(known);
        }
        inserts.push((
            sql.to_owned(),
            BatchInsert::read(sql, self.database.times()).ok_or_else(|| not_batchable_error(sql))?,
        ));
        Ok(inserts.len() - 1)
    }
}

fn name_of(values: &[SqlValue<'_>]) -> String {
    match values {
        [SqlValue::Text(name)] => key(name),
        _ => String::new(),
    }
}

fn not_batchable_error(sql: &str) -> TxError {
    TxError::Database(format!("this statement is not batchable: {sql}").into())
}

impl Database for &BatchTx<'_> {
    fn visit(
        &self,
        sql: &str,
        values: &[SqlValue<'_>],
        each: &mut dyn FnMut(&ResultRow<'_>) -> Read<Next>,
    ) -> Read<()> {
        let look_up = if sql.ends_with(BATCHABLE) {
            Some(BatchLookUp::read(sql).ok_or_else(|| not_batchable_error(sql))?)
        } else {
            None
        };
        if sql.ends_with(FOR_UPDATE) || self.may_match_pending_row(sql, look_up.as_ref(), values) {
            return Err(self.stop_with(Stop::NotBatchable));
        }
        let key_of_look_up = LookUpKey { sql: sql.to_owned(), values: values.iter().map(SqlValue::kept).collect() };
        let known = self.found.borrow().get(&key_of_look_up).cloned();
        let rows = match (known, values) {
            (Some(rows), _) => rows,
            (None, [SqlValue::Text(name)]) if look_up.is_some() && is_plain(name) => {
                self.pending_look_ups.borrow_mut().push(key_of_look_up);
                return Err(self.stop_with(Stop::AwaitsLookUp));
            }
            (None, _) => self.look_up_one(sql, key_of_look_up.values)?,
        };
        for row in rows.iter() {
            if each(row)? == Next::Enough {
                break;
            }
        }
        Ok(())
    }

    fn change(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        if !sql.ends_with(BATCHABLE) {
            return Err(self.stop_with(Stop::NotBatchable));
        }
        let row = PendingRow { statement: self.statement(sql)?, values: values.iter().map(SqlValue::kept).collect() };
        self.rows.borrow_mut().push(row);
        Ok(1)
    }

    fn change_once(&self, _: &str, _: &[SqlValue<'_>]) -> Read<usize> {
        Err(self.stop_with(Stop::NotBatchable))
    }

    fn put(&self, _: &str, _: &[SqlValue<'_>]) -> Read<usize> {
        Err(self.stop_with(Stop::NotBatchable))
    }

    fn last_number(&self) -> i64 {
        // Not known before the rows are inserted.
        self.stopped.set(Some(Stop::NotBatchable));
        0
    }

    fn takes(&self, table: &'static str, column: &'static str, value: &str) -> bool {
        self.database.takes(table, column, value)
    }

    fn cut<'v>(&self, table: &'static str, column: &'static str, value: &'v str) -> Cow<'v, str> {
        self.database.cut(table, column, value)
    }

    fn settings(&self) -> Read<SystemSettings> {
        self.database.settings()
    }

    fn mark_files_changed(&mut self) {
        self.database.report_changed_files();
    }

    fn invalidate_settings(&mut self) {
        self.stopped.set(Some(Stop::NotBatchable));
    }

    fn key(&mut self, _: NameColumn, name: &str) -> Read<String> {
        Ok(key(name))
    }

    fn note(&mut self, _: NameColumn, _: &str) {}

    fn forget(&mut self) {}

    fn expected_lines(&self, _: &dyn Fn() -> Read<Vec<ExpectedRegistrations>>) -> Read<Vec<ExpectedRegistrations>> {
        Err(self.stop_with(Stop::NotBatchable))
    }

    fn hold(&self, _: &str) -> Read<bool> {
        Err(self.stop_with(Stop::NotBatchable))
    }

    fn is_shared_with_vicidial(&self) -> bool {
        self.database.is_shared_with_vicidial()
    }

    fn recount_seats(&self) -> Read<()> {
        Ok(())
    }
}
