//! Parser of fleet-file documents: entries, and every mistake in them.

use std::collections::HashMap;

use crate::schema::{FileError, Invalid, Object, PASS, PASS_HASH, Row, Table, Value};
use crate::text::Alphabet;

/// An entry of a file and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The values that it sets.
    pub row: Row,
    /// Position in its section, starting at 1; 0 in a section without a list; the line number in a sheet.
    pub number: usize,
    /// Position for messages: `phone 3 (extension 100)`, `alias xyz100`.
    pub place: String,
}

/// Result of parsing a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// The entries with a complete key, in the order of [`Table::ALL`].
    pub wanted: Vec<FileRow>,
    /// Every mistake, in the order of the file.
    pub mistakes: Vec<FileError>,
}

/// Name of [`Table::Dialer`] in files of versions before 0.1.0.
const OLD_DIALER_SECTION: &str = "server";

/// The alphabet for a file's values: from the file's own settings, otherwise the system's.
#[must_use]
pub fn alphabet(document: &Object, system: Alphabet) -> Alphabet {
    let settings = document.get(Table::Settings.name());
    let Some(Value::Object(settings)) = settings else { return system };
    match settings.get("use_non_latin") {
        Some(Value::Flag(true) | Value::Number(1)) => Alphabet::Unicode,
        Some(Value::Flag(false) | Value::Number(0)) => Alphabet::Latin,
        _ => system,
    }
}

/// Parses a document.
#[must_use]
pub fn read(document: &Object, alphabet: Alphabet) -> Reading {
    let mut reader = Reader { alphabet, is_sheet: false, reading: Reading::default() };
    for (word, raw) in &document.0 {
        match Table::from_name(word) {
            Some(table) => reader.table(table, raw),
            None if word == OLD_DIALER_SECTION => {
                reader.mistake(word, Invalid::RenamedSection { now: Table::Dialer.name() });
            }
            None => reader.mistake(word, Invalid::UnknownSection { known: known(Table::ALL.map(Table::name)) }),
        }
    }
    reader.finish()
}

