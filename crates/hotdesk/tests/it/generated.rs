//! Pages that are written by the program itself. `make docs` writes them again; a test fails while they differ.

use std::path::Path;

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

/// What every command says about itself, as one page.
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

/// Whether what is committed is this; written again where that is asked for.
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
