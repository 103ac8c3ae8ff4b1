//! A transaction that several commands share, which look up names and add rows.
//!
//! Each command is run by itself, in turn. A look-up that may be told [together](super::together) with its likes is noted, and
//! the command is left where it is; once all have got as far, what they want is looked up by one statement, and they run again
//! from their beginning, with the answers at hand. What they add waits, and is added by one statement a table in the end. So a
//! command costs a part of a round trip where it would cost nine.
//!
//! Whoever wants more than that (to change a row, to hold one), or asks about what another command of the same transaction has
//! added, is put aside and gets a transaction of its own afterwards.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use fleet::name::key;
use fleet::records::SystemSettings;
use fleet::registrations::ExpectedRegistrations;
use fleet::{Timestamp, TxError};

use super::lanes::Job;
use super::rows::Mariadb;
use super::together::{Addition, LookUp, TOGETHER, is_plain, may_be_same};
use super::words::FOR_UPDATE;
use crate::database::{Database, Named, Next, Read, ResultRow, SqlValue, text};
use crate::tx::SqlTx;

/// Why a command does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Halt {
    /// It wants to know what is going to be looked up.
    #[error("its look-up is told together with others")]
    Wants,
    /// It cannot share this transaction.
    #[error("it needs a transaction of its own")]
    NotTogether,
}

/// A look-up with its values.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    sql: String,
    values: Vec<SqlValue<'static>>,
}

/// A row that is added in the end, and by which of the statements.
struct NewRow {
    statement: usize,
    values: Vec<SqlValue<'static>>,
}

type Answer = Rc<[mysql::Row]>;

/// The transaction.
pub(super) struct Shared<'a> {
    database: Mariadb<'a>,
    answers: RefCell<HashMap<Question, Answer>>,
    wanted: RefCell<Vec<Question>>,
    additions: RefCell<Vec<(String, Addition)>>,
    rows: RefCell<Vec<NewRow>>,
    halt: Cell<Option<Halt>>,
}

/// The commands of a transaction, sorted.
pub(super) struct Sorted {
    /// They are done with the transaction's commit.
    pub done: Vec<Box<dyn Job>>,
    /// They need transactions of their own.
    pub aside: Vec<Box<dyn Job>>,
    /// Why the transaction cannot be committed, if it cannot.
    pub broken: Option<TxError>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(database: Mariadb<'a>) -> Self {
        Self {
            database,
            answers: RefCell::default(),
            wanted: RefCell::default(),
            additions: RefCell::default(),
            rows: RefCell::default(),
            halt: Cell::default(),
        }
    }

    /// Carries commands out as far as that goes. What they add is in the tables afterwards.
    pub(super) fn execute(&self, jobs: Vec<Box<dyn Job>>, now: Timestamp) -> Sorted {
        let mut sorted = Sorted { done: Vec::with_capacity(jobs.len()), aside: Vec::new(), broken: None };
        let mut open = jobs;
        while !open.is_empty() && sorted.broken.is_none() {
            let mut waiting = Vec::new();
            for mut job in open {
                match self.run(job.as_mut(), now) {
                    Ok(()) => sorted.done.push(job),
                    Err(TxError::Database(cause)) if cause.is::<Halt>() => match self.halt.get() {
                        Some(Halt::Wants) => waiting.push(job),
                        _ => sorted.aside.push(job),
                    },
                    Err(error) => {
                        sorted.aside.push(job);
                        sorted.broken = Some(error);
                    }
                }
            }
            open = waiting;
            if let Err(error) = self.look_up_what_is_wanted() {
                sorted.broken = Some(error);
            }
        }
        sorted.aside.extend(open);
        if sorted.broken.is_none() {
            sorted.broken = self.add_rows().err();
        }
        sorted
    }

    /// Runs a command as far as it gets. Of one that does not get to its end, nothing stays.
    fn run(&self, job: &mut dyn Job, now: Timestamp) -> Read<()> {
        let before = self.rows.borrow().len();
        self.halt.set(None);
        let ran = catch_unwind(AssertUnwindSafe(|| job.run(&mut SqlTx::new(self, now))));
        // Whoever panics will do so again, alone.
        let ran = ran.unwrap_or_else(|_| Err(self.stop(Halt::NotTogether)));
        let ran = self.halt.get().map_or(ran, |halt| Err(TxError::Database(Box::new(halt))));
        if ran.is_err() {
            self.rows.borrow_mut().truncate(before);
        }
        ran
    }

