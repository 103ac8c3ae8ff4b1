//! Byte streams of a connection, with TLS or without.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::Error as TlsError;

use super::{Disconnect, OpenError};
use crate::tls::Tls;

/// Bytes from the dialer.
pub(super) type Inbound = Box<dyn AsyncRead + Send + Unpin>;

/// Bytes to the dialer.
pub(super) type Outbound = Box<dyn AsyncWrite + Send + Unpin>;

/// Connects, and completes the TLS handshake if `tls` is given, all within this time. Without TLS nothing is sent yet.
pub(super) async fn connect(
    address: SocketAddr,
    tls: Option<&Tls>,
    within: Duration,
) -> Result<(Inbound, Outbound), OpenError> {
    let due = Instant::now() + within;
    let secured = tls.map(|tls| {
        let authorities = tls.authorities.as_ref().ok_or(OpenError::NoAuthority)?;
        Ok((authorities, tls.server_name().map_err(OpenError::Untrusted)?))
    });
    let secured = secured.transpose()?;
    let timed_out = |_| OpenError::Unreachable(io::ErrorKind::TimedOut.into());
    let connected = timeout_at(due, TcpStream::connect(address)).await.map_err(timed_out)?;
    let stream = connected.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => OpenError::Refused,
        _ => OpenError::Unreachable(error),
    })?;
    stream.set_nodelay(true).map_err(OpenError::Unreachable)?;
    let Some((authorities, name)) = secured else {
        let (from, to) = stream.into_split();
        return Ok((Box::new(from), Box::new(to)));
    };
    let handshake = timeout_at(due, TlsConnector::from(authorities.config()).connect(name, stream)).await;
    let stream = handshake.map_err(|_| OpenError::Silent)?.map_err(|error| handshake_error(&error))?;
    let (from, to) = tokio::io::split(stream);
    Ok((Box::new(from), Box::new(to)))
}

/// The reason of a failed TLS handshake.
fn handshake_error(error: &io::Error) -> OpenError {
    let kind = error.kind();
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        Some(TlsError::InvalidCertificate(why)) => OpenError::Untrusted(why.clone().into()),
        Some(other) => OpenError::NoTls(other.to_string()),
        None if kind == io::ErrorKind::UnexpectedEof => OpenError::Closed(Disconnect::Closed),
        None => OpenError::Closed(Disconnect::Broken(kind)),
    }
}
