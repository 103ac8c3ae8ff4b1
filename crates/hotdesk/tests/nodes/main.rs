//! Tests of several nodes on one MariaDB, and on a Galera cluster whose members are killed and disconnected.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/program.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod program;
#[path = "../support/server.rs"]
mod server;

#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod mariadb;

#[path = "../../../../tests/mariadb/galera.rs"]
mod galera;

mod client;
mod fixture;
mod galera_faults;
mod load;
mod outage;
mod proxy;
mod two_nodes;
