//! Behaviour of the store on every database. These tests run three times: `stories_on_mariadb` and `stories_on_vicidial` are links to
//! this folder, and the name selects the database.

#![expect(clippy::unwrap_used, reason = "a test fails if it cannot continue")]

#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts")]
mod mariadb;

mod calls;
mod commands;
mod dialer_files;
mod functions;
mod lines;
mod logins;
mod logs;
mod members;
mod names;
mod nodes;
mod panel;
mod past;
mod phones;
mod plans;
mod resources;
mod seating;
mod softphones;
mod sources;
mod support;
mod system;
mod tokens;
mod users;
mod webhooks;

#[path = "../../../../tests/mariadb/vicidial.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts")]
mod vicidial_tables;
