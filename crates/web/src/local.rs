//! The JSON API for a command on the database itself. Whoever can write there may do anything anyway, so the account that a
//! command acts as comes in without its password. That it may is an extension of the request, which no connection can carry.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::address::Peer;
use crate::{App, router};

/// The account that a request on the database acts as.
#[derive(Debug, Clone)]
pub(crate) struct Local(pub(crate) Arc<str>);

/// A door that only this process has.
pub struct Door {
    router: TowerToHyperService<axum::Router>,
    account: Local,
}

impl Door {
    /// A door for this account.
    #[must_use]
    pub fn new(app: Arc<App>, account: String) -> Self {
        Self { router: TowerToHyperService::new(router(app)), account: Local(account.into()) }
    }

    /// Sends a request with a body of a type. Returns the status of the answer and its body.
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
        let Ok(response) = self.router.call(request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map(|body| body.to_bytes().to_vec());
        (status, body.unwrap_or_default())
    }
}
