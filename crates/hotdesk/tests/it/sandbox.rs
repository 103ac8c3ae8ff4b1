//! Test folder in which the real binary runs.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rusqlite::{Connection, Row};
use tempfile::TempDir;

/// A temporary folder, in which commands create the database `hotdesk.db`.
pub struct Sandbox {
    directory: TempDir,
}

/// Exit code and output of a command.
#[derive(Debug)]
pub struct CommandOutput {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl CommandOutput {
    /// The lines of standard output.
    pub fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }
}

impl Sandbox {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs `hotdesk` in the folder, with empty standard input.
    pub fn run(&self, arguments: &[&str]) -> CommandOutput {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> CommandOutput {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hotdesk"))
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have ended already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        CommandOutput {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The rows of a query on `hotdesk.db`, columns joined by `|`; NULL is empty.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let database = Connection::open(self.path("hotdesk.db")).unwrap();
        let mut select = database.prepare(sql).unwrap();
        let columns = select.column_count();
        let read = |row: &Row<'_>| {
            let text = |column| row.get::<_, rusqlite::types::Value>(column).map(|value| shown(&value));
            Ok((0..columns).map(text).collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
        };
        select.query_map([], read).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }
}

fn shown(value: &rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Real(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text.clone(),
        rusqlite::types::Value::Null | rusqlite::types::Value::Blob(_) => String::new(),
    }
}
