//! The tables of both engines have every column of the schema.

use std::fs;
use std::path::Path;

use fleet::schema::Table;

use crate::support::Fixture;

/// Columns of the schema that are stored in another table or in another form.
fn is_stored_elsewhere(table: Table, sql: &str) -> bool {
    match table {
        Table::Alias => sql == "active",
        Table::User => sql == "digest",
        Table::Dialer => sql.starts_with("ami_"),
        Table::Weight => true,
        _ => false,
    }
}

fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = Table::ALL.into_iter().flat_map(|table| table.columns().iter().map(move |column| (table, column.sql)));
    all.filter(|(table, sql)| !is_stored_elsewhere(*table, sql)).map(|(table, sql)| (table.sql(), sql))
}

#[test]
fn sqlite_has_every_column() {
    let fixture = Fixture::new();
    for (table, column) in columns() {
        let found: i64 =
            fixture.ask(&format!("SELECT count(*) FROM pragma_table_info('{table}') WHERE name = '{column}'"));
        assert_eq!(found, 1, "the steps in store/src/sqlite/migrate.rs create no column {table}.{column}");
    }
}

/// The statements that create or alter tables on MariaDB: files, or constants in the migration itself.
fn mariadb_statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mariadb");
    let files = fs::read_dir(folder.join("schema")).unwrap().map(|file| file.unwrap().path());
    let texts = files.chain([folder.join("migrate.rs")]).map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| text.split(';').map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn mariadb_has_every_column() {
    let statements = mariadb_statements();
    for (table, column) in columns() {
        let words = |text: &str| -> Vec<String> {
            text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_owned).collect()
        };
        let makes_it = |statement: &String| {
            let words = words(statement);
            // `CREATE TABLE IF NOT EXISTS table` or `ALTER TABLE table`.
            let mut pairs = words.windows(2);
            let is_of_table = pairs.any(|pair| matches!(pair[0].as_str(), "EXISTS" | "TABLE") && pair[1] == table);
            is_of_table && words.iter().any(|word| word == column)
        };
        assert!(
            statements.iter().any(makes_it),
            "the steps in store/src/mariadb/migrate.rs create no column {table}.{column}"
        );
    }
}
