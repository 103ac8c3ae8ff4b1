//! Dialers' configuration files, as they are now: for programs (`rest/conf.rs`) and for the panel.

use std::time::Duration;

use fleet::dialer_files::{Standing, Written, write};
use store::{ReadError, WriteError};
use tokio::time::{Instant, sleep, sleep_until};

use crate::App;

/// How long it is rested at least before the files are written again for who waits.
const LEAST_REST: Duration = Duration::from_millis(100);

/// And how many times as long as writing them took: so who waits never has more than a tenth of one core.
const REST: u32 = 9;

/// How often it is looked whether another program has asked the dialer to read its configuration again.
const ASK: Duration = Duration::from_millis(500);

/// After how long they are written again though nobody has said that anything changed: another program's change of an alias
/// says nothing.
const ANYWAY: Duration = Duration::from_secs(30);

/// A dialer's files; `None` if there is no such dialer.
pub(crate) async fn written(app: &App, server_ip: &str) -> Result<Option<Written>, ReadError> {
    // One at a time: writing them is work, and many dialers may wait for the same change.
    let _turn = app.file_writer.acquire().await.map_err(|_| ReadError::Closed)?;
    let server_ip = server_ip.to_owned();
    app.store.read(move |tx| Ok(tx.dialer_rows(&server_ip)?.as_ref().map(write))).await
}

/// The same, once they are others than the client has, or the time is up, or the server stops.
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

/// Waits until somebody has asked the dialer to read its configuration again, and takes that on: whatever is asked from now on
/// is asked anew.
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

/// How a dialer stands to its files; `None` if it never said anything.
pub(crate) async fn standing(app: &App, server_ip: &str) -> Result<Option<Standing>, ReadError> {
    let ip = server_ip.to_owned();
    let said = app.store.read(move |tx| tx.loaded_files(&ip)).await?;
    // Who never said anything has no sidecar, and its files interest nobody.
    if said.is_empty() {
        return Ok(None);
    }
    Ok(written(app, server_ip).await?.and_then(|written| Standing::of(&said, &written)))
}
