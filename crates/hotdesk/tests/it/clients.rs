//! Runs the example programs of docs/clients.md unchanged.

use std::path::Path;
use std::process::Command;

use crate::endpoints;

/// A program of the page, with the output that the page shows.
struct Example {
    language: String,
    program: String,
    prints: String,
}

/// The programs in the page's code blocks, each with the text that follows it.
fn examples() -> Vec<Example> {
    let page = include_str!("../../../../docs/clients.md");
    let mut fenced = page.split("```").skip(1).step_by(2).filter_map(|fence| fence.split_once('\n'));
    let mut found = Vec::new();
    while let (Some((language, program)), Some(("text", prints))) = (fenced.next(), fenced.next()) {
        found.push(Example { language: language.into(), program: program.into(), prints: prints.into() });
    }
    found
}

/// The interpreter of a language, and its file name.
fn interpreter(language: &str) -> (&'static str, &'static str) {
    match language {
        "sh" => ("bash", "example.sh"),
        "python" => ("python3", "example.py"),
        "php" => ("php", "example.php"),
        "js" => ("node", "example.mjs"),
        other => panic!("no interpreter for {other}"),
    }
}

fn run(example: &Example, folder: &Path) -> Option<String> {
    let (command, file) = interpreter(&example.language);
    if Command::new(command).arg("--version").output().is_err() {
        eprintln!("{command} is not installed: its example is skipped");
        return None;
    }
    let file = folder.join(file);
    std::fs::write(&file, &example.program).unwrap();
    let (_house, server) = endpoints::server(&[]);
    let mut program = Command::new(command);
    program.arg(&file).env("HOTDESK", format!("http://{}", server.address()));
    let ran = program.env("HOTDESK_USER", "6666").env("HOTDESK_PASS", "1234").output().unwrap();
    assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8(ran.stdout).unwrap())
}

fn holds(language: &str) {
    let examples = examples();
    let own: Vec<&Example> = examples.iter().filter(|example| example.language == language).collect();
    assert!(!own.is_empty(), "the page has no example in {language}");
    let folder = tempfile::tempdir().unwrap();
    for example in own {
        if let Some(printed) = run(example, folder.path()) {
            assert_eq!(printed, example.prints, "{}", example.program);
        }
    }
}

#[test]
fn the_curl_examples_print_what_the_page_shows() {
    holds("sh");
}

#[test]
fn the_python_examples_print_what_the_page_shows() {
    holds("python");
}

#[test]
fn the_php_examples_print_what_the_page_shows() {
    holds("php");
}

#[test]
fn the_node_examples_print_what_the_page_shows() {
    holds("js");
}
