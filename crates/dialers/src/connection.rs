//! One connection to a dialer's manager interface: plain TCP, or TLS.

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

/// Events that wait to be read; then no more is read from the dialer until some are.
const EVENTS: usize = 8192;

/// Actions that wait to be written.
const ACTIONS: usize = 4096;

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// How a server's first line begins.
const BANNER: &str = "Asterisk Call Manager";

/// How long each step to an open connection may take.
#[derive(Debug, Clone, Copy)]
pub struct OpenTimeouts {
    /// The TCP connection, and TLS on it.
    pub connect: Duration,
    /// The banner after it.
    pub banner: Duration,
    /// The answer to the login.
    pub login: Duration,
}

/// Why a connection did not come to be.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// It cannot be reached, or not in time.
    #[error("it cannot be reached: {0}")]
    Unreachable(#[source] io::Error),
    /// It was silent, at TLS, at the banner or at the login.
    #[error("it accepts a connection and says nothing")]
    Silent,
    /// It closed the connection at once.
    #[error("it closed the connection: {0}")]
    Closed(Disconnect),
    /// Something else listens there.
    #[error("what listens there is no Asterisk manager interface")]
    NoManager,
    /// It has a certificate that is not trusted.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(#[source] Distrust),
    /// No TLS came to be with it. With the TLS library's words.
    #[error("it speaks no TLS that can be used: {0}")]
    NoTls(String),
    /// TLS is wanted, and nobody said whose certificates are believed. Nobody was contacted.
    #[error("no certificate authority is set (ami_ca)")]
    NoAuthority,
    /// User or secret are wrong, or not allowed from here. With the dialer's words.
    #[error("it refused the login of {user}: {words}")]
    LoginRefused {
        /// The user.
        user: String,
        /// What the dialer said.
        words: String,
    },
    /// User or secret cannot be sent.
    #[error(transparent)]
    Unwritable(Unwritable),
}

/// Why a connection is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disconnect {
    /// The dialer closed it.
    #[error("closed by the dialer")]
    Closed,
    /// It broke.
    #[error("{0}")]
    Broken(io::ErrorKind),
    /// What came was no AMI.
    #[error(transparent)]
    Garbage(#[from] FrameError),
    /// It was dropped here.
    #[error("closed")]
    Dropped,
}

impl Disconnect {
    fn by(error: &io::Error) -> Self {
        match error.kind() {
            // TLS that ends without a farewell, as it does with a process that is killed.
            io::ErrorKind::UnexpectedEof => Self::Closed,
            kind => Self::Broken(kind),
        }
    }
}

/// Why an action has no reply that says `Success`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The dialer refused it, with its words.
    #[error("{0}")]
    Refused(String),
    /// No reply in time. The dialer may still carry it out.
    #[error("no reply in time")]
    TimedOut,
    /// The connection ended first. The dialer may still carry it out.
    #[error("the connection ended: {0}")]
    Disconnected(#[from] Disconnect),
    /// It cannot be sent.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// There is no connection.
    #[error("the dialer is not connected")]
    NotConnected,
}

/// What a dialer answered: its reply, and the list that it began, without the event that ends it.
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

/// An action on its way.
struct Outgoing {
    id: String,
    bytes: Vec<u8>,
}

impl Connection {
    /// Connects, with TLS if `tls` says how and never without it then, and logs in. The second value gives the events in the order in which they come, and ends with the
    /// connection; whoever holds it must go on reading it, or replies stop too.
    ///
    /// # Errors
    /// See [`OpenError`]; none of them tells the secret.
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

    /// Asks the dialer something, and waits at most this long for the reply and for the list that it begins. If the
    /// future is dropped, or times out, before the action has been written, it is not written any more.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn act(&self, action: &Action, within: Duration) -> Result<Reply, ActionError> {
        let id = match action {
            // So that the OriginateResponse, which carries it too, tells which call it is about.
            Action::Originate(originate) => originate.call_id.to_string(),
            _ => self.next_id.fetch_add(1, Ordering::Relaxed).to_string(),
        };
        let bytes = action.write(&id)?;
        let reply = self.pending_replies.register(&id, action.list_ends_with())?;
        let asked = async {
            // If nobody takes it any more, the reply tells why.
            drop(self.outbox.send(Outgoing { id: id.clone(), bytes }).await);
            reply.wait().await
        };
        let reply = timeout(within, asked).await.map_err(|_| ActionError::TimedOut)??;
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

/// Delivers every block that is there: replies to who waits for them, events in order.
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
        // What nobody waits for any more must not reach the dialer: the phone would ring late.
        for outgoing in batch.drain(..).filter(|outgoing| pending_replies.is_pending(&outgoing.id)) {
            bytes.extend_from_slice(&outgoing.bytes);
        }
        let written = async {
            to.write_all(&bytes).await?;
            // TLS may have taken it and not have sent it.
            to.flush().await
        };
        if let Err(error) = written.await {
            pending_replies.end(Disconnect::by(&error));
            return;
        }
        bytes.clear();
    }
}
