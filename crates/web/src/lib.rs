//! HTTP server: the Non-Agent API, the JSON API, the admin panel and the agent's page, and every text that a
//! client reads.
//!
//! The four protocol adapters (`non_agent_api`, `rest`, `admin`, `agent`) do not import each other. What they
//! share lies below them: `auth`, `http`, `messages` and other modules. The application state knows no
//! adapter.

mod admin;
mod agent;
mod agent_api;
mod app;
mod assets;
mod auth;
mod dialect;
mod dialer_files;
pub mod effective_settings;
mod error;
mod health;
mod html;
mod http;
pub mod in_process;
mod index;
mod mail;
pub mod messages;
mod metrics;
mod non_agent_api;
mod rest;
mod router;
mod routes;
mod settings;
mod softphone;
#[cfg(test)]
mod test_app;
mod upstream;

use std::sync::Arc;

use tokio::net::TcpListener;

pub use app::App;
pub use dialect::Dialect;
pub use http::address::{ForwardedHeader, Proxies};
pub use mail::Mailer;
pub use router::{all_routes, openapi};
pub use routes::Route;
pub use settings::Settings;
pub use upstream::Upstream;

/// Serves HTTP until `stop` is done, then finishes the accepted requests.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) {
    let service = router::service(Arc::clone(&app));
    http::server::serve(listener, &app, service, stop).await;
}
