//! Macros for statements and rows by column name. Each statement's text is generated at compile time from one list of columns with
//! their values, so that two columns cannot be swapped by mistake.

use std::borrow::Cow;

use fleet::{Timestamp, TxError};

use crate::database::{Read, SqlValue};

/// A value of a row, in the engine's type.
pub(crate) enum Cell<'a> {
    Null,
    Number(i64),
    Real(f64),
    Text(Cow<'a, [u8]>),
}

/// Access to a row's values.
pub(crate) trait Cells {
    /// The value of a column, counted from 0.
    fn cell(&self, column: usize) -> Read<Cell<'_>>;
}

/// A row.
pub(crate) type ResultRow<'a> = dyn Cells + 'a;

/// Reader of a row's values, column by column.
pub(crate) struct Reader<'a> {
    row: &'a ResultRow<'a>,
    column: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(row: &'a ResultRow<'a>) -> Self {
        Self::at(row, 0)
    }

    /// Starts at a column, counted from 0.
    pub(crate) fn at(row: &'a ResultRow<'a>, column: usize) -> Self {
        Self { row, column }
    }

    /// The value of the next column.
    pub(crate) fn read<T: FromCell<'a>>(&mut self) -> Read<T> {
        let column = self.column;
        self.column += 1;
        T::from_cell(self.row.cell(column)?)
            .ok_or_else(|| TxError::Database(format!("column {column} has no valid value").into()))
    }
}

/// A type that a column can be read as.
pub(crate) trait FromCell<'a>: Sized {
    /// Converts a value; `None` if it is not valid.
    fn from_cell(cell: Cell<'a>) -> Option<Self>;
}

/// NULL reads as an empty text, a number as its digits.
impl<'a> FromCell<'a> for Cow<'a, str> {
    fn from_cell(cell: Cell<'a>) -> Option<Self> {
        Some(match cell {
            Cell::Null => Cow::Borrowed(""),
            Cell::Number(number) => Cow::Owned(number.to_string()),
            Cell::Real(number) => Cow::Owned(number.to_string()),
            Cell::Text(Cow::Borrowed(bytes)) => String::from_utf8_lossy(bytes),
            Cell::Text(Cow::Owned(bytes)) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        })
    }
}

/// As [`Cow`].
impl FromCell<'_> for String {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Cow::from_cell(cell).map(Cow::into_owned)
    }
}

/// NULL and texts that are not numbers read as 0, as in other programs that use these tables.
impl FromCell<'_> for i64 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Number(number) => Some(number),
            // MariaDB sends a sum as text.
            other => Some(Cow::from_cell(other)?.trim().parse().unwrap_or(0)),
        }
    }
}

/// As `i64`; a number out of range reads as 0.
impl FromCell<'_> for u32 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        i64::from_cell(cell).map(|number| number.try_into().unwrap_or(0))
    }
}

/// As `i64`; a number out of range reads as 0.
impl FromCell<'_> for u16 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        i64::from_cell(cell).map(|number| number.try_into().unwrap_or(0))
    }
}

/// `1` and `Y` read as `true`.
impl FromCell<'_> for bool {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Some(match cell {
            Cell::Number(number) => number == 1,
            Cell::Text(bytes) => matches!(&*bytes, b"1" | b"Y"),
            Cell::Null | Cell::Real(_) => false,
        })
    }
}

/// Milliseconds, or a text as [`Timestamp::stamp`] writes it.
impl FromCell<'_> for Timestamp {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Number(milliseconds) => Some(Self::from_unix_ms(milliseconds)),
            other => Self::from_stamp(&Cow::from_cell(other)?),
        }
    }
}

/// NULL and values that are not valid read as `None`.
impl<'a, T: FromCell<'a>> FromCell<'a> for Option<T> {
    fn from_cell(cell: Cell<'a>) -> Option<Self> {
        Some(if matches!(cell, Cell::Null) { None } else { T::from_cell(cell) })
    }
}

