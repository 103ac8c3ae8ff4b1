//! One connection to a dialer's manager interface, over TCP or TLS.

mod pending_replies;
mod stream;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::action::{Account, Action};
use crate::event::Event;
use crate::frame::{Block, Frame, FrameError, Parser, Unwritable};
use crate::tls::{Distrust, Tls};
use pending_replies::PendingReplies;
use stream::{Inbound, Outbound};

/// Limit of queued events. If the queue is full, the connection reads no more until events are taken from it.
const EVENTS: usize = 8192;

/// Limit of queued actions.
const ACTIONS: usize = 4096;

/// Size of the read buffer, in bytes.
const CHUNK: usize = 16 * 1024;

/// Start of the server's first line.
const BANNER: &str = "Asterisk Call Manager";

/// Time limits of the steps to open a connection.
#[derive(Debug, Clone, Copy)]
pub struct OpenTimeouts {
    /// The TCP connection and the TLS handshake.
    pub connect: Duration,
    /// The server's banner.
    pub banner: Duration,
    /// The reply to the login.
    pub login: Duration,
}

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address refuses connections.
    #[error("the connection was refused")]
    Refused,
    /// The address cannot be reached in time.
    #[error("it cannot be reached: {0}")]
    Unreachable(#[source] io::Error),
    /// The server accepted the connection but did not respond: to TLS, with a banner, or to the login.
    #[error("it accepts connections but does not respond")]
    Silent,
    /// The server closed the connection at once.
    #[error("it closed the connection: {0}")]
    Closed(Disconnect),
    /// Another service listens there.
    #[error("the service there is not an Asterisk manager interface")]
    NoManager,
    /// The server's certificate is not trusted.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(#[source] Distrust),
    /// The TLS handshake failed; with the TLS library's message.
    #[error("it offers no usable TLS: {0}")]
    NoTls(String),
    /// TLS is required, but no trusted authority is configured. No connection was attempted.
    #[error("no certificate authority is set (ami_ca)")]
    NoAuthority,
    /// The server refused the login; with its message.
    #[error("it refused the login of {user}: {words}")]
    LoginRefused {
        /// The user.
        user: String,
        /// The dialer's message.
        words: String,
    },
    /// User or secret contain characters that cannot be sent.
    #[error(transparent)]
    Unwritable(Unwritable),
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disconnect {
    /// The dialer closed it.
    #[error("closed by the dialer")]
    Closed,
    /// An I/O error.
    #[error("{0}")]
    Broken(io::ErrorKind),
    /// The server sent bytes that are not AMI.
    #[error(transparent)]
    Garbage(#[from] FrameError),
    /// This side dropped it.
    #[error("closed")]
    Dropped,
}

impl Disconnect {
    fn by(error: &io::Error) -> Self {
        match error.kind() {
            // TLS without a closing alert, as with a process that is killed.
            io::ErrorKind::UnexpectedEof => Self::Closed,
            kind => Self::Broken(kind),
        }
    }
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The dialer refused it; with its message.
    #[error("{0}")]
    Refused(String),
    /// No reply in time. The dialer may still execute it.
    #[error("no reply in time")]
    TimedOut,
    /// The connection ended before the reply. The dialer may still execute it.
    #[error("the connection ended: {0}")]
    Disconnected(#[from] Disconnect),
    /// It cannot be sent.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// There is no connection.
    #[error("the dialer is not connected")]
    NotConnected,
}

/// A dialer's reply, with the entries of its list, without the event that ends the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The reply.
    pub frame: Frame,
    /// The list's entries.
    pub entries: Vec<Frame>,
}

/// An open connection, logged in. It closes when it is dropped.
#[derive(Debug)]
pub struct Connection {
    pending_replies: Arc<PendingReplies>,
    outbox: mpsc::Sender<Outgoing>,
    next_id: AtomicU64,
    reader: AbortHandle,
    writer: AbortHandle,
}

/// An action to write.
struct Outgoing {
    id: String,
    bytes: Vec<u8>,
}

impl Connection {
    /// Connects and logs in. If `tls` is given, the connection uses TLS and never falls back to plain TCP. The receiver
    /// yields the events in order, and ends with the connection. The caller must keep reading it, or replies stop too.
    ///
    /// # Errors
    /// See [`OpenError`]; no error shows the secret.
    pub async fn open(
        address: SocketAddr,
        tls: Option<&Tls>,
        account: &Account,
        within: OpenTimeouts,
    ) -> Result<(Self, mpsc::Receiver<Event>), OpenError> {
        let (mut from, to) = stream::connect(address, tls, within.connect).await?;
        let mut parser = Parser::of_server();
        let banner = timeout(within.banner, read_banner(&mut from, &mut parser)).await;
        banner.map_err(|_| OpenError::Silent)??;

        let (connection, events) = Self::start(from, to, parser);
        match connection.act(&Action::Login(account.clone()), within.login).await {
            Ok(_) => Ok((connection, events)),
            Err(ActionError::Refused(words)) => Err(OpenError::LoginRefused { user: account.user.clone(), words }),
            Err(ActionError::TimedOut) => Err(OpenError::Silent),
            Err(ActionError::Disconnected(ended)) => Err(OpenError::Closed(ended)),
            Err(ActionError::NotConnected) => Err(OpenError::Closed(Disconnect::Dropped)),
            Err(ActionError::Unwritable(unwritable)) => Err(OpenError::Unwritable(unwritable)),
        }
    }

    fn start(from: Inbound, to: Outbound, parser: Parser) -> (Self, mpsc::Receiver<Event>) {
        let (event_in, events) = mpsc::channel(EVENTS);
        let (outbox, actions) = mpsc::channel(ACTIONS);
        let pending_replies = Arc::new(PendingReplies::default());
        let reader = tokio::spawn(read(from, parser, event_in, Arc::clone(&pending_replies))).abort_handle();
        let writer = tokio::spawn(write(to, actions, Arc::clone(&pending_replies))).abort_handle();
        (Self { pending_replies, outbox, next_id: AtomicU64::new(1), reader, writer }, events)
    }

    /// Sends an action, and waits at most this long for the reply and its list. If the future is dropped or times out
    /// before the action was written, the action is not written.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn act(&self, action: &Action, within: Duration) -> Result<Reply, ActionError> {
        let id = match action {
            // The OriginateResponse carries this id too, and so names its call.
            Action::Originate(originate) => originate.call_id.to_string(),
            Action::ProbeOriginate(call_id) => call_id.to_string(),
            _ => self.next_id.fetch_add(1, Ordering::Relaxed).to_string(),
        };
        let bytes = action.write(&id)?;
        let reply = self.pending_replies.register(&id, action.list_ends_with())?;
        let exchange = async {
            // If the writer is gone, waiting for the reply returns the reason.
            drop(self.outbox.send(Outgoing { id: id.clone(), bytes }).await);
            reply.wait().await
        };
        let reply = timeout(within, exchange).await.map_err(|_| ActionError::TimedOut)??;
        match reply.frame.kind() {
            Some(("Response", "Error")) => {
                Err(ActionError::Refused(reply.frame.get("Message").unwrap_or_default().to_owned()))
            }
            _ => Ok(reply),
        }
    }

    /// Why the connection ended, or `None` while it is open.
    #[must_use]
    pub fn ended(&self) -> Option<Disconnect> {
        self.pending_replies.ended()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
        self.writer.abort();
        self.pending_replies.end(Disconnect::Dropped);
    }
}

async fn read_banner(from: &mut Inbound, parser: &mut Parser) -> Result<(), OpenError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = from.read(&mut chunk).await.map_err(|error| OpenError::Closed(Disconnect::by(&error)))?;
        if count == 0 {
            return Err(OpenError::Closed(Disconnect::Closed));
        }
        parser.feed(&chunk[..count]);
        match parser.next_block() {
            Ok(Some(Block::Banner(banner))) if banner.starts_with(BANNER) => return Ok(()),
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => return Err(OpenError::NoManager),
        }
    }
}

