//! How many agents a second Hotdesk logs in: decision, reservation, session on the disk, the call placed on one of three
//! simulated dialers that answer at once, and the answer on the disk too.
//!
//! `cargo bench -p hotdesk --bench logins`; `HOTDESK_BENCH_SIZES=0` and `HOTDESK_BENCH_SECONDS=2` shorten it. The load and the
//! simulated dialers run on the same cores as the server. Each agent logs in once, with an alias of three phones. The run
//! fails unless every login that was answered is live in the end, with one call.

#[path = "../../tests/support/load.rs"]
#[expect(dead_code, reason = "shared with another bench")]
mod load;
#[path = "../add_phone_alias/processor.rs"]
mod processor;
#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/server.rs"]
mod server;
mod storm;

use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a step of the bench ends with.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Logins a second that are aimed at.
const AIM: f64 = 6000.0;

/// What VICIdial does on a machine like this, by the number of phones; its answer is the whole agent page.
const VICIDIAL: [(u32, &str); 2] = [(0, "73"), (100_000, "under 1")];

fn main() -> Outcome<()> {
    let seconds: u64 = std::env::var("HOTDESK_BENCH_SECONDS").unwrap_or_else(|_| "4".to_owned()).parse()?;
    let sizes = std::env::var("HOTDESK_BENCH_SIZES").unwrap_or_else(|_| "0,100000".to_owned());
    println!(
        "{:>9} {:>10} {:>8} {:>8} {:>8} {:>12} {:>11} {:>10}",
        "phones", "logins/s", "p50 ms", "p99 ms", "max ms", "CPU us/login", "all live in", "VICIdial/s"
    );
    for size in sizes.split(',') {
        let phones: u32 = size.trim().parse()?;
        let run = storm::run(phones, Duration::from_secs(seconds))?;
        let vicidial = VICIDIAL.iter().find(|(size, _)| *size == phones).map_or("", |(_, rate)| rate);
        println!(
            "{phones:>9} {:>10.0} {:>8.2} {:>8.2} {:>8.2} {:>12.1} {:>8} ms {vicidial:>10}",
            run.rate(),
            run.milliseconds(500),
            run.milliseconds(990),
            run.milliseconds(1000),
            run.processor_microseconds(),
            run.all_live_after.as_millis(),
        );
        println!("{} {AIM} logins a second", if run.rate() >= AIM { "reached    " } else { "NOT REACHED" });
    }
    Ok(())
}