/// Implements [`FromCell`] for types that are stored as text: `from_text! { State: State::read; }`.
macro_rules! from_text {
    ($($Type:ty: $read:expr;)+) => {$(
        impl $crate::row::FromCell<'_> for $Type {
            fn from_cell(cell: $crate::row::Cell<'_>) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(&std::borrow::Cow::from_cell(cell)?)
            }
        }
    )+};
}
pub(crate) use from_text;

/// Describes how a struct is read from a table.
///
/// `row! { token: Token from "hotdesk_token" { user, at = "made" } }` defines the macro `token!()`, which expands to
/// `SELECT user, made FROM hotdesk_token `, and the function `token(row)`, which reads such a row as a `Token`. A nested
/// struct is written as `place => Place { … }`. Fields without a column follow `with`. Without `from`, the macro expands to the list
/// of the columns. `token: struct Token …` also defines the struct; its fields have types.
macro_rules! row {
    ($vis:vis $name:ident: struct $Row:ident $(from $from:literal)? {
        $($field:ident: $Type:ty $(= $sql:expr)?),+ $(,)?
    }) => {
        $vis struct $Row { $($vis $field: $Type),+ }
        $crate::row::row! { $vis $name: $Row $(from $from)? { $($field $(= $sql)?),+ } }
    };
    ($vis:vis $name:ident: struct $Row:ident<$life:lifetime> $(from $from:literal)? {
        $($field:ident: $Type:ty $(= $sql:expr)?),+ $(,)?
    }) => {
        $vis struct $Row<$life> { $($vis $field: $Type),+ }
        $vis fn $name<$life>(row: &mut $crate::row::Reader<$life>) -> $crate::database::Read<$Row<$life>> {
            Ok($Row { $($field: row.read()?),+ })
        }
        macro_rules! $name {
            () => { $crate::row::row!(@select ($($from)?) $($field $(= $sql)?),+) };
        }
    };
    ($vis:vis $name:ident: $Row:ident $(from $from:literal)? {
        $($field:ident $(= $sql:expr)? $(=> $Inner:ident { $($inner:ident $(= $inner_sql:expr)?),+ $(,)? })?),+ $(,)?
    } $(with { $($more:ident: $value:expr),+ $(,)? })?) => {
        $vis fn $name(row: &mut $crate::row::Reader<'_>) -> $crate::database::Read<$Row> {
            Ok($Row {
                $($field: $crate::row::row!(@read row $($Inner { $($inner),+ })?),)+
                $($($more: $value),+)?
            })
        }
        macro_rules! $name {
            () => {
                $crate::row::row!(@select ($($from)?)
                    $($field $(= $sql)? $(=> { $($inner $(= $inner_sql)?),+ })?),+)
            };
        }
    };
    (@read $row:ident) => { $row.read()? };
    (@read $row:ident $Inner:ident { $($inner:ident),+ }) => { $Inner { $($inner: $row.read()?),+ } };
    (@select ($from:literal) $($columns:tt)+) => {
        concat!("SELECT ", $crate::row::row!(@select () $($columns)+), " FROM ", $from, " ")
    };
    (@select () $first:ident $(= $first_sql:expr)? $(, $field:ident $(= $sql:expr)? $(=> { $($inner:tt)+ })?)*) => {
        concat!($crate::row::row!(@column $first $(= $first_sql)?)
            $(, ", ", $crate::row::row!(@column $field $(= $sql)? $(=> { $($inner)+ })?))*)
    };
    (@column $field:ident) => { stringify!($field) };
    (@column $field:ident = $sql:expr) => { $sql };
    (@column $field:ident => { $($inner:tt)+ }) => { $crate::row::row!(@select () $($inner)+) };
}
pub(crate) use row;

