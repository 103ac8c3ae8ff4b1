//! Benchmark of `add_phone_alias`: acknowledged calls per second, each on the disk before its reply, compared with a
//! bare axum handler on the same machine in the same run.
//!
//! Each rate is compared with the mean of the bare handler's rates just before and just after it. `CPU us/call` is the
//! server's processor time. The run fails if the stored rows do not match the replies.

mod bare;
#[path = "../../tests/support/fleet.rs"]
mod fleet;
#[path = "../../tests/support/http.rs"]
mod http;
#[path = "../../tests/support/load.rs"]
mod load;
#[path = "../../../../tests/mariadb/server.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with tests, which may panic")]
mod mariadb;
mod measure;
mod processor;
#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/server.rs"]
mod server;
mod start;
mod stored;

use std::process::Command;
use std::time::Duration;

use mariadb::Mariadb;
use measure::{Ids, Measured, measure};
use server::Server;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Result of a step of the benchmark.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Target rates, as fractions of the bare handler's rate.
const TARGET: f64 = 0.33;
const TARGET_FOR_RANDOM_IDS: f64 = 0.18;

/// Target rate on MariaDB with durable commits, which many calls share: 15 times VICIdial's 431 calls per second.
const TARGET_ON_MARIADB: f64 = 15.0 * 431.0;

/// Limit of a call's cost with a million phones, relative to none.
const TARGET_FOR_GROWTH: f64 = 1.2;

/// Target time from the start to the first reply.
const TARGET_FOR_START: Duration = Duration::from_millis(100);

const STARTS: usize = 20;

/// A measurement of Hotdesk, compared with the bare handler.
struct Compared {
    phones: u32,
    ids: Ids,
    ratio: f64,
    processor_microseconds: f64,
}

fn main() -> Outcome<()> {
    if std::env::args().nth(1).is_some_and(|mode| mode == bare::MODE) {
        return bare::serve();
    }
    let seconds = std::env::var("HOTDESK_BENCH_SECONDS").unwrap_or_else(|_| "5".to_owned());
    let measured_for = Duration::try_from_secs_f64(seconds.parse()?)?;
    let sizes = std::env::var("HOTDESK_BENCH_SIZES").unwrap_or_else(|_| "0,10000,100000,1000000".to_owned());
    let sizes = sizes.split(',').map(|size| size.trim().parse()).collect::<Result<Vec<u32>, _>>()?;
    let mut cases: Vec<_> = sizes.iter().map(|phones| (*phones, Ids::Ascending)).collect();
    cases.extend(sizes.contains(&100_000).then_some((100_000, Ids::Random)));

    let compared = compare(&cases, measured_for)?;
    let on_mariadb = measure_on_mariadb(&sizes, measured_for)?;
    println!();
    report_targets(&compared);
    for (phones, rate) in on_mariadb {
        let what =
            format!("{phones} phones on MariaDB, every commit on the disk: at least {TARGET_ON_MARIADB:.0} a second");
        report_target(&what, &format!("{rate:.0}"), rate >= TARGET_ON_MARIADB);
    }
    report_starts()
}

/// Measures Hotdesk on MariaDB with 0 and 100,000 phones, if these sizes are selected and MariaDB is installed.
fn measure_on_mariadb(sizes: &[u32], measured_for: Duration) -> Outcome<Vec<(u32, f64)>> {
    let durable =
        ["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=512M", "--innodb-log-file-size=512M"];
    let Some(server) = Mariadb::start(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?, &durable) else {
        return Ok(Vec::new());
    };
    let mut rates = Vec::new();
    for phones in [0, 100_000].into_iter().filter(|phones| sizes.contains(phones)) {
        let run = stored::run_on(&server, phones, measured_for)?;
        print_row(&phones.to_string(), "on MariaDB", &run.measured, f64::NAN, &run.measured.successes.to_string());
        println!(" {:>15.1}", run.commands_per_commit);
        rates.push((phones, run.measured.rate()));
    }
    Ok(rates)
}

