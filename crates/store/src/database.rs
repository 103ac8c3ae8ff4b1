//! The interface between a transaction and its database engine, and the values that go in and come out.
//!
//! The statements are written once, in SQLite's words and as far as possible in such that every engine understands
//! (docs/decisions/0006-mariadb.md). What the engines do differently is here.

use std::borrow::Cow;

use fleet::TxError;
use fleet::records::SystemSettings;
use fleet::registrations::ExpectedRegistrations;

/// Why a value could not be read, or a statement not be carried out.
pub(crate) type Read<T> = Result<T, TxError>;

/// A database within one transaction.
pub(crate) trait Database {
    /// Shows the rows that a statement finds one after the other, as long as `each` wants more.
    fn visit(&self, sql: &str, values: &[SqlValue<'_>], each: &mut dyn FnMut(&ResultRow<'_>) -> Read<Next>)
    -> Read<()>;

    /// Carries out a statement that finds nothing. Returns how many rows it added, or found to change or to delete.
    fn change(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize>;

    /// The same for a statement that is not kept, since there are too many such as it.
    fn change_once(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize>;

    /// Carries out a statement that adds the rows that another one finds, or changes them where they are there already.
    /// Returns how many were found.
    fn put(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize>;

    /// The number that the row added last was given.
    fn last_number(&self) -> i64;

    /// Whether a column takes a value, for what is to be known before anything is written.
    fn takes(&self, table: &'static str, column: &'static str, value: &str) -> bool;

    /// The system's settings.
    fn settings(&self) -> Read<SystemSettings>;

    /// Discards the cached system settings, because they were changed.
    fn invalidate_settings(&mut self);

    /// Records that rows may have changed from which dialers' configuration files are written.
    fn mark_files_changed(&mut self);

    /// The key that a name is looked up with.
    fn key(&mut self, named: NameColumn, name: &str) -> Read<String>;

    /// A name has been written.
    fn note(&mut self, named: NameColumn, name: &str);

    /// Names may have been written or removed.
    fn forget(&mut self);

    /// The lines that each dialer is to have, which `find` counts.
    fn expected_lines(&self, find: &dyn Fn() -> Read<Vec<ExpectedRegistrations>>) -> Read<Vec<ExpectedRegistrations>>;

    /// Until this transaction ends, no other one gets past this point with the same key. Whether another one could have
    /// written since this one began, so that what was read before may not be so any more.
    fn hold(&self, key: &str) -> Read<bool>;

    /// Seats are counted anew, where they are counted as they come and go.
    fn recount_seats(&self) -> Read<()>;
}

/// Whether there is more to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    More,
    Enough,
}

/// A column of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NameColumn {
    /// `phones.extension`.
    Extension,
    /// `phones.login`.
    Login,
    /// `phones_alias.alias_id`.
    Alias,
    /// `vicidial_users.user`.
    User,
    /// `vicidial_user_groups.user_group`.
    UserGroup,
    /// `vicidial_conf_templates.template_id`.
    Template,
}

/// Another transaction has interfered: this one has to be executed again from its beginning.
#[derive(Debug, thiserror::Error)]
#[error("another transaction was faster")]
pub(crate) struct WriteConflict;

impl WriteConflict {
    pub(crate) fn error() -> TxError {
        TxError::Database(Box::new(Self))
    }
}

/// A value of a row, as the engine has it.
pub(crate) enum Cell<'a> {
    Null,
    Number(i64),
    Real(f64),
    Text(Cow<'a, [u8]>),
}

/// A row's values.
pub(crate) trait Cells {
    /// The value in this column, counted from 0.
    fn cell(&self, column: usize) -> Read<Cell<'_>>;
}

/// A row.
pub(crate) type ResultRow<'a> = dyn Cells + 'a;

impl dyn Cells + '_ {
    /// The value in this column, as this type.
    pub(crate) fn get<T: FromCell>(&self, column: usize) -> Read<T> {
        T::from_cell(&self.cell(column)?).ok_or_else(|| TxError::Database(format!("column {column} is none").into()))
    }
}

/// What a value can be read as.
pub(crate) trait FromCell: Sized {
    /// `None` if it cannot.
    fn from_cell(cell: &Cell<'_>) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Number(number) => Some(*number),
            // A sum is a decimal number, which comes as text.
            Cell::Text(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
            Cell::Null | Cell::Real(_) => None,
        }
    }
}

impl FromCell for u32 {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        i64::from_cell(cell).and_then(|number| number.try_into().ok())
    }
}

impl FromCell for bool {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        i64::from_cell(cell).map(|number| number != 0)
    }
}