async fn read(
    mut from: Inbound,
    mut parser: Parser,
    events: mpsc::Sender<Event>,
    pending_replies: Arc<PendingReplies>,
) {
    let mut chunk = vec![0; CHUNK];
    let ended = loop {
        if let Err(ended) = deliver(&mut parser, &events, &pending_replies).await {
            break ended;
        }
        match from.read(&mut chunk).await {
            Ok(0) => break Disconnect::Closed,
            Ok(count) => parser.feed(&chunk[..count]),
            Err(error) => break Disconnect::by(&error),
        }
    };
    pending_replies.end(ended);
}

/// Delivers every complete block: replies to their callers, events in order.
async fn deliver(
    parser: &mut Parser,
    events: &mpsc::Sender<Event>,
    pending_replies: &PendingReplies,
) -> Result<(), Disconnect> {
    while let Some(block) = parser.next_block()? {
        let Block::Frame(frame) = block else { continue };
        if let Some(frame) = pending_replies.deliver(frame)
            && let Some(event) = Event::read(&frame)
        {
            events.send(event).await.map_err(|_| Disconnect::Dropped)?;
        }
    }
    Ok(())
}

async fn write(mut to: Outbound, mut actions: mpsc::Receiver<Outgoing>, pending_replies: Arc<PendingReplies>) {
    let mut batch = Vec::new();
    let mut bytes = Vec::new();
    while actions.recv_many(&mut batch, ACTIONS).await > 0 {
        // An action whose caller is gone must not reach the dialer: the phone would ring late.
        for outgoing in batch.drain(..).filter(|outgoing| pending_replies.is_pending(&outgoing.id)) {
            bytes.extend_from_slice(&outgoing.bytes);
        }
        let written = async {
            to.write_all(&bytes).await?;
            // TLS may have buffered the bytes.
            to.flush().await
        };
        if let Err(error) = written.await {
            pending_replies.end(Disconnect::by(&error));
            return;
        }
        bytes.clear();
    }
}
