//! A column, and the macro that describes a table's columns.

use std::ops::RangeInclusive;

use crate::schema::ValueType;
use crate::text::Kept;

/// A column of a table. Its name in the database is accepted as an alternative to its own name.
#[derive(Debug)]
pub struct Column {
    /// Its name in JSON, CSV, fleet files and messages.
    pub name: &'static str,
    /// Its name in the database.
    pub sql: &'static str,
    /// The valid values.
    pub value_type: ValueType,
    /// Whether it is a secret, which is never shown.
    pub secret: bool,
    /// Whether it is part of the row's key.
    pub is_key: bool,
    /// Whether a new row must have a value for it.
    pub required: bool,
    /// Rules of the form field; `None` for a column that forms do not have.
    pub form: Option<FormField>,
}

/// Rules of a form field beyond its [`ValueType`]: those of `add_phone` and `update_phone`.
#[derive(Debug)]
pub struct FormField {
    /// Whether a new row must have a value for it.
    pub required: bool,
    /// The default value of a new row.
    pub default: &'static str,
    /// Allowed length of a changed value, in bytes. A new row's value is only limited by the column.
    pub lengths: RangeInclusive<usize>,
    /// Whether a change may clear it.
    pub clearable: bool,
}

/// Lengths of a field that is only limited by its [`ValueType`].
pub(super) const ANY: RangeInclusive<usize> = 1..=usize::MAX;

impl Column {
    pub(super) const fn new(name: &'static str, sql: &'static str, value_type: ValueType) -> Self {
        Self { name, sql, value_type, secret: false, is_key: false, required: false, form: None }
    }

    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    pub(super) const fn key(self) -> Self {
        Self { is_key: true, required: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Adds a required form field.
    pub(super) const fn form_required(self, lengths: RangeInclusive<usize>) -> Self {
        Self { form: Some(FormField { required: true, default: "", lengths, clearable: false }), ..self }
    }

    /// Adds an optional form field with this default. A field that may be empty can also be cleared.
    pub(super) const fn form_optional(self, default: &'static str, lengths: RangeInclusive<usize>) -> Self {
        Self { form: Some(FormField { required: false, default, lengths, clearable: default.is_empty() }), ..self }
    }

    /// Allows changes to clear the field, although a new row requires a value.
    pub(super) const fn clearable(self) -> Self {
        let form = match self.form {
            Some(form) => Some(FormField { clearable: true, ..form }),
            None => None,
        };
        Self { form, ..self }
    }
}

pub(super) const fn name(kept: Kept, at_most: usize) -> ValueType {
    text_from(1, kept, at_most)
}

pub(super) const fn text(kept: Kept, at_most: usize) -> ValueType {
    text_from(0, kept, at_most)
}

pub(super) const fn text_from(at_least: usize, kept: Kept, at_most: usize) -> ValueType {
    ValueType::Text { kept, at_least, at_most }
}

pub(super) const fn number(from: i64, to: i64) -> ValueType {
    ValueType::Number { from, to }
}

pub(super) const LETTER: ValueType = ValueType::Switch { yes: "Y", no: "N" };
pub(super) const DIGIT: ValueType = ValueType::Switch { yes: "1", no: "0" };

/// Describes a table's columns, one per line: `column as "name": type, property, property;`. The name is omitted if it equals the
/// column's. Properties are the methods of [`Column`].
///
/// With `struct`, it also defines a struct with a `String` field per column. The columns of the second block belong only to the
/// table.
macro_rules! columns {
    (static $TABLE:ident {
        $($sql:ident $(as $name:literal)?: $value_type:expr $(, $property:ident $(($($argument:expr),+))?)*;)*
    }) => {
        pub(super) static $TABLE: [Column; [$(stringify!($sql)),*].len()] = [$(
            Column::new(columns!(@name $sql $($name)?), stringify!($sql), $value_type)
                $(.$property($($($argument),+)?))*
        ),*];
    };
    (
        $(#[$attribute:meta])*
        pub struct $Row:ident {
            $($field:ident $(as $name:literal)?: $value_type:expr $(, $property:ident $(($($argument:expr),+))?)*;)*
        }
        static $TABLE:ident {
            $($sql:ident: $further_type:expr;)*
        }
    ) => {
        $(#[$attribute])*
        pub struct $Row { $(pub $field: String,)* }

        impl $Row {
            /// Number of columns.
            pub const COUNT: usize = [$(stringify!($field)),*].len();

            /// The columns' names in the database, in the order of [`Self::values`] and [`Self::read`].
            pub const COLUMNS: [&'static str; Self::COUNT] = [$(stringify!($field)),*];

            /// The values of all columns.
            #[must_use]
            pub fn values(&self) -> [&str; Self::COUNT] {
                [$(&self.$field),*]
            }

            /// Builds a row from consecutive values.
            ///
            /// # Errors
            /// The first value that cannot be read.
            pub fn read<E>(mut next: impl FnMut() -> Result<String, E>) -> Result<Self, E> {
                Ok(Self { $($field: next()?),* })
            }

            /// The value of a column, by its name in the database; empty if there is no such column.
            #[must_use]
            pub fn get(&self, sql: &str) -> &str {
                match sql {
                    $(stringify!($field) => &self.$field,)*
                    _ => "",
                }
            }

            /// Sets a column, by its name in the database, if there is one.
            pub fn set(&mut self, sql: &str, value: String) {
                match sql {
                    $(stringify!($field) => self.$field = value,)*
                    _ => {}
                }
            }
        }

        columns! { static $TABLE {
            $($field $(as $name)?: $value_type $(, $property $(($($argument),+))?)*;)*
            $($sql: $further_type;)*
        } }
    };
    (@name $sql:ident) => { stringify!($sql) };
    (@name $sql:ident $name:literal) => { $name };
}
pub(super) use columns;
