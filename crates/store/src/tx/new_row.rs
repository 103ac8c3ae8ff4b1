//! Default values for new rows of shared tables.
//!
//! VICIdial's own tables have NOT NULL columns without a default, and their defaults differ from those that Hotdesk documents: a dialer or a
//! phone without `active` would be inactive there. An INSERT therefore names these columns on every engine.

use fleet::schema::Table;

use crate::database::SqlValue;

/// The columns and their values, by table.
fn values(table: Table) -> &'static [(&'static str, &'static str)] {
    match table {
        Table::Phone => &[("template_id", ""), ("active", "Y"), ("status", "ACTIVE"), ("conf_secret", "")],
        Table::Dialer => &[
            ("server_id", ""),
            ("active", "Y"),
            ("asterisk_version", ""),
            ("rebuild_conf_files", "N"),
            ("ASTmgrUSERNAME", ""),
            ("ASTmgrSECRET", ""),
        ],
        Table::User => &[("pass", "")],
        Table::UserGroup => &[
            ("group_name", ""),
            ("allowed_campaigns", " -ALL-CAMPAIGNS- - -"),
            ("admin_viewable_groups", " ---ALL--- "),
        ],
        Table::Template => &[("template_name", "")],
        Table::Campaign => &[("active", "Y")],
        Table::Alias | Table::IpList | Table::Weight | Table::Settings => &[],
    }
}

/// Adds the missing columns of a new row to the given ones.
pub(super) fn complete<'a>(table: Table, mut given: Vec<(&'a str, SqlValue<'a>)>) -> Vec<(&'a str, SqlValue<'a>)> {
    for (column, value) in values(table) {
        if given.iter().all(|(name, _)| name != column) {
            given.push((column, SqlValue::from(*value)));
        }
    }
    given
}

