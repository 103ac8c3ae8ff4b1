//! Is it there, and can it work?

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use store::WriteError;

use crate::App;

/// The process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// The database can be read, and the writer takes commands.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    match app.store.write(|tx| tx.active_dialer_gmt()).await {
        Ok(_) => {
            let alarm = app.floor.alarm();
            let frozen = format!("frozen: {} of {} dialers are gone, so nobody is moved\n", alarm.gone, alarm.of);
            (StatusCode::OK, format!("ready\n{}", if alarm.frozen { &frozen } else { "" }))
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}; the log says more\n", why(&error)))
        }
    }
}

/// Why nothing can be written, without addresses and whatever else the database says: this page asks nobody who looks.
fn why(error: &WriteError) -> &'static str {
    match error {
        WriteError::Unreachable(_) => "the database cannot be reached",
        WriteError::Commit(_) => "the database does not confirm what is written",
        WriteError::Command(_) | WriteError::Panicked(_) => "the database does not answer as it should",
        WriteError::Overloaded => "as many calls wait for the database as may",
        WriteError::Locked => "another program keeps the database locked",
        WriteError::Closed => "the server is being stopped",
    }
}
