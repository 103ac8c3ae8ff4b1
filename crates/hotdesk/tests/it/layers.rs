//! Checks that dependencies between crates, and between the modules of `web`, point only downwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The crates, lowest layer first.
const CRATES: [&str; 7] = ["fleet", "store", "dialers", "floor", "webhooks", "web", "hotdesk"];

/// Pairs of crates where the first must not depend on the second although that is in a lower layer.
const INDEPENDENT: [(&str, &str); 2] = [("dialers", "store"), ("webhooks", "dialers")];

/// The protocol adapters of `web`.
const ADAPTERS: [&str; 5] = ["non_agent_api", "agent_api", "rest", "admin", "agent"];

/// The modules of `web` that know the adapters.
const ROUTER: [&str; 2] = ["lib", "router"];

/// Modules at the top of `web`, which no lower module uses.
const TOP: [&str; 2] = ["router", "in_process"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The dependencies of each crate of the workspace, including those of its tests.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let mut dependencies = BTreeMap::new();
    for folder in std::fs::read_dir(workspace()).unwrap() {
        let folder = folder.unwrap().path();
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
        let needed = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
        dependencies.insert(name, needed.flat_map(|section| section.keys().cloned()).collect());
    }
    dependencies
}

#[test]
fn every_crate_has_its_layer() {
    for name in dependencies().keys() {
        assert!(CRATES.contains(&name.as_str()), "{name} has no layer: add it to CRATES and to docs/architecture.md");
    }
}

#[test]
fn crates_depend_only_on_lower_layers() {
    let layer = |name: &str| CRATES.iter().position(|known| *known == name);
    for (name, needed) in dependencies() {
        for other in needed {
            let Some(below) = layer(&other) else { continue };
            assert!(Some(below) < layer(&name), "{name} must not depend on {other}");
            assert!(!INDEPENDENT.contains(&(name.as_str(), other.as_str())), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn fleet_depends_on_no_database_network_or_runtime() {
    let dependencies = dependencies();
    for banned in ["rusqlite", "mysql", "tokio", "hyper", "axum", "tracing", "getrandom"] {
        assert!(!dependencies["fleet"].iter().any(|needed| needed == banned), "fleet must not depend on {banned}");
    }
}

#[test]
fn only_store_depends_on_sql_drivers_outside_tests() {
    for (name, needed) in dependencies() {
        let knows_sql = |needed: &String| ["rusqlite", "mysql"].contains(&needed.as_str());
        if name == "store" || !needed.iter().any(knows_sql) {
            continue;
        }
        let manifest = std::fs::read_to_string(workspace().join(&name).join("Cargo.toml")).unwrap();
        let (own, _) = manifest.split_once("[dev-dependencies]").unwrap();
        assert!(!own.contains("rusqlite") && !own.contains("mysql"), "{name} must not know SQL");
    }
}

/// All files with this extension below a folder.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
}

/// The module path of a file of `web/src`.
fn module_of(file: &Path, sources: &Path) -> Vec<String> {
    let inner = file.strip_prefix(sources).unwrap().with_extension("");
    inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect()
}

/// The top-level modules that a file of this module names, in `use` declarations and in paths.
fn named_modules(source: &str, module: &[String]) -> Vec<String> {
    // Names after `crate`, and after as many `super` as lead to the crate's root. An inline test module needs one more.
    let mut roots = vec!["crate::".to_owned()];
    roots.extend([0, 1].map(|more| "super::".repeat(module.len() + more)));
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut named = Vec::new();
    for root in roots.iter().filter(|root| !root.is_empty()) {
        for (at, _) in code.match_indices(root.as_str()) {
            // Skip the end of a longer chain of `super`.
            if !code[..at].ends_with("::") {
                // And the start of one.
                named.extend(first_names(&code[at + root.len()..]).into_iter().filter(|name| name != "super"));
            }
        }
    }
    named
}

/// The first names of a path, or of each path of a group in braces.
fn first_names(path: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut names, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(word(group[begin..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(word(group[begin..at].trim_start()));
                begin = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn names_in_paths_and_groups_are_found() {
    let module = ["rest".to_owned(), "caller".to_owned()];
    let found = |source: &str| named_modules(source, &module);
    assert_eq!(found("use crate::admin::page;"), ["admin"]);
    assert_eq!(found("use crate::{App, agent::{self, events}, http};"), ["App", "agent", "http"]);
    assert_eq!(found("let page = crate::agent::page();"), ["agent"]);
    assert_eq!(found("use super::super::admin::page;"), ["admin"]);
    assert_eq!(found("mod tests { use super::super::super::admin; }"), ["admin"]);
    assert_eq!(found("use super::messages; // see crate::admin"), ["admin"], "a comment after code counts too");
    assert!(found("use super::messages;\n/// As crate::admin does.\npub(in crate) fn f() {}").is_empty());
}

#[test]
fn no_protocol_adapter_imports_another_and_nothing_below_imports_any() {
    let sources = workspace().join("web/src");
    for file in files(&sources, "rs") {
        let module = module_of(&file, &sources);
        if module.len() == 1 && ROUTER.contains(&module[0].as_str()) {
            continue;
        }
        for named in named_modules(&std::fs::read_to_string(&file).unwrap(), &module) {
            let is_upwards = ADAPTERS.contains(&named.as_str()) && named != module[0];
            assert!(!is_upwards, "{} must not import the adapter {named}", module.join("::"));
            let is_top = TOP.contains(&named.as_str()) && !TOP.contains(&module[0].as_str());
            assert!(!is_top, "{} must not import {named}, which is built on it", module.join("::"));
        }
    }
}

#[test]
fn no_template_names_a_protocol_adapter() {
    for file in files(&workspace().join("web/templates"), "html") {
        let named = named_modules(&std::fs::read_to_string(&file).unwrap(), &[]);
        assert!(!named.iter().any(|name| ADAPTERS.contains(&name.as_str())), "{}: {named:?}", file.display());
    }
}