/// The statement that adds a row, and its values: `insert!("hotdesk_token" { digest: token.digest, … } "/*BATCHABLE*/")`.
///
/// The text at the end is optional. A value can be part of an SQL expression: `made: now => "date(?)"`. With `OR IGNORE` before the
/// table, an existing row is not changed.
macro_rules! insert {
    ($(OR $ignore:ident)? $table:literal {
        $first:tt: $first_value:expr $(=> $first_mark:literal)?
        $(, $column:tt: $value:expr $(=> $mark:literal)?)* $(,)?
    } $($end:literal)?) => {
        (
            concat!("INSERT " $(, "OR ", stringify!($ignore), " ")?, "INTO ", $table, " (",
                $crate::row::insert!(@name $first) $(, ", ", $crate::row::insert!(@name $column))*, ") VALUES (",
                $crate::row::insert!(@mark $first $($first_mark)?)
                $(, ", ", $crate::row::insert!(@mark $column $($mark)?))*, ")" $(, " ", $end)?),
            $crate::database::params![$first_value $(, $value)*],
        )
    };
    (@name $column:ident) => { stringify!($column) };
    (@name $column:literal) => { $column };
    (@mark $column:tt) => { "?" };
    (@mark $column:tt $mark:literal) => { $mark };
}
pub(crate) use insert;

/// The statement that adds a row or changes the row with the same key, and its values: `upsert!("hotdesk_node" { node: … }
/// { name: …, beat: … })`. The first list is the key.
macro_rules! upsert {
    ($table:literal { $($key:ident: $key_value:expr),+ $(,)? }
        { $first:ident: $first_value:expr $(=> $first_mark:literal)?
        $(, $column:ident: $value:expr $(=> $mark:literal)?)* $(,)? }) => {
        (
            concat!("INSERT INTO ", $table, " (" $(, stringify!($key), ", ")+, stringify!($first)
                $(, ", ", stringify!($column))*, ") VALUES (" $(, $crate::row::insert!(@mark $key), ", ")+,
                $crate::row::insert!(@mark $first $($first_mark)?)
                $(, ", ", $crate::row::insert!(@mark $column $($mark)?))*,
                ") ON CONFLICT (", $crate::row::upsert!(@list $($key),+), ") DO UPDATE SET ",
                stringify!($first), " = excluded.", stringify!($first)
                $(, ", ", stringify!($column), " = excluded.", stringify!($column))*),
            $crate::database::params![$($key_value,)+ $first_value $(, $value)*],
        )
    };
    (@list $first:ident $(, $column:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($column))*) };
}
pub(crate) use upsert;

/// The statement that changes rows, and its values: `update!("hotdesk_token" { used: now } "WHERE token_id = ?", token_id)`.
macro_rules! update {
    ($table:literal { $first:tt: $first_value:expr $(=> $first_mark:literal)?
        $(, $column:tt: $value:expr $(=> $mark:literal)?)* $(,)? }
        $condition:literal $(, $bound:expr)* $(,)?) => {
        (
            concat!("UPDATE ", $table, " SET ", $crate::row::insert!(@name $first), " = ",
                $crate::row::insert!(@mark $first $($first_mark)?)
                $(, ", ", $crate::row::insert!(@name $column), " = ", $crate::row::insert!(@mark $column $($mark)?))*,
                " ", $condition),
            $crate::database::params![$first_value $(, $value)* $(, $bound)*],
        )
    };
}
pub(crate) use update;

/// Like `insert!`, for columns that are only known at run time.
pub(crate) fn insert_columns<'a>(table: &str, columns: Vec<(&str, SqlValue<'a>)>) -> (String, Vec<SqlValue<'a>>) {
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    (format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), vec!["?"; names.len()].join(", ")), values)
}

