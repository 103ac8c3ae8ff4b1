//! `hotdesk demo`.

mod agents;
mod cluster;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use fleet::Rng;
use fleet::schema::{Row, Table};
use floor::{Driver, Floor};
use store::Store;

use super::serve::Companion;
use super::{apply, serve};
use crate::config::ServeConfig;
use crate::failure::Failure;
use crate::fleet_document;
use crate::progress::Progress;
use crate::system::{SystemClock, SystemEntropy};
use cluster::Cluster;

/// Fleet files of the demonstration fleet.
const FLEET: [&str; 2] = [include_str!("../../demo/fleet.toml"), include_str!("../../demo/agents.toml")];

/// Credentials for the Non-Agent API in the demonstration fleet.
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
    ("the version of the API", "function=version"),
];

/// Message if no dialers are simulated.
const NO_SIMULATED_DIALERS: &str = "no dialers are simulated, since this database does not contain the demonstration's dialers: use --database with a \
    new database to see a floor with agents\n";

/// Fills a database without users with the demonstration fleet, simulates its dialers, prints examples to
/// try, and runs the server.
pub fn run(config: &ServeConfig) -> Result<ExitCode, Failure> {
    let store = Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?;
    let is_filled = fill(&store)?;
    let cluster = simulate(config, &store)?;
    store.close();
    serve::run_with(config, |address, floor| {
        let mut companion = companion(address, floor, is_filled, cluster.as_ref());
        if cluster.is_none() && config.floor.driver == Driver::Ami {
            companion.banner += NO_SIMULATED_DIALERS;
        }
        companion
    })
}

/// Applies the demonstration fleet, unless the database has a user.
fn fill(store: &Store) -> Result<bool, Failure> {
    let has_users = !rows(store, Table::User)?.is_empty();
    if !has_users {
        let name = Path::new("the demonstration fleet");
        for file in FLEET {
            apply::apply(store, &fleet_document::from_toml(name, file)?, name, false, &Progress::none())?;
        }
    }
    Ok(!has_users)
}

/// Simulates the dialers, if they are those of the demonstration and Hotdesk drives them.
fn simulate(config: &ServeConfig, store: &Store) -> Result<Option<Arc<Cluster>>, Failure> {
    if config.floor.driver != Driver::Ami || !cluster::has_demo_dialers(&rows(store, Table::Dialer)?) {
        return Ok(None);
    }
    let cluster = Cluster::start()?;
    cluster.save_addresses(store)?;
    Ok(Some(cluster))
}

fn rows(store: &Store, section: Table) -> Result<Vec<Row>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    Ok(runtime.block_on(store.read(move |tx| tx.rows(section)))?)
}

/// The banner, and the tasks of the simulated agents.
fn companion(address: SocketAddr, floor: &Arc<Floor>, is_filled: bool, cluster: Option<&Arc<Cluster>>) -> Companion {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let server = SocketAddr::new(ip, address.port());
    let mut companion = Companion { banner: what_to_try(server, is_filled), ..Companion::default() };
    if let Some(cluster) = cluster {
        let rng: Arc<dyn Rng> = Arc::new(SystemEntropy);
        agents::spawn(&mut companion.tasks, server, floor, &rng);
        companion.tasks.spawn(Arc::clone(cluster).watch());
        companion.banner += &what_to_watch(server, cluster);
    }
    companion
}

fn what_to_try(server: SocketAddr, is_filled: bool) -> String {
    let base = format!("http://{server}");
    let mut lines = vec![if is_filled {
        "filled the empty database with the demonstration fleet: user 6666, password 1234; do not use it in production"
            .to_owned()
    } else {
        "the database already has users and was not changed".to_owned()
    }];
    lines.push(format!("panel:   {base}/admin/"));
    lines.push(format!("health:  {base}/healthz"));
    lines.push(format!("metrics: {base}/metrics"));
    lines.push("try:".to_owned());
    for (what, call) in CALLS {
        lines.push(format!("  # {what}"));
        lines.push(format!("  curl '{base}/vicidial/non_agent_api.php?{CALLER}&{call}'"));
    }
    lines.join("\n") + "\n"
}

fn what_to_watch(server: SocketAddr, cluster: &Cluster) -> String {
    let base = format!("http://{server}");
    let free = agents::FREE_AGENT;
    let form = agents::login_form(free).map(|(field, value)| format!("-d {field}={value}")).join(" ");
    let mut lines = vec![
        "three dialers are simulated, and twelve agents log in and out on them; try the floor:".to_owned(),
        format!(
            "  # log in as agent {free}: the phone rings on the dialer with the fewest agents (agent {} is free too)",
            free + 1
        ),
        format!("  curl -H 'Accept: application/json' {base}/agc/vicidial.php {form}"),
        format!("  # the same in a browser, with the values after each -d: {base}/agc/vicidial.php"),
        "  # watch the events".to_owned(),
        format!("  curl -N -u 6666:1234 {base}/api/v1/events"),
        "  # kill one dialer (not most of them at once): its agents are rung again on the others".to_owned(),
    ];
    lines.extend(cluster.kill_commands().into_iter().map(|command| format!("  {command}")));
    lines.push("  # restart the first dialer (the command for another one is printed when it ends)".to_owned());
    lines.push(format!("  {}", cluster.start_command()));
    lines.join("\n") + "\n"
}
