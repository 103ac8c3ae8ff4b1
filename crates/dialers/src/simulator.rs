//! Simulated dialers for tests, load tests and the demonstration: the server side of the manager interface, over TCP or
//! TLS, with scripted lines and switchable faults. A client cannot distinguish them from Asterisk by what they send.

mod call;
mod identity;
mod limit;
mod line;
mod session;
mod switchboard;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use crate::action::Account;
use crate::line::Line;
pub use identity::{Identity, NoIdentity};
pub use limit::AccountLimit;
pub use line::{Behaviour, LineScript};
pub use switchboard::{CallState, Counts, SimulatedCall};
use switchboard::{Fault, Switchboard};

/// Delay before another attempt to listen or accept.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// One simulated dialer. It stops when this is dropped.
///
/// It has one context, `default`, with the conferences of VICIdial's dialplan: seven-digit extensions that start with
/// `9600` or `86`, and the latter also with a leading `2`.
#[derive(Debug)]
pub struct SimulatedDialer {
    switchboard: Arc<Switchboard>,
    identity: Option<Identity>,
    address: SocketAddr,
    life: Mutex<Option<AbortHandle>>,
}

impl SimulatedDialer {
    /// Listens on this address (port 0: any free port) and accepts this account.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(
        address: SocketAddr,
        account: Account,
        lines: impl IntoIterator<Item = (Line, LineScript)>,
    ) -> io::Result<Self> {
        Self::begin(address, None, account, lines).await
    }

    /// The same with TLS.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start_with_tls(
        address: SocketAddr,
        identity: Identity,
        account: Account,
        lines: impl IntoIterator<Item = (Line, LineScript)>,
    ) -> io::Result<Self> {
        Self::begin(address, Some(identity), account, lines).await
    }

    async fn begin(
        address: SocketAddr,
        identity: Option<Identity>,
        account: Account,
        lines: impl IntoIterator<Item = (Line, LineScript)>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let switchboard = Arc::new(Switchboard::new(account, lines.into_iter().collect()));
        let dialer = Self { switchboard, identity, address, life: Mutex::default() };
        dialer.live(listener);
        Ok(dialer)
    }

    fn live(&self, listener: TcpListener) {
        let life = accept(listener, self.identity.clone(), Arc::clone(&self.switchboard));
        let life = tokio::spawn(life).abort_handle();
        *self.life.lock() = Some(life);
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops all work as SIGSTOP does: the operating system still accepts connections and bytes, but nothing is
    /// answered.
    pub fn freeze(&self) {
        self.switchboard.set_fault(Fault::Frozen);
    }

    /// Ends every fault except a killed process. After a freeze, the actions that were sent meanwhile are executed,
    /// even if their connection has been closed since.
    pub fn recover(&self) {
        self.switchboard.set_fault(Fault::None);
    }

    /// Delays every message by this time.
    pub fn slow_down(&self, by: Duration) {
        self.switchboard.set_fault(Fault::Slow(by));
    }

    /// Sends garbage instead of AMI, on present and new connections.
    pub fn send_garbage(&self) {
        self.switchboard.set_fault(Fault::Garbage);
    }

    /// Refuses every action, as Asterisk does while it shuts down; present calls stay.
    pub fn begin_shutdown(&self) {
        self.switchboard.set_fault(Fault::Stopping);
    }

    /// Limits the account of every client from now on; `None` gives it all rights.
    pub fn limit(&self, limit: Option<AccountLimit>) {
        self.switchboard.set_limit(limit);
    }

    /// Refuses every hang-up from now on with this message, or executes them again.
    pub fn refuse_hang_ups(&self, words: Option<&'static str>) {
        self.switchboard.refuse_hang_ups(words);
    }

    /// Adds a channel of another program to a conference, or removes it.
    pub fn set_foreign_channel(&self, unique_id: &str, conference: &str, is_there: bool) {
        self.switchboard.set_foreign_channel(unique_id, conference, is_there);
    }

    /// Ends as a killed process does: connections close, new ones are refused, calls are lost. Registrations stay.
    pub fn die(&self) {
        if let Some(life) = self.life.lock().take() {
            life.abort();
        }
        self.switchboard.kill();
    }

    /// Starts again after [`Self::die`], without faults.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn revive(&self) -> io::Result<()> {
        // The previous listener is closed when its aborted task ends.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(RETRY_DELAY).await,
                bound => break bound?,
            }
        };
        self.recover();
        self.switchboard.restart();
        self.live(listener);
        Ok(())
    }

    /// Adds a line, or changes it for future calls. A changed registration is sent to every client.
    pub fn set_line(&self, line: &Line, script: LineScript) {
        self.switchboard.set_line(line, script);
    }

    /// Hangs up every call on this line, as its agent would.
    pub fn hang_up_at(&self, line: &Line) {
        self.switchboard.hang_up_at(line);
    }

    /// Sends every client this many events that Hotdesk does not use.
    pub fn send_unused_events(&self, count: usize) {
        for number in 0..count {
            self.switchboard.broadcast(&[
                ("Event", "RTCPSent"),
                ("Privilege", "reporting,all"),
                ("Channel", "SIP/somebody-00000001"),
                ("SentPackets", &number.to_string()),
            ]);
        }
    }

    /// The present calls.
    #[must_use]
    pub fn calls(&self) -> Vec<SimulatedCall> {
        self.switchboard.calls()
    }

    /// Counters of actions and their results since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.switchboard.counts()
    }

    /// Waits until this condition holds. It is evaluated after every change of a call.
    pub async fn until(&self, mut holds: impl FnMut(&Self) -> bool) {
        let mut changes = self.switchboard.changes();
        loop {
            changes.mark_unchanged();
            if holds(self) {
                return;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for SimulatedDialer {
    fn drop(&mut self) {
        self.die();
    }
}

/// Accepts connections. Aborting this task ends all sessions.
async fn accept(listener: TcpListener, identity: Option<Identity>, switchboard: Arc<Switchboard>) {
    let mut sessions = JoinSet::new();
    loop {
        // While frozen, connections wait in the operating system's queue.
        switchboard.thawed().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                sessions.spawn(session::run(stream, identity.clone(), Arc::clone(&switchboard)));
            }
            Err(error) => {
                tracing::warn!(%error, "a simulated dialer cannot accept");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
        while sessions.try_join_next().is_some() {}
    }
}
