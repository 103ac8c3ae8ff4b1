//! What the columns of shared tables take, which may be less than the documents say: they are VICIdial's own.

use std::collections::HashMap;

use mysql::prelude::Queryable;

use super::link::Link;

/// What a text column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    characters: usize,
    /// The last letter of its character set.
    last: char,
}

impl Room {
    fn takes(self, value: &str) -> bool {
        value.chars().count() <= self.characters && value.chars().all(|letter| letter <= self.last)
    }
}

/// The text columns of the tables, by table and column.
#[derive(Debug, Default)]
pub(super) struct Columns(HashMap<(String, String), Room>);

const TEXTS: &str = "SELECT table_name, column_name, character_maximum_length, character_set_name
    FROM information_schema.columns
    WHERE table_schema = database() AND data_type IN ('char', 'varchar', 'text', 'mediumtext')
      AND table_name NOT LIKE 'hotdesk%'";

impl Columns {
    /// As they are now.
    pub(super) fn read(link: &mut Link) -> Result<Self, mysql::Error> {
        let texts: Vec<(String, String, u64, String)> = link.conn.query(TEXTS)?;
        let room = |(table, column, characters, set): (String, String, u64, String)| {
            let characters = usize::try_from(characters).unwrap_or(usize::MAX);
            ((table, column), Room { characters, last: last_letter(&set) })
        };
        Ok(Self(texts.into_iter().map(room).collect()))
    }

    /// Whether a column takes a value. One that is not known takes all.
    pub(super) fn take(&self, table: &str, column: &str, value: &str) -> bool {
        let room = self.0.get(&(table.to_owned(), column.to_owned()));
        room.is_none_or(|room| room.takes(value))
    }
}

/// The last letter that a character set surely has.
fn last_letter(set: &str) -> char {
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
    fn a_column_takes_as_many_letters_as_it_has_room_for_and_none_that_its_set_has_not() {
        let room = |set| Room { characters: 3, last: last_letter(set) };
        assert!(room("utf8mb4").takes("äö😀") && !room("utf8mb4").takes("abcd"));
        assert!(room("utf8mb3").takes("ä漢ö") && !room("utf8mb3").takes("😀"));
        assert!(room("latin1").takes("äöü") && !room("latin1").takes("漢"));
        let known = [(("t".to_owned(), "c".to_owned()), room("utf8mb4"))];
        let columns = Columns(HashMap::from(known));
        assert!(!columns.take("t", "c", "abcd") && columns.take("t", "other", "abcd"));
    }
}
