//! Is it there, and can it work?

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::App;

/// The process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// The database answers.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    match app.store.read(|tx| tx.settings()).await {
        Ok(_) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database cannot be read; see the log\n".to_owned())
        }
    }
}
