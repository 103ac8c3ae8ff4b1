//! The list of crates is the architecture: an arrow only ever points down.

use std::collections::BTreeMap;
use std::path::Path;

/// The rooms, lowest first.
const ROOMS: [&str; 7] = ["fleet", "store", "dialers", "floor", "webhooks", "web", "hotdesk"];

/// Rooms that do not know each other although one is listed below the other.
const STRANGERS: [(&str, &str); 2] = [("dialers", "store"), ("webhooks", "dialers")];

/// Who each crate of the workspace depends on, tests included.
fn arrows() -> BTreeMap<String, Vec<String>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut arrows = BTreeMap::new();
    for folder in std::fs::read_dir(crates).unwrap() {
        let folder = folder.unwrap().path();
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
        let needed = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
        arrows.insert(name, needed.flat_map(|section| section.keys().cloned()).collect());
    }
    arrows
}

#[test]
fn every_crate_is_a_room_of_the_house() {
    for name in arrows().keys() {
        assert!(ROOMS.contains(&name.as_str()), "{name} is no room: add it to the architecture first");
    }
}

#[test]
fn arrows_between_rooms_only_point_down() {
    let height = |room: &str| ROOMS.iter().position(|known| *known == room);
    for (room, needed) in arrows() {
        for other in needed {
            let Some(below) = height(&other) else { continue };
            assert!(Some(below) < height(&room), "{room} must not know {other}");
            assert!(!STRANGERS.contains(&(room.as_str(), other.as_str())), "{room} must not know {other}");
        }
    }
}

#[test]
fn the_rules_know_no_database_no_network_and_no_runtime() {
    let arrows = arrows();
    for banned in ["rusqlite", "mysql", "tokio", "hyper", "axum", "tracing", "getrandom"] {
        assert!(!arrows["fleet"].iter().any(|needed| needed == banned), "fleet must not know {banned}");
    }
}

#[test]
fn only_the_store_knows_sql_and_others_in_their_tests_at_most() {
    for (room, needed) in arrows() {
        let knows_sql = |needed: &String| ["rusqlite", "mysql"].contains(&needed.as_str());
        if room == "store" || !needed.iter().any(knows_sql) {
            continue;
        }
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&room).join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        let (own, _) = manifest.split_once("[dev-dependencies]").unwrap();
        assert!(!own.contains("rusqlite") && !own.contains("mysql"), "{room} must not know SQL");
    }
}