    fn stop(&self, halt: Halt) -> TxError {
        self.halt.set(Some(halt));
        TxError::Database(Box::new(halt))
    }

    /// Whether a row that waits to be added could be found by this look-up.
    fn is_in_doubt(&self, sql: &str, look_up: Option<&LookUp<'_>>, values: &[SqlValue<'_>]) -> bool {
        let rows = self.rows.borrow();
        let concerns = |addition: &Addition| {
            look_up.map_or_else(|| sql.contains(&addition.table), |look_up| look_up.table == addition.table)
        };
        self.additions.borrow().iter().enumerate().filter(|(_, (_, addition))| concerns(addition)).any(
            |(statement, (_, addition))| {
                let at = look_up.and_then(|look_up| addition.place_of(look_up.column));
                let mut added = rows.iter().filter(|row| row.statement == statement);
                added.any(|row| match (at.and_then(|at| row.values.get(at)), values) {
                    (Some(SqlValue::Text(added)), [SqlValue::Text(asked)]) => may_be_same(added, asked),
                    _ => true,
                })
            },
        )
    }

    fn look_up_what_is_wanted(&self) -> Read<()> {
        let mut by_statement: HashMap<String, Vec<Vec<SqlValue<'static>>>> = HashMap::new();
        for Question { sql, values } in self.wanted.take() {
            let wanted = by_statement.entry(sql).or_default();
            if !wanted.contains(&values) {
                wanted.push(values);
            }
        }
        by_statement.into_iter().try_for_each(|(sql, names)| self.look_up(&sql, names))
    }

    /// Looks up many names by one statement.
    fn look_up(&self, sql: &str, names: Vec<Vec<SqlValue<'static>>>) -> Read<()> {
        let look_up = LookUp::read(sql).ok_or_else(|| has_no_form(sql))?;
        // Fewer different statements: a name more than once finds no more.
        let width = names.len().next_power_of_two();
        let marks: Vec<SqlValue<'_>> =
            names.iter().chain(std::iter::repeat(&names[0])).take(width).flatten().map(SqlValue::kept).collect();
        let found = self.database.rows_of(&format!("{width} {sql}"), &marks, || look_up.tell(width))?;
        let mut answers: HashMap<String, Vec<mysql::Row>> = HashMap::with_capacity(names.len());
        for name in &names {
            answers.insert(name_of(name), Vec::new());
        }
        for row in found {
            let found_by = key(&text(&row, row.len().saturating_sub(1))?);
            match answers.get_mut(&found_by) {
                Some(rows) => rows.push(row),
                // By a name that is another one to everybody but the column's collation.
                None => return self.look_up_one_by_one(sql, names),
            }
        }
        for values in names {
            let rows = answers.remove(&name_of(&values)).unwrap_or_default();
            self.answers.borrow_mut().insert(Question { sql: sql.to_owned(), values }, rows.into());
        }
        Ok(())
    }

    fn look_up_one_by_one(&self, sql: &str, names: Vec<Vec<SqlValue<'static>>>) -> Read<()> {
        names.into_iter().try_for_each(|values| self.look_up_one(sql, values).map(drop))
    }

    fn look_up_one(&self, sql: &str, values: Vec<SqlValue<'static>>) -> Read<Answer> {
        let rows: Answer = self.database.rows_as_told(sql, &values)?.into();
        self.answers.borrow_mut().insert(Question { sql: sql.to_owned(), values }, Rc::clone(&rows));
        Ok(rows)
    }

    /// Adds the rows that wait, those of one statement together, in the order in which the statements came.
    fn add_rows(&self) -> Read<()> {
        let rows = self.rows.take();
        for (statement, (sql, addition)) in self.additions.borrow().iter().enumerate() {
            let of_it: Vec<_> = rows.iter().filter(|row| row.statement == statement).collect();
            if of_it.is_empty() {
                continue;
            }
            let count = of_it.len();
            let values: Vec<_> = of_it.into_iter().flat_map(|row| row.values.iter().cloned()).collect();
            self.database.rows_of(&format!("{count} {sql}"), &values, || addition.tell(count))?;
        }
        Ok(())
    }

    /// Which of the statements that add rows it is.
    fn statement(&self, sql: &str) -> Read<usize> {
        let mut additions = self.additions.borrow_mut();
        if let Some(known) = additions.iter().position(|(known, _)| known == sql) {
            return Ok(known);
        }
        additions.push((sql.to_owned(), Addition::read(sql).ok_or_else(|| has_no_form(sql))?));
        Ok(additions.len() - 1)
    }
}

