//! Several nodes on one MariaDB, and on a Galera cluster whose members are killed and cut off.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../support/http.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod http;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod server;

#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod mariadb;

mod client;
mod house;
mod two_nodes;
