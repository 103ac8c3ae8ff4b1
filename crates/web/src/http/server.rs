//! Accept loop: connections with time limits, and a stop that finishes accepted requests.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, SERVER};
use axum::response::Response;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Service;

use crate::App;
use crate::http::address::Peer;
use crate::http::published_path;
use crate::http::request_id::WithRequestId;
use crate::http::request_target::EscapedTarget;
use crate::http::write_timeout::WriteTimeout;

/// Value of the `Server` header.
pub const PRODUCT: &str = concat!("Hotdesk/", env!("CARGO_PKG_VERSION"));

/// How long a stop waits for running requests.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Maximum size of a request head, in bytes.
const HEAD_SIZE: usize = 128 * 1024;

/// Maximum number of concurrent connections; further ones wait to be accepted.
const CONNECTIONS: usize = 8192;

/// Pause when the system has no free file descriptors.
const BREATHER: Duration = Duration::from_millis(100);

/// Marks a response that was created after the whole request had been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeRequestRead;

/// Serves until `stop` completes, then finishes the accepted requests.
pub(crate) async fn serve(
    listener: TcpListener,
    app: &App,
    service: WithRequestId<Router>,
    stop: impl Future<Output = ()>,
) {
    let time_limit = app.settings.client_timeout;
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut http = http1::Builder::new();
    // A client that closes its sending side after the request still expects the reply.
    http.timer(TokioTimer::new()).header_read_timeout(time_limit).max_buf_size(HEAD_SIZE).half_close(true);
    tokio::pin!(stop);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(BREATHER).await;
                    continue;
                }
            },
        };
        let service = service.clone();
        let service = service_fn(move |request| answer(service.clone(), peer, request));
        let connection =
            http.serve_connection(EscapedTarget::new(WriteTimeout::new(TokioIo::new(stream), time_limit)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    // Event streams do not end on their own.
    app.stopping.send_replace(true);
    if tokio::time::timeout(STOP_WITHIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were aborted because they did not end in time");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, peer, place))
}

async fn answer(
    mut service: WithRequestId<Router>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let has_body = !request.body().is_end_stream();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Peer(peer));
    published_path::normalize(request.uri_mut());
    let mut response = service.call(request).await?;
    if has_body && response.extensions().get::<WholeRequestRead>().is_none() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.headers_mut().insert(SERVER, HeaderValue::from_static(PRODUCT));
    Ok(response)
}
