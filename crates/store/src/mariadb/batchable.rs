//! Batchable statements: a look-up that becomes one statement for many names, and an insert that becomes one for many rows.
//!
//! They end with the marker [`BATCHABLE`] and have one of two forms: `SELECT … FROM table WHERE lower(rtrim(column)) = ?1` and
//! `INSERT INTO table (…) VALUES (…)`.

use super::dialect::{SharedTimes, Translated, translate};

/// Marker at the end of a batchable statement. Only for tables that no view reads.
pub(super) const BATCHABLE: &str = " /*BATCHABLE*/";

/// The look-up of a row by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BatchLookUp<'a> {
    finds: &'a str,
    pub table: &'a str,
    pub column: &'a str,
}

impl<'a> BatchLookUp<'a> {
    /// Parses a statement; `None` if it has another form.
    pub(super) fn read(sql: &'a str) -> Option<Self> {
        let (finds, rest) = sql.strip_prefix("SELECT ")?.split_once(" FROM ")?;
        let (table, rest) = rest.split_once(" WHERE lower(rtrim(")?;
        let (column, end) = rest.split_once(")) = ?1")?;
        (end == BATCHABLE && is_word(table) && is_word(column)).then_some(Self { finds, table, column })
    }

    /// The statement for this number of names. The name of each found row is its last column.
    pub(super) fn translate(&self, names: usize) -> Translated {
        let Self { finds, table, column } = self;
        let marks = vec!["?"; names].join(", ");
        let text = format!("SELECT {finds}, {column} FROM {table} WHERE {column} IN ({marks})");
        Translated { text, order: (0..names).collect() }
    }
}

/// The insertion of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BatchInsert {
    begin: String,
    pub table: String,
    columns: Vec<String>,
    /// One row of marks, `(?, ?)`; a time may be converted.
    marks: String,
    /// The index of the value for each column.
    order: Vec<usize>,
}

impl BatchInsert {
    /// Parses a statement; `None` if it has another form.
    pub(super) fn read(sql: &str, times: SharedTimes) -> Option<Self> {
        let (begin, marks) = sql.strip_suffix(BATCHABLE)?.split_once("VALUES (")?;
        let (table, columns) = begin.strip_prefix("INSERT INTO ")?.split_once('(')?;
        let columns: Vec<_> =
            columns.trim_end().strip_suffix(')')?.split(',').map(|name| name.trim().to_owned()).collect();
        let table = table.trim_end();
        let values = marks.strip_suffix(')')?;
        let Translated { text, order } = translate(&values.replace("/*TO LOCAL*/(?", "(?"), true, times);
        let is_plain = is_word(table) && text.replace("(?)", "?") == vec!["?"; columns.len()].join(", ");
        let marks = format!("({})", translate(values, true, times).text);
        is_plain.then(|| Self { begin: begin.to_owned(), table: table.to_owned(), columns, marks, order })
    }

    /// The statement for this number of rows.
    pub(super) fn translate(&self, rows: usize) -> Translated {
        let text = format!("{}VALUES {}", self.begin, vec![self.marks.as_str(); rows].join(", "));
        let width = self.columns.len();
        let order = (0..rows).flat_map(|row| self.order.iter().map(move |at| row * width + at)).collect();
        Translated { text, order }
    }

    /// The index of the value for this column.
    pub(super) fn value_index(&self, column: &str) -> Option<usize> {
        let at = self.columns.iter().position(|known| *known == column)?;
        self.order.get(at).copied()
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a name has printable ASCII only. If a collation finds a row of another [`fleet::name::key`] by such a name, the batch
/// notices it.
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Whether some collation could treat these two names as equal, by ignoring letter case, blanks, signs or letters beyond ASCII.
pub(super) fn may_be_same(one: &str, other: &str) -> bool {
    !is_plain(one) || !is_plain(other) || alphanumeric(one).eq(alphanumeric(other))
}

fn alphanumeric(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_is_translated_for_many_names() {
        let look_up = BatchLookUp::read("SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1 /*BATCHABLE*/").unwrap();
        assert_eq!((look_up.table, look_up.column), ("phones", "login"));
        let translated = look_up.translate(3);
        assert_eq!(translated.text, "SELECT 1, login FROM phones WHERE login IN (?, ?, ?)");
        assert_eq!(translated.order, [0, 1, 2]);
    }

    #[test]
    fn an_insert_is_translated_for_many_rows() {
        let sql = "INSERT INTO t\n     (a, b)\n  VALUES (?2, ?1) /*BATCHABLE*/";
        let addition = BatchInsert::read(sql, SharedTimes::Utc).unwrap();
        assert_eq!((&*addition.table, addition.value_index("a"), addition.value_index("c")), ("t", Some(1), None));
        let translated = addition.translate(2);
        assert_eq!(translated.text, "INSERT INTO t\n     (a, b)\n  VALUES (?, ?), (?, ?)");
        assert_eq!(translated.order, [1, 0, 3, 2]);
        let local =
            BatchInsert::read("INSERT INTO t (a, b) VALUES (/*TO LOCAL*/(?1), ?2) /*BATCHABLE*/", SharedTimes::Local);
        let row = "(convert_tz(?, '+00:00', @@time_zone), ?)";
        assert_eq!(local.unwrap().translate(2).text, format!("INSERT INTO t (a, b) VALUES {row}, {row}"));
    }

    #[test]
    fn a_statement_of_another_form_or_without_the_marker_is_not_batchable() {
        for sql in [
            "SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1",
            "SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1 AND a = ?2 /*BATCHABLE*/",
            "SELECT 1 FROM phones p, servers WHERE lower(rtrim(login)) = ?1 /*BATCHABLE*/",
        ] {
            assert_eq!(BatchLookUp::read(sql), None, "{sql}");
        }
        for sql in [
            "INSERT INTO t (a) VALUES (?1)",
            "INSERT INTO t (a, b) VALUES (?1, 'x') /*BATCHABLE*/",
            "INSERT INTO t (a) SELECT ?1 /*BATCHABLE*/",
            "INSERT INTO t (a) VALUES (?1) ON CONFLICT (a) DO UPDATE SET a = excluded.a /*BATCHABLE*/",
        ] {
            assert_eq!(BatchInsert::read(sql, SharedTimes::Utc), None, "{sql}");
        }
    }

    #[test]
    fn names_that_a_collation_could_treat_as_equal_may_be_the_same() {
        for (one, other) in [("cc100", "CC100 "), ("a-b", "ab"), ("é", "x"), ("a\u{1}", "b")] {
            assert!(may_be_same(one, other), "{one} {other}");
        }
        assert!(!may_be_same("cc100", "cc1000"));
        assert!(!may_be_same("", "a"));
    }
}