/// Like `update!`, for columns that are only known at run time. `bound` has the condition's values.
pub(crate) fn update_columns<'a>(
    table: &str,
    columns: Vec<(&str, SqlValue<'a>)>,
    condition: &str,
    bound: impl IntoIterator<Item = SqlValue<'a>>,
) -> (String, Vec<SqlValue<'a>>) {
    let (names, mut values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    values.extend(bound);
    (format!("UPDATE {table} SET {} = ? WHERE {condition}", names.join(" = ?, ")), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct TextCells(Vec<&'static str>);

    impl Cells for TextCells {
        fn cell(&self, column: usize) -> Read<Cell<'_>> {
            Ok(Cell::Text(Cow::Borrowed(self.0[column].as_bytes())))
        }
    }

    #[derive(Debug, PartialEq)]
    struct Seat {
        number: u32,
        place: Place,
        note: String,
    }

    #[derive(Debug, PartialEq)]
    struct Place {
        dialer: String,
        conf: String,
    }

    row! { seat: Seat from "seats" { number = "seat_number", place => Place {
        dialer = "server_ip", conf = "conf_exten"
    } } with { note: String::new() } }

    #[test]
    fn the_statement_has_the_columns_in_the_order_in_which_they_are_read() {
        assert_eq!(seat!(), "SELECT seat_number, server_ip, conf_exten FROM seats ");
        let cells = TextCells(vec!["7", "10.0.9.8", "8600051"]);
        let place = Place { dialer: "10.0.9.8".into(), conf: "8600051".into() };
        assert_eq!(seat(&mut Reader::new(&cells)).unwrap(), Seat { number: 7, place, note: String::new() });
    }

    #[test]
    fn a_statement_binds_each_value_to_the_column_that_it_is_written_with() {
        let (text, values) = insert!("seats" { number: 7_u32, "`call`": "x" } "/*BATCHABLE*/");
        assert_eq!(text, "INSERT INTO seats (number, `call`) VALUES (?, ?) /*BATCHABLE*/");
        assert_eq!(values, [SqlValue::from(7_u32), SqlValue::from("x")]);
        assert_eq!(
            insert!(OR IGNORE "seats" { number: 7_u32 => "abs(?)" }).0,
            "INSERT OR IGNORE INTO seats (number) VALUES (abs(?))"
        );
        let (text, values) = upsert!("seats" { server_ip: "a", number: 7_u32 } { conference: "b", call: "c" });
        assert_eq!(
            text,
            "INSERT INTO seats (server_ip, number, conference, call) VALUES (?, ?, ?, ?) \
             ON CONFLICT (server_ip, number) DO UPDATE SET conference = excluded.conference, call = excluded.call"
        );
        assert_eq!(values, [SqlValue::from("a"), SqlValue::from(7_u32), SqlValue::from("b"), SqlValue::from("c")]);
        let (text, values) = update!("seats" { conference: "b", number: 7_u32 => "abs(?)" } "WHERE server_ip = ?", "a");
        assert_eq!(text, "UPDATE seats SET conference = ?, number = abs(?) WHERE server_ip = ?");
        assert_eq!(values, [SqlValue::from("b"), SqlValue::from(7_u32), SqlValue::from("a")]);
    }

    #[test]
    fn values_that_other_programs_leave_out_read_as_nothing() {
        assert_eq!(String::from_cell(Cell::Null), Some(String::new()));
        assert_eq!((i64::from_cell(Cell::Null), u16::from_cell(Cell::Number(-1))), (Some(0), Some(0)));
        assert_eq!(i64::from_cell(Cell::Text(Cow::Borrowed(b" 12 "))), Some(12));
        assert_eq!(
            (bool::from_cell(Cell::Null), bool::from_cell(Cell::Text(Cow::Borrowed(b"Y")))),
            (Some(false), Some(true))
        );
        assert_eq!(Option::<i64>::from_cell(Cell::Null), Some(None));
        assert_eq!(Option::<Timestamp>::from_cell(Cell::Text(Cow::Borrowed(b""))), Some(None));
        assert_eq!(Timestamp::from_cell(Cell::Text(Cow::Borrowed(b"0000-00-00 00:00:00"))), None);
    }
}
