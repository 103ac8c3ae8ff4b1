//! Benchmark of logins per second: placement, reservation, the session on the disk, the call placed on one of three
//! simulated dialers that answer at once, and the answered session on the disk.
//!
//! `cargo bench -p hotdesk --bench logins`; `HOTDESK_BENCH_SIZES=0`, `HOTDESK_BENCH_SECONDS=2` and
//! `HOTDESK_BENCH_ON=sqlite` (or `mariadb`) shorten it. The load and the simulated dialers run on the same cores as the
//! server. Each agent logs in once, with an alias of three phones. The run fails unless every acknowledged login is
//! live at the end, with one call.

#[path = "../../tests/support/load.rs"]
#[expect(dead_code, reason = "shared with another bench")]
mod load;
#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with tests, which may panic")]
mod mariadb;
mod measure;
#[path = "../add_phone_alias/processor.rs"]
mod processor;
#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/server.rs"]
mod server;

use std::time::Duration;

use mariadb::Mariadb;
use measure::Run;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Result of a step of the benchmark.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Target rate in logins per second.
const TARGET: f64 = 6000.0;

/// VICIdial's rate on such a machine, by number of phones; its reply is the whole agent page.
const VICIDIAL: [(u32, &str); 2] = [(0, "73"), (100_000, "under 1")];

fn main() -> Outcome<()> {
    let seconds: u64 = std::env::var("HOTDESK_BENCH_SECONDS").unwrap_or_else(|_| "4".to_owned()).parse()?;
    let sizes = std::env::var("HOTDESK_BENCH_SIZES").unwrap_or_else(|_| "0,100000".to_owned());
    println!(
        "{:>9} {:10} {:>10} {:>8} {:>8} {:>8} {:>12} {:>11} {:>10}",
        "phones", "", "logins/s", "p50 ms", "p99 ms", "max ms", "CPU us/login", "all live in", "VICIdial/s"
    );
    let sizes = sizes.split(',').map(|size| size.trim().parse()).collect::<Result<Vec<u32>, _>>()?;
    let measured_for = Duration::from_secs(seconds);
    let is_on = |engine| std::env::var("HOTDESK_BENCH_ON").map_or(true, |on| on == engine);
    for phones in sizes.iter().filter(|_| is_on("sqlite")) {
        let run = measure::run(None, *phones, measured_for)?;
        print_row(*phones, "", &run);
        println!("{} {TARGET} logins a second", if run.rate() >= TARGET { "reached    " } else { "NOT REACHED" });
    }
    let durable =
        ["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=512M", "--innodb-log-file-size=512M"];
    let Some(server) = Mariadb::start(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?, &durable) else {
        return Ok(());
    };
    for phones in sizes.into_iter().filter(|_| is_on("mariadb")) {
        let run = measure::run(Some(&server), phones, measured_for)?;
        print_row(phones, "on MariaDB", &run);
    }
    Ok(())
}

fn print_row(phones: u32, on: &str, run: &Run) {
    let vicidial = VICIDIAL.iter().find(|(size, _)| *size == phones).map_or("", |(_, rate)| rate);
    println!(
        "{phones:>9} {on:10} {:>10.0} {:>8.2} {:>8.2} {:>8.2} {:>12.1} {:>8} ms {vicidial:>10}",
        run.rate(),
        run.milliseconds(500),
        run.milliseconds(990),
        run.milliseconds(1000),
        run.processor_microseconds(),
        run.all_live_after.as_millis(),
    );
}
