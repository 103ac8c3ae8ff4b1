//! Proxy between a node and a database server that cuts, delays or drops traffic.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Delay of each chunk: more than the round trip to another continent.
const DELAY: Duration = Duration::from_millis(20);

/// How the proxy treats connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Traffic passes.
    Open,
    /// Traffic passes, each chunk delayed by [`DELAY`].
    Delayed,
    /// Present and new connections are closed.
    Cut,
    /// Connections stay open and new ones are accepted, but no traffic passes.
    Silent,
}

/// A proxy. It stops when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    task: AbortHandle,
}

impl Proxy {
    /// Starts a proxy in front of this address.
    pub async fn to(target: (String, u16)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = watch::Sender::new(Mode::Open);
        let task = tokio::spawn(accept(listener, target, mode.subscribe())).abort_handle();
        Self { address, mode, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.mode.send_replace(Mode::Cut);
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: (String, u16), mode: watch::Receiver<Mode>) {
    while let Ok((client, _)) = listener.accept().await {
        let (target, mode) = (target.clone(), mode.clone());
        tokio::spawn(async move {
            // The end of one side ends both.
            drop(join(client, target, mode).await);
        });
    }
}

async fn join(client: TcpStream, target: (String, u16), mut mode: watch::Receiver<Mode>) -> io::Result<()> {
    mode.wait_for(|mode| *mode != Mode::Silent).await.map_err(io::Error::other)?;
    if *mode.borrow() == Mode::Cut {
        return Ok(());
    }
    let server = TcpStream::connect(target).await?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = mode.clone();
    tokio::select! {
        ended = pass(from_client, to_server, mode.clone()) => ended,
        ended = pass(from_server, to_client, mode) => ended,
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => Ok(()),
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        let now = *mode.wait_for(|mode| *mode != Mode::Silent).await.map_err(io::Error::other)?;
        if now == Mode::Delayed {
            tokio::time::sleep(DELAY).await;
        }
        to.write_all(&bytes[..count]).await?;
    }
}
