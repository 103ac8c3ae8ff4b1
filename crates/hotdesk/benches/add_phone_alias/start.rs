//! Time from the start of the process in an empty folder to its first reply.

use std::time::Duration;

use tokio::time::Instant;

use crate::program::serve;
use crate::server::Server;
use crate::{Outcome, http};

/// Measures this many starts. Returns the times, sorted.
pub fn starts(count: usize) -> Outcome<Vec<Duration>> {
    let mut times = (0..count).map(|_| start()).collect::<Outcome<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times)
}

fn start() -> Outcome<Duration> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let began = Instant::now();
    let server = Server::start(&mut serve(folder.path()))?;
    let (status, reply) = http::get(server.address(), "/vicidial/non_agent_api.php?function=version")?;
    let took = began.elapsed();
    if status == 200 { Ok(took) } else { Err(format!("the first reply was {status}: {reply}").into()) }
}
