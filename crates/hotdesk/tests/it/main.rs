//! Integration tests of the binary, over HTTP and on the command line.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../support/fleet.rs"]
mod fleet_rows;
#[path = "../support/http.rs"]
mod http;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/server.rs"]
mod server;

#[path = "../../../../tests/mariadb/server.rs"]
mod mariadb;

mod admin;
mod authorization;
mod bulk;
mod clients;
mod command_line;
mod conf;
mod corpus;
mod crash;
mod demo;
mod demo_floor;
mod doctor;
mod endpoints;
mod fleet_file;
mod generated;
mod layers;
mod members;
mod names;
mod on_mariadb;
mod openapi;
mod plain_english;
mod readiness;
mod retention;
mod sandbox;
mod settings;
mod side_connection;
mod simulate;
mod softphone;
mod start;
mod support;
mod user;
#[path = "../../../../tests/mariadb/vicidial.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod vicidial_tables;
mod webhooks;
mod why;
