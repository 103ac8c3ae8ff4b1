//! Capacity of the text columns of shared tables. Columns of VICIdial's own tables can be narrower than its documentation says.

use std::borrow::Cow;
use std::collections::HashMap;

use mysql::prelude::Queryable;

use super::link::Link;

/// Capacity of a text column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ColumnCapacity {
    characters: usize,
    /// The last character of its character set.
    last: char,
}

impl ColumnCapacity {
    /// Cuts a value to the part that fits.
    fn cut(self, value: &str) -> Cow<'_, str> {
        if self.fits(value) {
            return Cow::Borrowed(value);
        }
        let known = |letter| if letter <= self.last { letter } else { '?' };
        Cow::Owned(value.chars().take(self.characters).map(known).collect())
    }

    fn fits(self, value: &str) -> bool {
        value.chars().count() <= self.characters && value.chars().all(|letter| letter <= self.last)
    }
}

/// The text columns of the tables, by table and column.
#[derive(Debug, Default)]
pub(super) struct Columns(HashMap<(String, String), ColumnCapacity>);

const TEXTS: &str = "SELECT table_name, column_name, character_maximum_length, character_set_name
    FROM information_schema.columns
    WHERE table_schema = database() AND data_type IN ('char', 'varchar', 'text', 'mediumtext')
      AND table_name NOT LIKE 'hotdesk%'";

impl Columns {
    /// Reads the columns from the server.
    pub(super) fn read(link: &mut Link) -> Result<Self, mysql::Error> {
        let texts: Vec<(String, String, u64, String)> = link.conn.query(TEXTS)?;
        let capacity = |(table, column, characters, set): (String, String, u64, String)| {
            let characters = usize::try_from(characters).unwrap_or(usize::MAX);
            ((table, column), ColumnCapacity { characters, last: last_character(&set) })
        };
        Ok(Self(texts.into_iter().map(capacity).collect()))
    }

    /// Cuts a value to the part that fits a column.
    pub(super) fn cut<'v>(&self, table: &str, column: &str, value: &'v str) -> Cow<'v, str> {
        let capacity = self.0.get(&(table.to_owned(), column.to_owned()));
        capacity.map_or(Cow::Borrowed(value), |capacity| capacity.cut(value))
    }

    /// Whether a value fits a column. An unknown column accepts every value.
    pub(super) fn fit(&self, table: &str, column: &str, value: &str) -> bool {
        let capacity = self.0.get(&(table.to_owned(), column.to_owned()));
        capacity.is_none_or(|capacity| capacity.fits(value))
    }
}

/// The last character that a character set is sure to contain.
fn last_character(set: &str) -> char {
    match set {
        "utf8mb4" => char::MAX,
        "utf8" | "utf8mb3" | "ucs2" => '\u{FFFF}',
        "latin1" => '\u{FF}',
        _ => '\u{7F}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_limits_the_number_of_letters_and_the_letters_themselves() {
        let capacity = |set| ColumnCapacity { characters: 3, last: last_character(set) };
        assert!(capacity("utf8mb4").fits("äö😀") && !capacity("utf8mb4").fits("abcd"));
        assert!(capacity("utf8mb3").fits("ä漢ö") && !capacity("utf8mb3").fits("😀"));
        assert!(capacity("latin1").fits("äöü") && !capacity("latin1").fits("漢"));
        assert_eq!(capacity("utf8mb3").cut("ä😀öü"), "ä?ö");
        assert_eq!(capacity("latin1").cut("ä"), "ä");
        let known = [(("t".to_owned(), "c".to_owned()), capacity("utf8mb4"))];
        let columns = Columns(HashMap::from(known));
        assert!(!columns.fit("t", "c", "abcd") && columns.fit("t", "other", "abcd"));
    }
}