impl FromCell for String {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Cell::Null | Cell::Number(_) | Cell::Real(_) => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        if matches!(cell, Cell::Null) { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

/// A text column; NULL reads as empty, a number as its digits.
pub(crate) fn text(row: &ResultRow<'_>, column: usize) -> Read<String> {
    Ok(match row.cell(column)? {
        Cell::Null => String::new(),
        Cell::Number(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// A number; NULL and what is none read as 0, as other programs of these tables have it.
pub(crate) fn number(row: &ResultRow<'_>, column: usize) -> Read<i64> {
    Ok(text(row, column)?.trim().parse().unwrap_or(0))
}

/// A column that is `1` or `Y` for yes.
pub(crate) fn flag(row: &ResultRow<'_>, column: usize) -> Read<bool> {
    Ok(match row.cell(column)? {
        Cell::Number(number) => number == 1,
        Cell::Text(bytes) => matches!(&*bytes, b"1" | b"Y"),
        Cell::Null | Cell::Real(_) => false,
    })
}

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SqlValue<'a> {
    Null,
    Number(i64),
    Text(Cow<'a, str>),
}

impl SqlValue<'_> {
    /// The same, kept.
    pub(crate) fn kept(&self) -> SqlValue<'static> {
        match self {
            Self::Null => SqlValue::Null,
            Self::Number(number) => SqlValue::Number(*number),
            Self::Text(text) => SqlValue::Text(Cow::Owned(text.clone().into_owned())),
        }
    }
}

impl<'a> From<&'a str> for SqlValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&&'a str> for SqlValue<'a> {
    fn from(text: &&'a str) -> Self {
        Self::from(*text)
    }
}

impl<'a> From<&'a String> for SqlValue<'a> {
    fn from(text: &'a String) -> Self {
        Self::from(text.as_str())
    }
}

impl<'a> From<&&'a String> for SqlValue<'a> {
    fn from(text: &&'a String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for SqlValue<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&SqlValue<'a>> for SqlValue<'a> {
    fn from(value: &SqlValue<'a>) -> Self {
        value.clone()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl From<$number> for SqlValue<'_> {
            fn from(number: $number) -> Self {
                Self::Number(i64::from(number))
            }
        }
        impl From<&$number> for SqlValue<'_> {
            fn from(number: &$number) -> Self {
                Self::Number(i64::from(*number))
            }
        })*
    };
}
numbers! { i64 u32 u16 u8 bool }

impl<'a, T: Into<SqlValue<'a>>> From<Option<T>> for SqlValue<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a, T: Copy + Into<SqlValue<'a>>> From<&Option<T>> for SqlValue<'a> {
    fn from(value: &Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What is bound to a statement's marks, in their order.
pub(crate) trait Parameters<'a> {
    /// The values.
    fn values(self) -> impl AsRef<[SqlValue<'a>]>;
}

impl<'a, T: Into<SqlValue<'a>>, const N: usize> Parameters<'a> for [T; N] {
    fn values(self) -> impl AsRef<[SqlValue<'a>]> {
        self.map(Into::into)
    }
}

impl<'a> Parameters<'a> for Vec<SqlValue<'a>> {
    fn values(self) -> impl AsRef<[SqlValue<'a>]> {
        self
    }
}

/// Values of different types as [`Parameters`].
macro_rules! params {
    () => { [] as [$crate::database::SqlValue<'static>; 0] };
    ($($value:expr),+ $(,)?) => { [$($crate::database::SqlValue::from(&$value)),+] };
}
pub(crate) use params;

/// Names the columns of a statement: `columns! { token_columns, TOKEN: TokenColumns { user, at = "made" } }` makes the macro
/// `token_columns!()`, the list `user, made` for the statement, and `TOKEN`, in which `TOKEN.at` is the index of `made` in its
/// rows. Both follow from one list, so that no two columns can be swapped.
macro_rules! columns {
    ($list:ident, $INDEX:ident: $Index:ident { $first:ident $(= $first_sql:literal)? $(, $name:ident $(= $sql:literal)?)* $(,)? }) => {
        pub(super) struct $Index { pub(super) $first: usize, $(pub(super) $name: usize),* }

        pub(super) const $INDEX: $Index = {
            let mut next = 0;
            $Index {
                $first: 0,
                $($name: { next += 1; next },)*
            }
        };

        macro_rules! $list {
            () => {
                concat!(
                    $crate::database::columns!(@sql $first $($first_sql)?)
                    $(, ", ", $crate::database::columns!(@sql $name $($sql)?))*
                )
            };
        }
    };
    (@sql $name:ident) => { stringify!($name) };
    (@sql $name:ident $sql:literal) => { $sql };
}
pub(crate) use columns;