#[cfg(test)]
#[path = "../../../../tests/mariadb/vicidial.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts")]
mod vicidial;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::{fs, path::Path};

    use fleet::records::Phone;

    use super::*;

    /// The columns that every INSERT has to name, by table.
    fn needed() -> BTreeMap<String, Vec<String>> {
        let needed = |table: vicidial::Table| {
            table.columns.into_iter().filter(vicidial::Column::is_needed).map(|column| column.name).collect()
        };
        vicidial::tables().into_iter().map(|(name, table)| (name, needed(table))).collect()
    }

    /// The INSERT statements with a list of columns in the sources: the table, and the columns.
    fn written_inserts() -> Vec<(String, Vec<String>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tx");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut found = Vec::new();
        for file in files.filter(|file| !file.ends_with("new_row.rs")) {
            let text = fs::read_to_string(file).unwrap();
            for begin in ["INSERT INTO ", "INSERT OR IGNORE INTO ", "REPLACE INTO "] {
                for statement in text.split(begin).skip(1) {
                    let Some((table, rest)) = statement.split_once('(') else { continue };
                    let Some((columns, _)) = rest.split_once(')') else { continue };
                    let columns = columns.split(',').map(|column| column.trim().to_owned()).collect();
                    found.push((table.trim().to_owned(), columns));
                }
            }
            for begin in ["insert!(", "insert!(OR IGNORE ", "upsert!("] {
                for call in text.split(begin).skip(1) {
                    let Some((table, rest)) = call.strip_prefix('"').and_then(|call| call.split_once('"')) else {
                        continue;
                    };
                    let mut columns = block(rest);
                    if begin == "upsert!(" {
                        columns.extend(rest.split_once('}').map(|(_, second)| block(second)).unwrap_or_default());
                    }
                    found.push((table.to_owned(), columns));
                }
            }
        }
        found
    }

    /// The entries of the first `{ name: value, … }`: each name, and the text of its value.
    fn entries(text: &str) -> Vec<(String, String)> {
        let (mut depth, mut is_quoted, mut entries, mut entry) = (0, false, Vec::new(), String::new());
        for letter in text.chars() {
            is_quoted ^= letter == '"';
            let closes = !is_quoted && matches!(letter, '}' | ')' | ']');
            depth -= i32::from(closes);
            if depth == 0 && letter == '}' || depth == 1 && !is_quoted && letter == ',' {
                let (name, value) = entry.split_once(':').unwrap_or((&entry, ""));
                let name = name.trim().trim_matches(['"', '`']).to_owned();
                entries.extend((!name.is_empty()).then(|| (name, value.to_owned())));
                entry.clear();
                if depth == 0 {
                    break;
                }
            } else if depth >= 1 {
                entry.push(letter);
            }
            depth += i32::from(!is_quoted && matches!(letter, '{' | '(' | '['));
        }
        entries
    }

    fn block(text: &str) -> Vec<String> {
        entries(text).into_iter().map(|(name, _)| name).collect()
    }

    /// VICIdial's time, copied as text.
    const COPIED_TIME: &str = " call.entry_date";

    #[test]
    fn every_time_of_vicidials_tables_is_written_as_the_servers_local_time() {
        let tables = vicidial::tables();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tx");
        let mut checked = 0;
        for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            for begin in ["insert!(", "upsert!(", "update!("] {
                for call in text.split(begin).skip(1) {
                    let Some((table, rest)) = call.strip_prefix('"').and_then(|call| call.split_once('"')) else {
                        continue;
                    };
                    let Some(table_columns) = tables.get(table).map(|table| &table.columns) else { continue };
                    let mut written = entries(rest);
                    if begin == "upsert!(" {
                        written.extend(rest.split_once('}').map(|(_, second)| entries(second)).unwrap_or_default());
                    }
                    let holds_time =
                        |name: &str| table_columns.iter().any(|column| column.name == name && column.holds_time());
                    let times = written.into_iter().filter(|(name, value)| holds_time(name) && value != COPIED_TIME);
                    for (name, value) in times {
                        checked += 1;
                        assert!(
                            value.contains("/*TO LOCAL*/(?)"),
                            "{table}.{name} in {} is written in UTC",
                            file.display()
                        );
                    }
                }
            }
        }
        assert!(checked >= 8, "only {checked} times were found");
    }

    #[test]
    fn every_insert_names_the_columns_that_vicidials_tables_need() {
        let needed = needed();
        let mut checked = 0;
        for (table, columns) in written_inserts() {
            let Some(needed) = needed.get(&table) else {
                let is_own = table.starts_with("hotdesk_") || table.starts_with('{');
                assert!(is_own, "the schema file has no table {table}");
                continue;
            };
            if columns == ["{}"] {
                // All columns of a phone.
                assert!(needed.iter().all(|column| Phone::COLUMNS.contains(&column.as_str())), "{table}: {needed:?}");
                continue;
            }
            checked += 1;
            for column in needed {
                assert!(columns.contains(column), "an INSERT into {table} does not name {column}: {columns:?}");
            }
        }
        assert!(checked >= 10, "only {checked} INSERT statements were found");
    }

    #[test]
    fn every_generated_insert_does_too() {
        let needed = needed();
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Settings) {
            let keys = table.columns().iter().filter(|column| column.is_key || column.required);
            let columns = complete(table, keys.map(|column| (column.sql, SqlValue::from("x"))).collect());
            // `set_weight` writes the one row of all weights.
            for column in needed[table.sql()].iter().filter(|_| table != Table::Weight) {
                let is_there = columns.iter().any(|(name, _)| name == column);
                assert!(is_there, "a new row of {} has no {column}", table.sql());
            }
        }
    }

    #[test]
    fn a_given_value_stays() {
        let given = vec![("user_group", SqlValue::from("A")), ("group_name", SqlValue::from("name"))];
        let columns = complete(Table::UserGroup, given);
        assert_eq!(columns[1], ("group_name", SqlValue::from("name")));
        let names: Vec<_> = columns.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["user_group", "group_name", "allowed_campaigns", "admin_viewable_groups"]);
    }
}
