//! Processor time of another process. Unlike the rate, it hardly depends on other load of the machine.

use std::time::Duration;

/// Linux reports processor time in hundredths of a second, independent of its own clock rate.
const TICK: Duration = Duration::from_millis(10);

/// Processor time that a process has used, in user and system mode. `None` without `/proc`.
pub fn time_of(process: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may contain blanks; `utime` and `stime` are the 12th and 13th field after it.
    let (_, fields) = text.rsplit_once(')')?;
    let ticks: Option<u32> = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u32>().ok()).sum();
    Some(TICK * ticks?)
}
