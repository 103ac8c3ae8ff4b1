//! In-process client of the JSON API, for a command that runs on the database itself. A user who can write to
//! the database may do anything anyway, so the account that the command acts as needs no password.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::auth::in_process::InProcessAccount;
use crate::http::address::Peer;
use crate::http::request_id::WithRequestId;
use crate::{App, router};

/// A client that calls the router directly.
pub struct InProcessClient {
    service: TowerToHyperService<WithRequestId<axum::Router>>,
    account: InProcessAccount,
}

impl InProcessClient {
    /// Creates a client that acts as this account.
    #[must_use]
    pub fn new(app: Arc<App>, account: String) -> Self {
        Self { service: TowerToHyperService::new(router::service(app)), account: InProcessAccount(account.into()) }
    }

    /// Sends a request, with a body and its content type. Returns the status and the body of the response.
    pub async fn send(&self, method: Method, target: &str, body: Option<(&str, Vec<u8>)>) -> (u16, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(target);
        let mut sent = Vec::new();
        if let Some((kind, body)) = body {
            request = request.header(CONTENT_TYPE, kind);
            sent = body;
        }
        let Ok(mut request) = request.body(Body::from(sent)) else { return (400, Vec::new()) };
        request.extensions_mut().insert(Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
        request.extensions_mut().insert(self.account.clone());
        let Ok(response) = self.service.call(request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map(|body| body.to_bytes().to_vec());
        (status, body.unwrap_or_default())
    }
}
