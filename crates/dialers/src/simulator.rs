//! Simulated dialers: the manager interface's server side over TCP or TLS, with lines that behave as they are told and faults that
//! can be switched. For tests, for storms and for the demonstration; a client cannot tell them from Asterisk by what it
//! reads.

mod call;
mod identity;
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
pub use line::{Behaviour, LineScript};
pub use switchboard::{CallState, Counts, SimulatedCall};
use switchboard::{Fault, Switchboard};

/// How long to wait when the system has no more file descriptors.
const BREATHER: Duration = Duration::from_millis(50);

/// One simulated dialer. It dies when this is dropped.
///
/// It has one context, `default`, with the rooms that VICIdial's dialplan has: `9600…` and `86…` with seven digits, and
/// `2` in front of one.
#[derive(Debug)]
pub struct SimulatedDialer {
    switchboard: Arc<Switchboard>,
    identity: Option<Identity>,
    address: SocketAddr,
    life: Mutex<Option<AbortHandle>>,
}

impl SimulatedDialer {
    /// Listens at this address (port 0: any) and lets this account in.
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

    /// Stops all work as SIGSTOP does: the system goes on to accept connections and bytes, and nothing is answered.
    pub fn freeze(&self) {
        self.switchboard.set_fault(Fault::Frozen);
    }

    /// Ends every fault but death. After a freeze, all that was written meanwhile is carried out, even if the connection on
    /// which it came has been closed since.
    pub fn mend(&self) {
        self.switchboard.set_fault(Fault::None);
    }

    /// Every message takes so long before it is sent.
    pub fn slow_down(&self, by: Duration) {
        self.switchboard.set_fault(Fault::Slow(by));
    }

    /// Speaks no manager interface any more, on old and on new connections.
    pub fn babble(&self) {
        self.switchboard.set_fault(Fault::Babbling);
    }

    /// Refuses everything, as Asterisk does while it is being stopped; calls that are there stay.
    pub fn begin_to_stop(&self) {
        self.switchboard.set_fault(Fault::Stopping);
    }

    /// Ends as a killed process does: connections close, new ones are refused, calls are gone. Registrations stay.
    pub fn die(&self) {
        if let Some(life) = self.life.lock().take() {
            life.abort();
        }
        self.switchboard.forget_all();
    }

    /// Listens again after [`Self::die`], without faults.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn revive(&self) -> io::Result<()> {
        // The dead one's listener is closed by its task, which ends in a moment.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(BREATHER).await,
                bound => break bound?,
            }
        };
        self.mend();
        self.switchboard.live_again();
        self.live(listener);
        Ok(())
    }

    /// Adds a line, or changes it for calls to come. A changed registration is told to every client.
    pub fn set_line(&self, line: &Line, script: LineScript) {
        self.switchboard.set_line(line, script);
    }

    /// Has the agent hang up every call on this line.
    pub fn hang_up_at(&self, line: &Line) {
        self.switchboard.hang_up_at(line);
    }

    /// Tells every client of this many events that nobody reads.
    pub fn chatter(&self, count: usize) {
        for number in 0..count {
            self.switchboard.tell(&[
                ("Event", "RTCPSent"),
                ("Privilege", "reporting,all"),
                ("Channel", "SIP/somebody-00000001"),
                ("SentPackets", &number.to_string()),
            ]);
        }
    }

    /// The calls that are on it.
    #[must_use]
    pub fn calls(&self) -> Vec<SimulatedCall> {
        self.switchboard.calls()
    }

    /// What it has been asked, and what came of it, since it was started.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.switchboard.counts()
    }

    /// Waits until this holds of it; it is looked at again whenever a call changes.
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

/// A dialer's life: all its sessions and calls end with it.
async fn accept(listener: TcpListener, identity: Option<Identity>, switchboard: Arc<Switchboard>) {
    let mut sessions = JoinSet::new();
    loop {
        // A frozen one leaves connections to the system.
        switchboard.thawed().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                sessions.spawn(session::run(stream, identity.clone(), Arc::clone(&switchboard)));
            }
            Err(error) => {
                tracing::warn!(%error, "a simulated dialer cannot accept");
                tokio::time::sleep(BREATHER).await;
            }
        }
        while sessions.try_join_next().is_some() {}
    }
}
