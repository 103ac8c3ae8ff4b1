//! Baseline of the benchmark: an axum handler that only echoes its query.

use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::Outcome;

/// The argument with which the benchmark serves the bare handler.
pub const MODE: &str = "bare-handler";

/// Serves the bare handler until the process ends.
pub fn serve() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("ready: http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let router = Router::new().route("/vicidial/non_agent_api.php", get(echo));
        Ok(axum::serve(listener, router).await?)
    })
}

async fn echo(RawQuery(query): RawQuery) -> String {
    format!("SUCCESS: {}\n", query.unwrap_or_default())
}
