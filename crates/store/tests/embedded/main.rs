//! Tests of the embedded database alone.

#![expect(clippy::unwrap_used, reason = "a test fails if it cannot continue")]

#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts")]
mod mariadb;

#[path = "../stories/support.rs"]
#[expect(dead_code, reason = "some items are only used elsewhere")]
mod support;
#[path = "../../../../tests/mariadb/vicidial.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts")]
mod vicidial_tables;

mod columns;
mod group_commit;
mod plans;

use std::path::PathBuf;
use std::sync::Arc;

use store::{Location, Store};

use support::{Fixture, Zeroes};

fn path_of(fixture: &Fixture) -> PathBuf {
    let Location::File(path) = fixture.store.location() else { unreachable!() };
    path.clone()
}

#[test]
fn tables_of_a_newer_hotdesk_are_left_alone() {
    let fixture = Fixture::new();
    fixture.sql("PRAGMA user_version = 99");
    let location = Location::File(path_of(&fixture));
    let refused = Store::open(&location, Arc::clone(&fixture.clock) as Arc<dyn fleet::Clock>, &Zeroes).err().unwrap();
    assert!(refused.to_string().contains("version 99"), "{refused}");
}

#[test]
fn a_file_that_is_not_a_database_is_refused_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleet.db");
    std::fs::write(&path, "something else entirely, and longer than a page header is").unwrap();
    let clock = Fixture::new().clock;
    let refused = Store::open(&Location::File(path), clock, &Zeroes).err().unwrap();
    assert!(refused.to_string().contains("cannot open the database"), "{refused}");
}
