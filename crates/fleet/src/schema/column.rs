//! A column, and the macro that describes a table's columns.

use std::ops::RangeInclusive;

use crate::schema::ValueType;
use crate::text::Kept;

/// A column of a table. Wherever its name is read, its name in the database is accepted too.
#[derive(Debug)]
pub struct Column {
    /// Its name in JSON, CSV, fleet files and messages.
    pub name: &'static str,
    /// Its name in the database.
    pub sql: &'static str,
    /// Which values it takes.
    pub value_type: ValueType,
    /// Never shown.
    pub secret: bool,
    /// Part of the row's key.
    pub is_key: bool,
    /// A new row must have a value for it.
    pub required: bool,
    /// How a form fills it in; `None` for a column that no form has.
    pub form: Option<FormField>,
}

/// What a form demands of a column beyond its [`ValueType`]: the rules of `add_phone` and `update_phone`.
#[derive(Debug)]
pub struct FormField {
    /// A new row must have a value for it.
    pub required: bool,
    /// The value of a new row where none is sent.
    pub default: &'static str,
    /// How long a value may be to replace another, in bytes. A new row's may be as long as the column takes.
    pub lengths: RangeInclusive<usize>,
    /// A change may clear it.
    pub clearable: bool,
}

/// Lengths of a field that its [`ValueType`] alone limits.
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

    /// A form has it, and a new row must have a value for it.
    pub(super) const fn form_required(self, lengths: RangeInclusive<usize>) -> Self {
        Self { form: Some(FormField { required: true, default: "", lengths, clearable: false }), ..self }
    }

    /// A form has it, and a new row has this value where none is sent. A field that can be left empty can be cleared too.
    pub(super) const fn form_optional(self, default: &'static str, lengths: RangeInclusive<usize>) -> Self {
        Self { form: Some(FormField { required: false, default, lengths, clearable: default.is_empty() }), ..self }
    }

    /// A change may clear it, although a new row cannot be without.
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

/// Describes a table's columns, one a line: `column as "name": type, property, property;`. The name is left out where it is
/// the column's. Properties are the methods of [`Column`].
///
/// With `struct`, the description is also that of a struct with a `String` for each of its columns. The columns
/// of the second block belong to the table only.
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
            /// How many columns it has.
            pub const COUNT: usize = [$(stringify!($field)),*].len();

            /// Its columns' names in the database, in the order of [`Self::values`] and [`Self::read`].
            pub const COLUMNS: [&'static str; Self::COUNT] = [$(stringify!($field)),*];

            /// Its values.
            #[must_use]
            pub fn values(&self) -> [&str; Self::COUNT] {
                [$(&self.$field),*]
            }

            /// A row of values that come one after the other.
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
