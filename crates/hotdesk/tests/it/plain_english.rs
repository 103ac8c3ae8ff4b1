//! Plain English in code, comments, templates, scripts and documents: no file contains a phrase of `plain_english.txt`.

use std::path::{Path, PathBuf};

/// Banned phrases, one per line, in lower case; `#` starts a comment.
const PHRASES: &str = include_str!("plain_english.txt");

/// Files and folders of the repository that are read.
const ROOTS: [&str; 10] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "crates",
    "docs",
    "examples",
    "tests",
];

/// Folders and files that are not ours to word, or that are the list itself.
const EXCLUDED: [&str; 5] = [
    "crates/hotdesk/tests/it/plain_english.txt",
    "crates/hotdesk/tests/it/plain_english.rs",
    "tests/golden",
    "node_modules",
    "package-lock.json",
];

/// Extensions of text files; a file without an extension is a script.
const EXTENSIONS: [&str; 19] = [
    "", "conf", "css", "csv", "html", "js", "json", "md", "mjs", "php", "py", "rs", "sh", "sql", "svg", "toml", "txt",
    "yaml", "yml",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A symbolic link leads to files that are read anyway.
fn is_excluded(path: &Path) -> bool {
    path.is_symlink() || EXCLUDED.iter().any(|excluded| path.ends_with(excluded))
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    if is_excluded(path) {
        return;
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), found);
        }
    } else {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if EXTENSIONS.contains(&extension) {
            found.push(path.to_owned());
        }
    }
}

fn phrases() -> Vec<&'static str> {
    PHRASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// The text in lower case as one line, without comment markers, and where each line begins in it. A phrase can
/// thus be found although it is wrapped.
fn unwrapped(text: &str) -> (String, Vec<usize>) {
    let (mut whole, mut begins) = (String::new(), Vec::new());
    for line in text.lines() {
        let line = line.trim().trim_start_matches("//").trim_start_matches(['/', '!']).trim();
        begins.push(whole.len());
        whole.push_str(&line.trim_end_matches('\\').trim_end().to_lowercase());
        whole.push(' ');
    }
    (whole, begins)
}

/// Whether a match is not just the beginning or the end of a longer word or name.
fn is_whole(text: &str, at: usize, phrase: &str) -> bool {
    let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let begins = !phrase.starts_with(in_word) || !text[..at].ends_with(in_word);
    begins && (!phrase.ends_with(in_word) || !text[at + phrase.len()..].starts_with(in_word))
}

/// Each banned phrase in a text, with the number of its line.
fn hits(text: &str, phrases: &[&'static str]) -> Vec<(usize, &'static str)> {
    let (whole, begins) = unwrapped(text);
    let mut found = Vec::new();
    for phrase in phrases {
        let matches = whole.match_indices(phrase).filter(|(at, _)| is_whole(&whole, *at, phrase));
        found.extend(matches.map(|(at, _)| (begins.partition_point(|begin| *begin <= at), *phrase)));
    }
    found.sort_unstable();
    found
}

#[test]
fn no_file_contains_a_banned_phrase() {
    let (root, mut files) = (repository(), Vec::new());
    for name in ROOTS {
        let path = root.join(name);
        assert!(path.exists(), "{name} does not exist");
        collect(&path, &mut files);
    }
    assert!(files.len() > 600, "only {} files were found", files.len());
    files.sort();
    let phrases = phrases();
    let mut report = Vec::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let name = file.strip_prefix(&root).unwrap().display();
        report.extend(hits(&text, &phrases).into_iter().map(|(line, phrase)| format!("{name}:{line}: {phrase}")));
    }
    assert!(report.is_empty(), "{} banned phrases:\n{}", report.len(), report.join("\n"));
}

#[test]
fn every_phrase_is_in_lower_case_and_listed_once() {
    let mut phrases = phrases();
    for phrase in &phrases {
        assert_eq!(*phrase, phrase.trim().to_lowercase(), "{phrase:?}");
    }
    let count = phrases.len();
    phrases.sort_unstable();
    phrases.dedup();
    assert_eq!(phrases.len(), count, "a phrase is listed twice");
}

#[test]
fn a_phrase_is_found_in_any_case_and_across_lines_but_not_inside_a_word() {
    let phrases = ["who waits", "beside", "is so."];
    let found = |text: &str| hits(text, &phrases);
    assert_eq!(found("fn f() {}\n    /// Who\n    /// waits costs nothing."), [(2, "who waits")]);
    assert_eq!(found("let text = \"No phone \\\n    IS SO.\";"), [(2, "is so.")]);
    assert_eq!(found("a\nb\nstands beside it, beside"), [(3, "beside"), (3, "beside")]);
    assert!(found("besides, is_beside, who waits_for, this.").is_empty());
}