fn compare(cases: &[(u32, Ids)], measured_for: Duration) -> Outcome<Vec<Compared>> {
    println!(
        "{:>9} {:10} {:>10} {:>8} {:>8} {:>8} {:>8} {:>11} {:>16} {:>15}",
        "phones",
        "ids",
        "requests/s",
        "to bare",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU us/call",
        "stored=answered",
        "commands/commit"
    );
    let mut before = measure_bare(measured_for)?;
    let mut compared = Vec::new();
    for &(phones, ids) in cases {
        let run = stored::run(phones, ids, measured_for)?;
        let after = measure_bare_quietly(measured_for)?;
        let ratio = run.measured.rate() * 2.0 / (before + after.rate());
        print_row(&phones.to_string(), ids.name(), &run.measured, ratio, &run.measured.successes.to_string());
        println!(" {:>15.1}", run.commands_per_commit);
        print_bare(&after);
        before = after.rate();
        let processor_microseconds = run.measured.processor_microseconds();
        compared.push(Compared { phones, ids, ratio, processor_microseconds });
    }
    Ok(compared)
}

/// Measures the bare handler and prints its row. Returns its replies per second.
fn measure_bare(measured_for: Duration) -> Outcome<f64> {
    let measured = measure_bare_quietly(measured_for)?;
    print_bare(&measured);
    Ok(measured.rate())
}

fn measure_bare_quietly(measured_for: Duration) -> Outcome<Measured> {
    let server = Server::start(Command::new(std::env::current_exe()?).arg(bare::MODE))?;
    measure(&server, Ids::Ascending, measured_for)
}

fn print_bare(measured: &Measured) {
    print_row("bare", "", measured, 1.0, "");
    println!();
}

fn print_row(phones: &str, ids: &str, measured: &Measured, ratio: f64, stored: &str) {
    // On another engine, the bare handler is no comparison.
    let ratio = if ratio.is_nan() { String::new() } else { format!("{ratio:.3}") };
    print!(
        "{phones:>9} {ids:10} {:>10.0} {ratio:>8} {:>8.2} {:>8.2} {:>8.2} {:>11.1} {stored:>16}",
        measured.rate(),
        measured.milliseconds(500),
        measured.milliseconds(990),
        measured.milliseconds(1000),
        measured.processor_microseconds()
    );
}

fn report_targets(compared: &[Compared]) {
    for Compared { phones, ids, ratio, .. } in compared {
        let target = if *ids == Ids::Random { TARGET_FOR_RANDOM_IDS } else { TARGET };
        let what = format!("{phones} phones, {} ids: at least {target} of the bare handler", ids.name());
        report_target(&what, &format!("{ratio:.3}"), *ratio >= target);
    }
    let at = |size| compared.iter().find(|run| run.phones == size && run.ids == Ids::Ascending);
    if let (Some(none), Some(million)) = (at(0), at(1_000_000)) {
        let growth = none.ratio / million.ratio;
        let processor = million.processor_microseconds / none.processor_microseconds;
        let what = format!("a call with 1000000 phones: at most {TARGET_FOR_GROWTH} times its cost with none");
        report_target(&what, &format!("{growth:.2}, in processor time {processor:.2}"), growth <= TARGET_FOR_GROWTH);
    }
}

fn report_starts() -> Outcome<()> {
    let times = start::starts(STARTS)?;
    let [Some(least), Some(middle), Some(most)] = [times.first(), times.get(times.len() / 2), times.last()] else {
        return Err("no server was started".into());
    };
    let figures = [least, middle, most].map(|time| format!("{:.1}", time.as_secs_f64() * 1000.0));
    let what = format!("first reply on an empty folder, {STARTS} starts: within {} ms", TARGET_FOR_START.as_millis());
    report_target(&what, &format!("min/median/max {} ms", figures.join("/")), *most <= TARGET_FOR_START);
    Ok(())
}

fn report_target(what: &str, figure: &str, reached: bool) {
    println!("{} {what}: {figure}", if reached { "reached    " } else { "NOT REACHED" });
}
