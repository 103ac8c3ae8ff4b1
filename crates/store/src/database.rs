//! Interface between a transaction and its database engine, and the values that are bound to statements.
//!
//! The statements are written once, in SQLite's dialect, mostly in the subset that every engine understands
//! (docs/decisions/0006-mariadb.md). The differences between the engines are here.

use std::borrow::Cow;

use fleet::TxError;
use fleet::records::SystemSettings;
use fleet::registrations::ExpectedRegistrations;

use crate::row::ResultRow;

/// Result of a statement, or of reading a value.
pub(crate) type Read<T> = Result<T, TxError>;

/// A database within one transaction.
pub(crate) trait Database {
    /// Calls `each` with the rows of a statement, one after the other, until it returns [`Next::Enough`].
    fn visit(&self, sql: &str, values: &[SqlValue<'_>], each: &mut dyn FnMut(&ResultRow<'_>) -> Read<Next>)
    -> Read<()>;

    /// Executes a statement without rows. Returns how many rows it added, or found to change or delete.
    fn change(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize>;

    /// The same, but the prepared statement is not cached: its text varies too much.
    fn change_once(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize>;

    /// Executes an `INSERT … SELECT` that changes existing rows. Returns how many rows the SELECT found.
    fn put(&self, sql: &str, values: &[SqlValue<'_>]) -> Read<usize>;

    /// The number of the last added row.
    fn last_number(&self) -> i64;

    /// Whether a value fits a column, for checks before anything is written.
    fn takes(&self, table: &'static str, column: &'static str, value: &str) -> bool;

    /// As much as a column takes of a value that Hotdesk adds by itself. What a caller sent is refused instead.
    fn cut<'v>(&self, table: &'static str, column: &'static str, value: &'v str) -> Cow<'v, str>;

    /// The system's settings.
    fn settings(&self) -> Read<SystemSettings>;

    /// Discards the cached system settings, because they were changed.
    fn invalidate_settings(&mut self);

    /// Records that the rows behind the dialers' configuration files may have changed.
    fn mark_files_changed(&mut self);

    /// The key that a name is looked up by.
    fn key(&mut self, named: NameColumn, name: &str) -> Read<String>;

    /// Records a name that was written.
    fn note(&mut self, named: NameColumn, name: &str);

    /// Forgets the recorded names, because any may have been written or removed.
    fn forget(&mut self);

    /// The lines that each dialer should have; `find` counts them.
    fn expected_lines(&self, find: &dyn Fn() -> Read<Vec<ExpectedRegistrations>>) -> Read<Vec<ExpectedRegistrations>>;

    /// Blocks other transactions that call this with the same key until this one ends. Returns whether another one may have
    /// written since this one began, so that earlier reads may be outdated.
    fn hold(&self, key: &str) -> Read<bool>;

    /// Whether the tables that VICIdial has too are VICIdial's own.
    fn is_shared_with_vicidial(&self) -> bool;

    /// Counts the seats again, if the engine maintains a count.
    fn recount_seats(&self) -> Read<()>;
}

/// Whether to visit further rows.
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

/// Another transaction interfered: this one must be executed again from its beginning.
#[derive(Debug, thiserror::Error)]
#[error("another transaction was faster")]
pub(crate) struct WriteConflict;

impl WriteConflict {
    pub(crate) fn error() -> TxError {
        TxError::Database(Box::new(Self))
    }
}

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SqlValue<'a> {
    Null,
    Number(i64),
    Text(Cow<'a, str>),
}

impl SqlValue<'_> {
    /// A copy that owns its text.
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

/// The values that are bound to a statement's marks, in their order.
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
