//! Is it there, and can it work?

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::App;

/// The process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// The database can be read, and the writer takes commands.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    match app.store.write(|tx| tx.active_dialer_gmt()).await {
        Ok(_) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer; see the log\n".to_owned())
        }
    }
}
