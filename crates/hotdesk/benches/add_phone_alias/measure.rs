//! Load on one server for a fixed time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use crate::load::{self, Reply, Work};
use crate::server::Server;
use crate::{Outcome, fleet, processor};

const CONNECTIONS: usize = 32;

/// Warm-up, during which replies are not measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// Order of the new aliases' ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    Ascending,
    Random,
}

impl Ids {
    /// Name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Random => "random",
        }
    }

    /// The alias id of this number. All numbers have different ids.
    fn alias_id(self, number: u64) -> String {
        match self {
            Self::Ascending => format!("b{number:015}"),
            Self::Random => format!("{:016x}", mixed(number)),
        }
    }
}

/// Scatters numbers without collisions (the finalizer of splitmix64, a bijection).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Measurements of a server under load.
pub struct Measured {
    /// Successful replies, including those of the warm-up.
    pub successes: u64,
    /// Latency of each measured reply, in microseconds, sorted.
    latencies: Vec<u32>,
    lasted: Duration,
    /// The server's processor time for all of [`Self::successes`].
    processor: Option<Duration>,
}

impl Measured {
    /// Replies per second.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 replies")]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.lasted.as_secs_f64()
    }

    /// The server's processor time per reply, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 replies")]
    pub fn processor_microseconds(&self) -> f64 {
        self.processor.map_or(f64::NAN, |time| time.as_secs_f64() * 1e6 / self.successes as f64)
    }

    /// A percentile of the latencies, given in thousandths, in milliseconds.
    pub fn milliseconds(&self, thousandths: usize) -> f64 {
        let place = (self.latencies.len() * thousandths).div_ceil(1000).saturating_sub(1);
        self.latencies.get(place).map_or(f64::NAN, |microseconds| f64::from(*microseconds) / 1000.0)
    }
}

struct NewAliases {
    ids: Ids,
    sent: u64,
    measured_from: Instant,
    until: Instant,
    successes: u64,
    refused: Option<String>,
    latencies: Vec<u32>,
}

impl Work for NewAliases {
    fn next(&mut self, now: Instant, request: &mut Vec<u8>) -> Option<u64> {
        if now >= self.until || self.refused.is_some() {
            return None;
        }
        self.sent += 1;
        fleet::write_call(request, &self.ids.alias_id(self.sent));
        Some(self.sent)
    }

    fn answered(&mut self, _: u64, reply: Reply<'_>, sent: Instant, answered: Instant) {
        if !reply.is_success {
            self.refused = Some(String::from_utf8_lossy(reply.body).into_owned());
            return;
        }
        self.successes += 1;
        if self.measured_from < answered && answered <= self.until {
            self.latencies.push(u32::try_from((answered - sent).as_micros()).unwrap_or(u32::MAX));
        }
    }
}

/// Adds aliases for this long after a warm-up. Fails if one is not added.
pub fn measure(server: &Server, ids: Ids, measured_for: Duration) -> Outcome<Measured> {
    let used_before = processor::time_of(server.process());
    let measured_from = Instant::now() + WARM_UP;
    let work = Rc::new(RefCell::new(NewAliases {
        ids,
        sent: 0,
        measured_from,
        until: measured_from + measured_for,
        successes: 0,
        refused: None,
        latencies: Vec::with_capacity(1 << 20),
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(load::run(server.address(), CONNECTIONS, &work))?;
    let used_after = processor::time_of(server.process());
    let mut work = work.borrow_mut();
    if let Some(reply) = work.refused.take() {
        return Err(format!("an alias was not added: {reply}").into());
    }
    let mut latencies = std::mem::take(&mut work.latencies);
    latencies.sort_unstable();
    let processor = used_after.zip(used_before).map(|(after, before)| after.saturating_sub(before));
    Ok(Measured { successes: work.successes, latencies, lasted: measured_for, processor })
}
