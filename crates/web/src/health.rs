//! Health checks: liveness and readiness.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use store::WriteError;

use crate::App;

/// Liveness: the process responds.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// Readiness: the database can be read, and the writer accepts commands.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    match app.store.write(|tx| tx.active_dialer_gmt()).await {
        Ok(_) => {
            let alarm = app.floor.alarm();
            let frozen = format!("frozen: {} of {} dialers are down, so no agents are moved\n", alarm.gone, alarm.of);
            (StatusCode::OK, format!("ready\n{}", if alarm.frozen { &frozen } else { "" }))
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}; see the log\n", why(&error)))
        }
    }
}

/// Why nothing can be written, without the database's own message, which may contain addresses: this page
/// needs no authentication.
fn why(error: &WriteError) -> &'static str {
    match error {
        WriteError::Unreachable(_) => "the database is unreachable",
        WriteError::Commit(_) => "the database does not confirm writes",
        WriteError::Command(_) | WriteError::Panicked(_) => "the database responds with errors",
        WriteError::Overloaded => "too many calls are waiting for the database",
        WriteError::Locked => "another program has locked the database",
        WriteError::Closed => "the server is stopping",
    }
}
