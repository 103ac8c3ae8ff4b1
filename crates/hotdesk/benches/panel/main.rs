//! Benchmark of the panel on a large floor: 100,000 phones, 20,000 aliases and 2,000 agents on eight simulated dialers.
//!
//! `cargo bench -p hotdesk --bench panel`; `HOTDESK_BENCH_SECONDS=5` shortens it. It measures the time from a request
//! to the last byte of each page, then the server's processor time while agents log in again, without and with 20 open
//! event streams.

mod call_centre;
mod client;
#[path = "../add_phone_alias/processor.rs"]
mod processor;
#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/server.rs"]
#[expect(dead_code, reason = "shared with other benches")]
mod server;

use std::time::Duration;

use call_centre::CallCentre;
use client::Client;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Result of a step of the benchmark.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Requests per page.
const ROUNDS: usize = 20;

/// Target time of every page.
const TARGET: Duration = Duration::from_millis(50);

/// Target cost of all event streams together, in percent of a core.
const WATCHERS_TARGET: f64 = 1.0;

const WATCHERS: usize = 20;

/// Logins per second: with 2,000 agents, each logs in again every 17 minutes.
const CHANGES_A_SECOND: u32 = 2;

/// The measured pages.
const PAGES: [&str; 30] = [
    "/admin/",
    "/admin/phones",
    "/admin/phones?q=x5",
    "/admin/phones?by=login&q=x5",
    "/admin/phones?dialer=10.0.8.3",
    "/admin/phones?by=login&q=x5&dialer=10.0.8.3",
    "/admin/phones?state=inactive",
    "/admin/phones?line=registered&q=x",
    "/admin/phone?extension=p7&server_ip=10.0.8.3",
    "/admin/phones/new",
    "/admin/phones/bulk",
    "/admin/aliases",
    "/admin/aliases?q=y19",
    "/admin/alias?id=team7",
    "/admin/alias/matches?q=x5",
    "/admin/lines",
    "/admin/lines?problems=1",
    "/admin/line?server_ip=10.0.8.3&channel=SIP/p7",
    "/admin/logins",
    "/admin/logins?agent=a7",
    "/admin/logins/1",
    "/admin/dialers",
    "/admin/dialer?server_ip=10.0.8.3",
    "/admin/users",
    "/admin/user?name=a7",
    "/admin/visits",
    "/admin/logs",
    "/admin/logs?user=nobody",
    "/admin/logs/admin",
    "/admin/settings",
];

fn main() -> Outcome<()> {
    let seconds: u64 = std::env::var("HOTDESK_BENCH_SECONDS").unwrap_or_else(|_| "20".to_owned()).parse()?;
    let call_centre = CallCentre::open()?;
    let client = Client::log_in(call_centre.server.address())?;
    println!("{:<50} {:>8} {:>8} {:>9}", "page", "p50 ms", "max ms", "bytes");
    let mut slowest = Duration::ZERO;
    let month = format!("/admin/logins?from={}&to={}&alias=team7", call_centre::day(28)?, call_centre::day(0)?);
    for page in PAGES.into_iter().chain([month.as_str()]) {
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            size = client.get(page)?.len();
            times.push(began.elapsed());
        }
        times.sort_unstable();
        slowest = slowest.max(times[ROUNDS / 2]);
        println!(
            "{page:<50} {:>8.2} {:>8.2} {size:>9}",
            milliseconds(times[ROUNDS / 2]),
            milliseconds(times[ROUNDS - 1])
        );
    }
    println!(
        "{} {TARGET:?} for the median of every page",
        if slowest <= TARGET { "reached    " } else { "NOT REACHED" }
    );

    let measured_for = Duration::from_secs(seconds);
    let alone = call_centre.percent_of_a_core(measured_for, CHANGES_A_SECOND)?;
    let watchers = (0..WATCHERS).map(|_| client.watch()).collect::<Outcome<Vec<_>>>()?;
    // The snapshot at the start of each stream is not measured.
    std::thread::park_timeout(Duration::from_secs(1));
    let with_watchers = call_centre.percent_of_a_core(measured_for, CHANGES_A_SECOND)?;
    let events: usize = watchers.into_iter().map(client::Watcher::events).sum();
    let cost = with_watchers - alone;
    println!(
        "{CHANGES_A_SECOND} logins per second: {alone:.2} % of a core; with {WATCHERS} watchers {with_watchers:.2} %; events sent: {events}"
    );
    println!(
        "{} {WATCHERS_TARGET} % of a core for {WATCHERS} watchers: {cost:.2} %",
        if cost <= WATCHERS_TARGET { "reached    " } else { "NOT REACHED" }
    );
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
