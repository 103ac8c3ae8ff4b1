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
        Ok(_) => {
            let alarm = app.floor.alarm();
            let frozen = format!("frozen: {} of {} dialers are gone, so nobody is moved\n", alarm.gone, alarm.of);
            (StatusCode::OK, format!("ready\n{}", if alarm.frozen { &frozen } else { "" }))
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer; see the log\n".to_owned())
        }
    }
}