fn known(words: impl IntoIterator<Item = &'static str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// Collects entries and mistakes.
pub(super) struct Reader {
    alphabet: Alphabet,
    /// Whether entries are numbered by line.
    is_sheet: bool,
    reading: Reading,
}

impl Reader {
    /// A reader for a sheet, whose entries are numbered by line.
    pub(super) fn of_lines(alphabet: Alphabet) -> Self {
        Self { alphabet, is_sheet: true, reading: Reading::default() }
    }

    /// Checks for duplicates and returns the result.
    pub(super) fn finish(mut self) -> Reading {
        self.find_duplicates();
        self.reading.wanted.sort_by_key(|wanted| wanted.row.table());
        self.reading
    }

    pub(super) fn mistake(&mut self, place: &str, what: Invalid) {
        self.reading.mistakes.push(FileError { place: place.to_owned(), what });
    }

    fn table(&mut self, table: Table, raw: &Value) {
        match (table, raw) {
            (Table::Settings, Value::Object(object)) => self.row(table, 0, object, table.name()),
            (Table::Weight, Value::Object(object)) => self.weights(object),
            (Table::Settings | Table::Weight, _) => {
                self.mistake(table.name(), Invalid::WrongShape { wanted: "table" });
            }
            (_, Value::List(items)) => items.iter().zip(1..).for_each(|(item, number)| match item {
                Value::Object(object) => self.row(table, number, object, &place(table, number, object)),
                _ => self.mistake(&format!("{} {number}", table.name()), Invalid::WrongShape { wanted: "table" }),
            }),
            _ => self.mistake(table.name(), Invalid::WrongShape { wanted: "list of tables" }),
        }
    }

    fn weights(&mut self, object: &Object) {
        for (server_ip, weight) in &object.0 {
            let row = [("server_ip".to_owned(), Value::Text(server_ip.clone())), ("weight".to_owned(), weight.clone())];
            self.row(Table::Weight, 0, &Object(row.into()), &format!("weights {}", server_ip.escape_debug()));
        }
    }

    /// Parses one entry. An entry with a complete key is kept even if it has mistakes, so that later checks find its other
    /// mistakes and references to it remain valid.
    pub(super) fn row(&mut self, table: Table, number: usize, object: &Object, place: &str) {
        let (row, mistakes) = read_row(table, object, self.alphabet);
        for what in mistakes {
            self.mistake(place, what);
        }
        for column in table.columns().iter().filter(|column| column.is_key && row.get(column.name).is_none()) {
            self.mistake(place, Invalid::Missing { key: column.name });
        }
        if row.names().count() == names_of(table) {
            self.reading.wanted.push(FileRow { row, number, place: place.to_owned() });
        }
    }

    fn find_duplicates(&mut self) {
        let mut seen: HashMap<(Table, String), usize> = HashMap::new();
        for FileRow { row, number, place } in &self.reading.wanted {
            let table = row.table();
            if let Some(first) = seen.insert((table, row.key()), *number) {
                let first = format!("{} {first}", if self.is_sheet { "line" } else { table.name() });
                self.reading.mistakes.push(FileError { place: place.clone(), what: Invalid::Twice { first } });
            }
        }
    }
}

/// Parses the keys of one entry and collects their mistakes. The entry keeps invalid texts as well.
#[must_use]
pub fn read_row(table: Table, object: &Object, alphabet: Alphabet) -> (Row, Vec<Invalid>) {
    let mut row = Row::new(table);
    let mut mistakes = Vec::new();
    let mut named: HashMap<&'static str, &str> = HashMap::new();
    for (name, raw) in &object.0 {
        let Some(column) = table.column(name) else {
            let known = known(table.columns().iter().map(|column| column.name));
            mistakes.push(Invalid::UnknownKey { key: name.clone(), known });
            continue;
        };
        if let Some(other) = named.insert(column.name, name) {
            mistakes.push(Invalid::SameKey { key: name.clone(), other: other.to_owned() });
        }
        match column.value_type.read(column.name, raw, alphabet) {
            Ok(value) => row.set(column.name, value),
            Err(what) => {
                mistakes.push(what);
                if let Value::Text(text) = raw {
                    row.set(column.name, text.clone());
                }
            }
        }
    }
    if table == Table::User && row.get(PASS).is_some() && row.get(PASS_HASH).is_some() {
        mistakes.push(Invalid::TwoPasswords);
    }
    (row, mistakes)
}

fn names_of(table: Table) -> usize {
    table.columns().iter().filter(|column| column.is_key).count()
}

/// Position of an entry for messages: its name if one key identifies it, otherwise its number and the last part of its key.
fn place(table: Table, number: usize, object: &Object) -> String {
    let mut names = table.columns().iter().filter(|column| column.is_key);
    let name = names.next_back().and_then(|column| match object.get(column.name) {
        Some(Value::Text(name)) => Some((column.name, name.clone())),
        Some(Value::Number(name)) => Some((column.name, name.to_string())),
        _ => None,
    });
    match name {
        Some((_, name)) if names_of(table) == 1 => format!("{} {}", table.name(), name.escape_debug()),
        Some((key, name)) => format!("{} {number} ({key} {})", table.name(), name.escape_debug()),
        None => format!("{} {number}", table.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document of one section with these entries.
    fn document(table: &str, entries: &[&[(&str, &str)]]) -> Object {
        let object = |pairs: &&[(&str, &str)]| {
            Value::Object(Object(
                pairs.iter().map(|(column, value)| ((*column).to_owned(), Value::Text((*value).to_owned()))).collect(),
            ))
        };
        Object(vec![(table.to_owned(), Value::List(entries.iter().map(object).collect()))])
    }

    fn mistakes(document: &Object) -> Vec<String> {
        read(document, Alphabet::Latin).mistakes.iter().map(FileError::to_string).collect()
    }

    #[test]
    fn a_key_may_have_its_api_name_or_its_column_name() {
        let by_api = [("extension", "100"), ("server_ip", "10.0.9.8"), ("phone_login", "100a")];
        let by_table = [("extension", "100"), ("server_ip", "10.0.9.8"), ("login", "100a")];
        let of = |pairs: &[(&str, &str)]| read(&document("phone", &[pairs]), Alphabet::Latin).wanted;
        assert_eq!(of(&by_api), of(&by_table));
        assert_eq!(of(&by_api)[0].row.get("login"), Some("100a"));
        let both = [&by_api[..], &[("login", "100b")]].concat();
        assert_eq!(
            mistakes(&document("phone", &[&both])),
            [r#"phone 1 (extension 100): the keys "login" and "phone_login" mean the same column; keep one"#]
        );
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let phones = document(
            "phone",
            &[
                &[("extension", "100"), ("server_ip", "10.0.9.8"), ("phone_login", "100a")],
                &[("extension", "1 0"), ("server_ip", "10.0.9.8"), ("frist", "x")],
                &[("server_ip", "10.0.9.8"), ("protocol", "H323")],
            ],
        );
        let found = mistakes(&phones);
        assert_eq!(found[0], "phone 2 (extension 1 0): extension: only letters, digits, `-` and `_` are allowed");
        assert!(found[1].starts_with(r#"phone 2 (extension 1 0): unknown key "frist"; known keys are server_ip, "#));
        assert_eq!(found[2], r#"phone 3: protocol "H323" is not one of SIP, PJSIP, IAX2, Zap, EXTERNAL"#);
        assert_eq!(found[3], "phone 3: extension is missing");
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn two_entries_for_one_row_are_a_mistake_regardless_of_letter_case() {
        let aliases =
            document("alias", &[&[("alias_id", "xyz100")], &[("alias_id", "abc")], &[("alias_id", "XYZ100")]]);
        assert_eq!(mistakes(&aliases), ["alias XYZ100: duplicate entry; the first one is alias 1"]);
    }

    #[test]
    fn an_unknown_section_and_a_wrong_shape_are_mistakes() {
        let mut document = document("phones", &[]);
        document.0.push(("settings".into(), Value::List(Vec::new())));
        document.0.push(("alias".into(), Value::Object(Object::default())));
        let found = mistakes(&document);
        assert!(found[0].starts_with("phones: unknown section; known sections are dialer, "), "{}", found[0]);
        assert_eq!(
            found[1..],
            ["settings: this section must be a table", "alias: this section must be a list of tables"]
        );
    }

    #[test]
    fn a_mistake_in_a_secret_does_not_repeat_it() {
        let phones = document(
            "phone",
            &[&[
                ("extension", "100"),
                ("server_ip", "10.0.9.8"),
                ("phone_pass", "hunter 2"),
                ("registration_password", "hunter 2"),
            ]],
        );
        let users = document("user", &[&[("user", "6666"), ("pass_hash", "hunter 2")]]);
        for found in [mistakes(&phones), mistakes(&users)] {
            assert!(!found.is_empty());
            assert!(found.iter().all(|mistake| !mistake.contains("hunter")), "{found:?}");
        }
    }

    #[test]
    fn the_settings_in_the_file_determine_the_alphabet() {
        let settings =
            |flag| Object(vec![("settings".into(), Value::Object(Object(vec![("use_non_latin".into(), flag)])))]);
        assert_eq!(alphabet(&settings(Value::Flag(true)), Alphabet::Latin), Alphabet::Unicode);
        assert_eq!(alphabet(&settings(Value::Flag(false)), Alphabet::Unicode), Alphabet::Latin);
        assert_eq!(alphabet(&Object::default(), Alphabet::Unicode), Alphabet::Unicode);
    }
}
