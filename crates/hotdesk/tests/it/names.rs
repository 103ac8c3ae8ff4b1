//! Checks of names: a function that is named like a question returns `bool`.

use std::path::{Path, PathBuf};

/// Prefixes of functions that return `bool`.
const QUESTIONS: [&str; 4] = ["is_", "has_", "was_", "are_"];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The functions in a source text that are named like questions, with their return types.
fn questions(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("fn ") {
        let rest = &text[at + 3..];
        let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        if !QUESTIONS.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let signature = rest.split(['{', ';']).next().unwrap_or_default();
        // The last arrow is the function's own; those in its arguments precede it.
        let returned = signature.rsplit_once("->").map_or("", |(_, returned)| returned);
        let returned = returned.split(" where").next().unwrap_or_default();
        found.push((name, returned.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    found
}

fn is_bool(returned: &str) -> bool {
    returned == "bool"
}

#[test]
fn a_function_that_is_named_like_a_question_returns_bool() {
    let mut files = Vec::new();
    for folder in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap() {
        rust_files(&folder.unwrap().path().join("src"), &mut files);
    }
    assert!(files.len() > 300, "only {} files were found", files.len());
    let mut wrong = Vec::new();
    for file in files {
        for (name, returned) in questions(&std::fs::read_to_string(&file).unwrap()) {
            if !is_bool(&returned) {
                wrong.push(format!("{}: {name} -> {returned}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "name these with a verb or a noun:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_finds_functions_that_return_something_else() {
    let text = "fn is_open(&self) -> bool {} fn has_set(&mut self) { fn was_done(self) -> String; fn is_taken(tx: &T) -> Result<bool, E> {}
        fn are_all(f: impl Fn(u8) -> bool) -> usize {}";
    let wrong: Vec<String> =
        questions(text).into_iter().filter(|(_, returned)| !is_bool(returned)).map(|(name, _)| name).collect();
    assert_eq!(wrong, ["has_set", "was_done", "is_taken", "are_all"]);
}
