//! Several nodes on one MariaDB, and on a Galera cluster whose members are killed and cut off.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/program.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod program;
#[path = "../support/server.rs"]
mod server;

#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod mariadb;

#[path = "../../../../tests/mariadb/galera.rs"]
mod galera;

mod client;
mod cutting;
mod house;
mod load;
mod outage;
mod storm;
mod two_nodes;
