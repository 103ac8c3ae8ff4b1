//! Generated documents. `make docs` writes them again; a test fails while they differ.

use std::path::Path;

use fleet::schema::{Column, Table, ValueType};

use crate::program::hotdesk;

const COMMANDS: [&[&str]; 35] = [
    &[],
    &["serve"],
    &["demo"],
    &["migrate"],
    &["apply"],
    &["export"],
    &["import"],
    &["rollout"],
    &["why"],
    &["conf"],
    &["sidecar"],
    &["simulate"],
    &["phone"],
    &["phone", "list"],
    &["phone", "add"],
    &["phone", "set"],
    &["alias"],
    &["alias", "add-member"],
    &["alias", "remove-member"],
    &["dialer"],
    &["user"],
    &["user", "add"],
    &["user", "set"],
    &["user", "password"],
    &["token"],
    &["token", "list"],
    &["token", "add"],
    &["token", "remove"],
    &["session"],
    &["session", "list"],
    &["session", "end"],
    &["session", "move"],
    &["completions"],
    &["man"],
    &["doctor"],
];

/// The help of every command, as one page.
fn command_line() -> String {
    let mut page =
        String::from("# The command line\n\nWritten by `make docs` from what each command says about itself.\n");
    for command in COMMANDS {
        let name = [&["hotdesk"], command].concat().join(" ");
        let output = hotdesk(Path::new("."), []).args(command).arg("--help").output().unwrap();
        assert!(output.status.success(), "{name} --help");
        let help = without_settings(&String::from_utf8(output.stdout).unwrap());
        let lines: Vec<String> = help.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect();
        page = format!("{page}\n## {name}\n\n{}\n", lines.join("\n"));
    }
    page
}

/// A command's help without the list of settings, which is in `configuration.md`.
fn without_settings(help: &str) -> String {
    let before =
        help.split_once("\nSettings:\n").map(|(before, _)| format!("{before}\nSettings: see configuration.md\n"));
    before.unwrap_or_else(|| help.to_owned())
}

/// A column, with its values if they are few.
fn column(column: &Column) -> String {
    let required = if column.required && !column.is_key { " (required)" } else { "" };
    match column.value_type {
        ValueType::Choice(known) => format!("`{}` (`{}`){required}", column.name, known.join("`, `")),
        _ => format!("`{}`{required}", column.name),
    }
}

/// The columns of every table, as rows of a Markdown table.
fn columns() -> String {
    let row = |table: Table| {
        let (keys, others): (Vec<&Column>, Vec<&Column>) = table.columns().iter().partition(|column| column.is_key);
        let [keys, others] = [keys, others].map(|columns| columns.into_iter().map(column).collect::<Vec<_>>());
        let section = match table {
            Table::Weight | Table::Settings => format!("[{}]", table.name()),
            _ => format!("[[{}]]", table.name()),
        };
        format!("| `{section}` | {} | {} |\n", keys.join(" and "), others.join(" "))
    };
    Table::ALL.map(row).concat()
}

/// The text before and after the rows of [`columns`] in their page.
const COLUMNS: (&str, &str) = ("| section | key | other columns |\n| --- | --- | --- |\n", "\n");

/// The page with the present columns.
fn with_columns(page: &str) -> String {
    let (before, rest) = page.split_once(COLUMNS.0).unwrap();
    let rows = rest.lines().take_while(|line| line.starts_with('|')).map(|line| line.len() + COLUMNS.1.len()).sum();
    format!("{before}{}{}{}", COLUMNS.0, columns(), &rest[rows..])
}

/// Whether the committed page equals this one. Writes it if `HOTDESK_WRITE_DOCS` is set.
fn is_up_to_date(name: &str, page: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("HOTDESK_WRITE_DOCS").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    std::fs::read_to_string(&path).unwrap_or_default() == page
}

#[test]
fn the_generated_page_of_the_command_line_is_up_to_date() {
    assert!(is_up_to_date("cli.md", &command_line()), "docs/cli.md is not what the program says: run `make docs`");
}

#[test]
fn the_generated_description_of_the_json_api_is_up_to_date() {
    assert!(
        is_up_to_date("openapi.json", web::openapi()),
        "docs/openapi.json is not what the program says: run `make docs`"
    );
}

#[test]
fn the_columns_in_the_page_of_fleet_files_are_up_to_date() {
    let page = include_str!("../../../../docs/fleet-file.md");
    assert!(
        is_up_to_date("fleet-file.md", &with_columns(page)),
        "the columns in docs/fleet-file.md are not those of the schema: run `make docs`"
    );
}

#[test]
fn every_field_of_a_phone_is_documented_at_a_function() {
    let page = include_str!("../../../../docs/api.md");
    let of_function = |function: &str| page.lines().find(|line| line.starts_with(&format!("| `{function}` |")));
    let fields = [of_function("add_phone"), of_function("update_phone")].map(Option::unwrap).concat();
    for column in Table::Phone.columns().iter().filter(|column| column.form.is_some()) {
        let name = column.name;
        assert!(
            fields.contains(&format!("`{name}`")),
            "docs/api.md: `{name}` is at neither add_phone nor update_phone"
        );
    }
}
