//! Current configuration files of a dialer, for the JSON API (`rest/conf.rs`) and the panel.

use std::time::Duration;

use fleet::dialer_files::{Standing, Written, write};
use store::{ReadError, WriteError};
use tokio::time::{Instant, sleep, sleep_until};

use crate::App;

/// Minimum pause before the files are generated again for a waiting request.
const LEAST_REST: Duration = Duration::from_millis(100);

/// Minimum pause as a multiple of the time that generating took, so a waiting request uses at most a tenth of
/// one core.
const REST: u32 = 9;

/// Interval for checking whether another program has requested a reload of the dialer's configuration.
const ASK: Duration = Duration::from_millis(500);

/// Interval for generating the files without a request: other programs do not request a reload when they
/// change an alias.
const ANYWAY: Duration = Duration::from_secs(30);

/// A dialer's files; `None` if there is no such dialer.
pub(crate) async fn written(app: &App, server_ip: &str) -> Result<Option<Written>, ReadError> {
    // One at a time, since generating them is expensive and many dialers may wait for the same change.
    let _turn = app.file_writer.acquire().await.map_err(|_| ReadError::Closed)?;
    let server_ip = server_ip.to_owned();
    app.store.read(move |tx| Ok(tx.dialer_rows(&server_ip)?.as_ref().map(write))).await
}

/// The files, as soon as they differ from the client's version, the time is up, or the server stops.
pub(crate) async fn awaited(
    app: &App,
    server_ip: &str,
    has: impl Fn(&Written) -> bool,
    at_most: Duration,
) -> Result<Option<Written>, WriteError> {
    let (mut changed, mut stopping) = (app.store.files_changed(), app.stopping.subscribe());
    let until = Instant::now() + at_most;
    loop {
        changed.mark_unchanged();
        let began = Instant::now();
        let found = written(app, server_ip).await.map_err(unreadable)?;
        let is_over = Instant::now() >= until || *stopping.borrow();
        if is_over || !found.as_ref().is_some_and(&has) {
            return Ok(found);
        }
        let rest = LEAST_REST.max(began.elapsed() * REST);
        sleep_until(until.min(Instant::now() + rest)).await;
        tokio::select! {
            _ = changed.changed() => {}
            asked = take_reload_request(app, server_ip) => asked?,
            _ = stopping.wait_for(|stopping| *stopping) => {}
            () = sleep_until(until.min(Instant::now() + ANYWAY)) => {}
        }
    }
}

fn unreadable(error: ReadError) -> WriteError {
    match error {
        ReadError::Database(cause) => WriteError::Unreachable(cause),
        ReadError::Command(error) => WriteError::Command(error),
        ReadError::Closed => WriteError::Closed,
    }
}

/// Waits for a request to reload the dialer's configuration, and clears it, so that a later request is noticed.
async fn take_reload_request(app: &App, server_ip: &str) -> Result<(), WriteError> {
    loop {
        sleep(ASK).await;
        let ip = server_ip.to_owned();
        if app.store.read(move |tx| tx.rebuild_requested(&ip)).await.map_err(unreadable)? {
            let ip = server_ip.to_owned();
            return app.store.write(move |tx| tx.mark_rebuilt(&ip)).await;
        }
    }
}

/// What a dialer has reported about its files; `None` if it has never reported.
pub(crate) async fn standing(app: &App, server_ip: &str) -> Result<Option<Standing>, ReadError> {
    let ip = server_ip.to_owned();
    let said = app.store.read(move |tx| tx.loaded_files(&ip)).await?;
    // A dialer that has never reported has no sidecar, so its files are not used.
    if said.is_empty() {
        return Ok(None);
    }
    Ok(written(app, server_ip).await?.and_then(|written| Standing::of(&said, &written)))
}
