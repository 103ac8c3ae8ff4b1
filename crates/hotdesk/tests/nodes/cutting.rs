//! A proxy that stands between a node and a member of the database, and cuts, delays or swallows what goes through.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// How much later a piece goes through: more than that from one piece to the next is a network to another continent.
const DELAY: Duration = Duration::from_millis(20);

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// They go through.
    Open,
    /// They go through, each piece later by [`DELAY`].
    Delayed,
    /// They are closed, and new ones too.
    Cut,
    /// They stay, new ones are taken, and nothing goes through.
    Silent,
}

/// A proxy. It ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
    task: AbortHandle,
}

impl Proxy {
    /// Stands in front of this address.
    pub async fn to(target: (String, u16)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = watch::Sender::new(Line::Open);
        let task = tokio::spawn(accept(listener, target, line.subscribe())).abort_handle();
        Self { address, line, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn is(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.send_replace(Line::Cut);
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: (String, u16), line: watch::Receiver<Line>) {
    while let Ok((client, _)) = listener.accept().await {
        let (target, line) = (target.clone(), line.clone());
        tokio::spawn(async move {
            // An end on either side ends both.
            drop(join(client, target, line).await);
        });
    }
}

async fn join(client: TcpStream, target: (String, u16), mut line: watch::Receiver<Line>) -> io::Result<()> {
    line.wait_for(|line| *line != Line::Silent).await.map_err(io::Error::other)?;
    if *line.borrow() == Line::Cut {
        return Ok(());
    }
    let server = TcpStream::connect(target).await?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = line.clone();
    tokio::select! {
        ended = pass(from_client, to_server, line.clone()) => ended,
        ended = pass(from_server, to_client, line) => ended,
        _ = cut.wait_for(|line| *line == Line::Cut) => Ok(()),
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        let now = *line.wait_for(|line| *line != Line::Silent).await.map_err(io::Error::other)?;
        if now == Line::Delayed {
            tokio::time::sleep(DELAY).await;
        }
        to.write_all(&bytes[..count]).await?;
    }
}
