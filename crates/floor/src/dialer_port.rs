//! The interface between the floor and a dialer. It is implemented by [`dialers::dialer::Dialer`], and by the dialers of a
//! simulation with a paused clock.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use dialers::action::{Account, Originate};
use dialers::call_id::{CallId, Owner};
use dialers::dialer::{AnsweredCall, CallUpdate, ConnectionState, Dialer, LineUpdates, Settings, Timing};
use dialers::line::Line;
use dialers::tls::{Authorities, Tls};
use fleet::Rng;
use fleet::dialer_status::{Registration, RingEnd};
use tokio::sync::{broadcast, watch};

/// A boxed future, as a trait's method can return it.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A dialer under watch.
pub trait WatchedDialer: Send + Sync {
    /// The state of its connection, always the newest.
    fn connection_state(&self) -> watch::Receiver<ConnectionState>;

    /// Whether this line can be rung there.
    fn registration(&self, line: &Line) -> Registration;

    /// From where this line is registered; empty where the dialer does not say, `None` if it is not known to be.
    fn line_address(&self, line: &Line) -> Option<String>;

    /// How many lines have registered there and can be rung; `None` while the dialer has not said.
    fn lines_registered(&self) -> Option<usize>;

    /// Changes whenever [`Self::take_line_updates`] has something new.
    fn line_activity(&self) -> watch::Receiver<u64>;

    /// Takes what has changed about lines since the last call.
    fn take_line_updates(&self) -> LineUpdates;

    /// The events of calls from now on.
    fn call_updates(&self) -> broadcast::Receiver<CallUpdate>;

    /// Hotdesk's calls that are on it now, and whether each was answered; `None` if the dialer does not reply.
    fn calls(&self) -> BoxFuture<Option<HashMap<CallId, bool>>>;

    /// Rings a line and waits for the result. If the future is dropped, the call is hung up.
    fn ring(&self, originate: Originate) -> BoxFuture<Result<AnsweredCall, RingEnd>>;

    /// Ends a call, now or as soon as the dialer can be reached.
    fn hang_up(&self, call_id: CallId);
}

/// Address of a dialer's manager interface.
#[derive(Debug, Clone, Copy)]
pub struct ManagerAddress<'a> {
    /// Its manager interface.
    pub address: SocketAddr,
    /// The host that its certificate must be for; `None` where it is reached without TLS.
    pub tls_host: Option<&'a str>,
}

/// Starts watching dialers.
pub trait DialerWatcher: Send + Sync {
    /// Starts watching the dialer at this address. `calls` are the calls on it that already belong to sessions.
    fn watch(&self, name: &str, at: ManagerAddress<'_>, account: Account, calls: Vec<CallId>)
    -> Arc<dyn WatchedDialer>;
}

/// Watches dialers over their manager interface (AMI).
pub struct AmiWatcher {
    /// The owner in the call ids of this node's calls.
    pub owner: Owner,
    /// Timeouts and intervals.
    pub timing: Timing,
    /// Spreads reconnects.
    pub rng: Arc<dyn Rng>,
    /// Whose certificates are believed. Without, dialers that are to be reached with TLS are not contacted.
    pub authorities: Option<Authorities>,
}

impl DialerWatcher for AmiWatcher {
    fn watch(
        &self,
        name: &str,
        at: ManagerAddress<'_>,
        account: Account,
        calls: Vec<CallId>,
    ) -> Arc<dyn WatchedDialer> {
        let ManagerAddress { address, tls_host } = at;
        let tls = tls_host.map(|host| Tls { host: host.to_owned(), authorities: self.authorities.clone() });
        let settings =
            Settings { name: name.to_owned(), address, tls, account, owner: self.owner, timing: self.timing };
        Arc::new(Dialer::watch_on(settings, Arc::clone(&self.rng), calls))
    }
}

impl WatchedDialer for Dialer {
    fn connection_state(&self) -> watch::Receiver<ConnectionState> {
        self.connection_state()
    }

    fn registration(&self, line: &Line) -> Registration {
        self.registration(line)
    }

    fn line_activity(&self) -> watch::Receiver<u64> {
        self.line_activity()
    }

    fn line_address(&self, line: &Line) -> Option<String> {
        self.line_address(line)
    }

    fn lines_registered(&self) -> Option<usize> {
        self.lines_registered()
    }

    fn take_line_updates(&self) -> LineUpdates {
        self.take_line_updates()
    }

    fn call_updates(&self) -> broadcast::Receiver<CallUpdate> {
        self.call_updates()
    }

    fn calls(&self) -> BoxFuture<Option<HashMap<CallId, bool>>> {
        let dialer = self.clone();
        Box::pin(async move {
            let calls = dialer.calls().await.ok()?;
            Some(calls.into_iter().map(|call| (call.call_id, call.is_up)).collect())
        })
    }

    fn ring(&self, originate: Originate) -> BoxFuture<Result<AnsweredCall, RingEnd>> {
        let dialer = self.clone();
        Box::pin(async move { dialer.ring(&originate).await })
    }

    fn hang_up(&self, call_id: CallId) {
        self.hang_up(call_id);
    }
}
