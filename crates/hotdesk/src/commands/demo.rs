//! `hotdesk demo`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use fleet::fleet_file::Section;
use store::Store;

use super::{apply, serve};
use crate::config::ServeConfig;
use crate::document;
use crate::failure::Failure;
use crate::system::SystemClock;

/// The demonstration fleet, as a fleet file.
const FLEET: &str = include_str!("../../demo/fleet.toml");

/// Who may call the API in the demonstration fleet.
const CALLER: &str = "source=demo&user=6666&pass=1234";

/// Calls to try, in an order in which all of them succeed on a fresh demonstration fleet.
const CALLS: [(&str, &str); 5] = [
    (
        "one login for two phones",
        "function=add_phone_alias&alias_id=xyz100&alias_name=XYZ+testing&phone_logins=100a,100b",
    ),
    (
        "one login for an extension on every dialer",
        "function=add_phone_alias&alias=SupportDesk&extension=1001&protocol=SIP&active=Y",
    ),
    ("a third phone for the first login", "function=update_phone_alias&alias_id=xyz100&phone_logins=100a,100b,100c"),
    (
        "a new phone",
        "function=add_phone&extension=cc100&dialplan_number=100&voicemail_id=100&phone_login=cc100&phone_pass=test\
         &server_ip=10.0.9.8&protocol=SIP&registration_password=test&phone_full_name=Extension+100&local_gmt=-5.00\
         &outbound_cid=7275551212",
    ),
    ("what answers here", "function=version"),
];

/// Fills a database without users with the demonstration fleet, says what to try, and serves.
pub fn run(config: &ServeConfig) -> Result<ExitCode, Failure> {
    let is_filled = fill(config)?;
    serve::run_and_say(config, |address| what_to_try(address, is_filled))
}

/// Applies the demonstration fleet, unless there is a user already.
fn fill(config: &ServeConfig) -> Result<bool, Failure> {
    let store = Store::open(&config.database, Arc::new(SystemClock))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let has_users = !runtime.block_on(store.read(|tx| tx.rows(Section::User)))?.is_empty();
    if !has_users {
        let name = Path::new("the demonstration fleet");
        apply::apply(&store, &document::from_toml(name, FLEET)?, name, false)?;
    }
    Ok(!has_users)
}

fn what_to_try(address: SocketAddr, is_filled: bool) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let base = format!("http://{}", SocketAddr::new(ip, address.port()));
    let mut lines = vec![if is_filled {
        "the database was empty and has the demonstration fleet now: user 6666, password 1234, for trying things out only"
            .to_owned()
    } else {
        "the database has users already and was left as it is".to_owned()
    }];
    lines.push(format!("health:  {base}/healthz"));
    lines.push(format!("metrics: {base}/metrics"));
    lines.push("try:".to_owned());
    for (what, call) in CALLS {
        lines.push(format!("  # {what}"));
        lines.push(format!("  curl '{base}/vicidial/non_agent_api.php?{CALLER}&{call}'"));
    }
    lines.join("\n") + "\n"
}
