//! `docs/configuration.md`, generated from the table of settings and the command line. `make docs` writes it.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::effective::{command, default, flag, variable};
use super::{secrets, settings};
use crate::cli::Cli;

const INTRODUCTION: &str = "# Configuration

Written by `make docs` from the table in `crates/hotdesk/src/config/settings.rs`.

`hotdesk serve` and `hotdesk demo` take each setting from its flag, else from its environment variable, else
from the settings file, else they use its default. `--config FILE` or `HOTDESK_CONFIG` names the settings
file, which is TOML; an unknown key is an error. The page Settings of the panel shows the value of each
setting and where it came from. Changes take effect at the next start.

Other commands take `database` from the same places. Where they need another of these settings, they take it
from the environment or the settings file.

## Settings

| key in the file | flag | environment variable | default | meaning |
| --- | --- | --- | --- | --- |
";

const MORE: &str = "
More about `database`: [MariaDB](operations.md#mariadb). About `ami_ca` and `alias_members`:
[dialers](operations.md#dialers). About `trusted_proxies`: [behind a proxy](operations.md#behind-a-proxy).
About `upstream`: [in front of a VICIdial](operations.md#in-front-of-a-vicidial).

## Example

A settings file with every key:

";

const SECRETS: &str = "
## Secrets

Secrets are read from the environment or from files. There are no flags for them, since other users of the
machine can read a program's arguments.

| environment variable | meaning |
| --- | --- |
";

const OTHERS: &str = "
## Other environment variables

| environment variable | flag | commands | meaning |
| --- | --- | --- | --- |
";

fn page() -> String {
    let arguments = command();
    let rows = arguments.get_arguments().map(|arg| {
        let value = arg.get_value_names().unwrap_or_default().join(" ");
        let default = default(arg).map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        format!("| `{}` | `{} {value}` | `{}` | {default} | {help} |\n", arg.get_id(), flag(arg), variable(arg))
    });
    let examples = settings::examples().into_iter().map(|(name, value)| format!("    {name} = {value}\n"));
    let secrets = secrets::MEANINGS.iter().map(|(name, meaning)| format!("| `{name}` | {meaning} |\n"));
    [
        INTRODUCTION.to_owned(),
        rows.collect(),
        MORE.to_owned(),
        examples.collect(),
        SECRETS.to_owned(),
        secrets.collect(),
        OTHERS.to_owned(),
        other_variables(),
    ]
    .concat()
}

/// A row for each environment variable that replaces a flag but is not a setting.
fn other_variables() -> String {
    let mut found = BTreeMap::new();
    collect_variables(&Cli::command(), "all", &mut found);
    for arg in command().get_arguments() {
        found.remove(&variable(arg));
    }
    let rows = found.into_iter().map(|(variable, (flag, help, commands))| {
        format!("| `{variable}` | `{flag}` | {} | {help} |\n", commands.join(", "))
    });
    rows.collect()
}

type Variables = BTreeMap<String, (String, String, Vec<String>)>;

fn collect_variables(command: &Command, name: &str, found: &mut Variables) {
    for arg in command.get_arguments().filter(|arg| arg.get_env().is_some()) {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let entry = found.entry(variable(arg)).or_insert_with(|| (flag(arg), help, Vec::new()));
        entry.2.push(name.to_owned());
    }
    for subcommand in command.get_subcommands() {
        collect_variables(subcommand, &format!("`{}`", subcommand.get_name()), found);
    }
}

#[test]
fn the_generated_page_of_the_settings_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = page();
    if std::env::var_os("HOTDESK_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "docs/configuration.md is not what the program says: run `make docs`");
}

#[test]
fn every_setting_has_a_flag_a_variable_and_a_meaning_of_its_name() {
    for arg in command().get_arguments() {
        let name = arg.get_id().as_str();
        assert_eq!(flag(arg), format!("--{}", name.replace('_', "-")));
        assert_eq!(variable(arg), format!("HOTDESK_{}", name.to_ascii_uppercase()));
        assert!(arg.get_help().is_some(), "{name} has no help");
    }
}
