//! Processor time of another process. Unlike its rate it hardly depends on what else the machine does.

use std::time::Duration;

/// Linux counts processor time for other programs in hundredths of a second, whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

/// The processor time that a process has used, in its own code and in the system's on its behalf. `None` where there is no
/// `/proc`.
pub fn time_of(process: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold blanks; `utime` and `stime` are the 12th and 13th field behind it.
    let (_, fields) = text.rsplit_once(')')?;
    let ticks: Option<u32> = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u32>().ok()).sum();
    Some(TICK * ticks?)
}