fn name_of(values: &[SqlValue<'_>]) -> String {
    match values {
        [SqlValue::Text(name)] => key(name),
        _ => String::new(),
    }
}

fn has_no_form(sql: &str) -> TxError {
    TxError::Database(format!("this statement cannot be told together with its likes: {sql}").into())
}

impl Database for &Shared<'_> {
    fn visit(
        &self,
        sql: &str,
        values: &[SqlValue<'_>],
        each: &mut dyn FnMut(&ResultRow<'_>) -> Read<Next>,
    ) -> Read<()> {
        let look_up =
            if sql.ends_with(TOGETHER) { Some(LookUp::read(sql).ok_or_else(|| has_no_form(sql))?) } else { None };
        if sql.ends_with(FOR_UPDATE) || self.is_in_doubt(sql, look_up.as_ref(), values) {
            return Err(self.stop(Halt::NotTogether));
        }
        let question = Question { sql: sql.to_owned(), values: values.iter().map(SqlValue::kept).collect() };
        let known = self.answers.borrow().get(&question).cloned();
        let rows = match (known, values) {
            (Some(rows), _) => rows,
            (None, [SqlValue::Text(name)]) if look_up.is_some() && is_plain(name) => {
                self.wanted.borrow_mut().push(question);
                return Err(self.stop(Halt::Wants));
            }
            (None, _) => self.look_up_one(sql, question.values)?,
        };
        for row in rows.iter() {
            if each(row)? == Next::Enough {
                break;
            }
        }
        Ok(())
    }

    fn change(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize> {
        if !sql.ends_with(TOGETHER) {
            return Err(self.stop(Halt::NotTogether));
        }
        let row = NewRow { statement: self.statement(sql)?, values: values.iter().map(SqlValue::kept).collect() };
        self.rows.borrow_mut().push(row);
        Ok(1)
    }

    fn change_once(&self, _: &str, _: &[SqlValue<'_>]) -> Read<usize> {
        Err(self.stop(Halt::NotTogether))
    }

    fn put(&self, _: &str, _: &[SqlValue<'_>]) -> Read<usize> {
        Err(self.stop(Halt::NotTogether))
    }

    fn last_number(&self) -> i64 {
        // Nobody knows before the rows are added.
        self.halt.set(Some(Halt::NotTogether));
        0
    }

    fn takes(&self, table: &'static str, column: &'static str, value: &str) -> bool {
        self.database.takes(table, column, value)
    }

    fn settings(&self) -> Read<SystemSettings> {
        self.database.settings()
    }

    fn has_changed_files(&mut self) {
        self.database.note_changed_files();
    }

    fn has_set_system(&mut self) {
        self.halt.set(Some(Halt::NotTogether));
    }

    fn key(&mut self, _: Named, name: &str) -> Read<String> {
        Ok(key(name))
    }

    fn note(&mut self, _: Named, _: &str) {}

    fn forget(&mut self) {}

    fn expected_lines(&self, _: &dyn Fn() -> Read<Vec<ExpectedRegistrations>>) -> Read<Vec<ExpectedRegistrations>> {
        Err(self.stop(Halt::NotTogether))
    }

    fn hold(&self, _: &str) -> Read<bool> {
        Err(self.stop(Halt::NotTogether))
    }

    fn recount_seats(&self) -> Read<()> {
        Ok(())
    }
}
