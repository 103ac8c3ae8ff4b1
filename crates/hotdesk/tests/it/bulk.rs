//! Bulk changes: CSV files, rollouts, and interrupted imports.

mod interrupted;
mod rollout;
mod seat_chart;
mod sheets;

use crate::sandbox::Sandbox;

/// Three dialers without phones.
const DIALERS: &str = r#"
[[dialer]]
server_ip = "10.0.9.8"
server_id = "dialer-a"
local_gmt = "-5.00"
[[dialer]]
server_ip = "10.0.9.9"
server_id = "dialer-b"
[[dialer]]
server_ip = "10.0.9.10"
server_id = "dialer-c"
"#;

/// A test folder with a database of three dialers.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("dialers.toml", DIALERS);
    let applied = sandbox.run(&["apply", "dialers.toml"]);
    assert_eq!(applied.code, 0, "{}", applied.err);
    sandbox
}
