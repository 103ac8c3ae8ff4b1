//! Interface between the floor and a dialer. [`dialers::dialer::Dialer`] implements it, and so do the simulated dialers
//! of the tests that run on a paused clock.

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

/// A boxed future, which a method of a `dyn` trait can return.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A watched dialer.
pub trait WatchedDialer: Send + Sync {
    /// The current state of its connection.
    fn connection_state(&self) -> watch::Receiver<ConnectionState>;

    /// Whether this line is registered on the dialer.
    fn registration(&self, line: &Line) -> Registration;

    /// The address from which this line is registered; empty if the dialer does not report it; `None` if the line is
    /// not known to be registered.
    fn line_address(&self, line: &Line) -> Option<String>;

    /// Number of registered lines; `None` until the dialer has reported them.
    fn lines_registered(&self) -> Option<usize>;

    /// Changes whenever [`Self::take_line_updates`] has new updates.
    fn line_activity(&self) -> watch::Receiver<u64>;

    /// Takes the changes of lines since the last call of this method.
    fn take_line_updates(&self) -> LineUpdates;

    /// A receiver of call events from now on.
    fn call_updates(&self) -> broadcast::Receiver<CallUpdate>;

    /// Whether a channel other than this call is in a conference.
    fn is_conference_in_use(&self, conference: &str, but: Option<CallId>) -> bool;

    /// Hotdesk's calls on the dialer, and whether each was answered; `None` if the dialer does not reply.
    fn calls(&self) -> BoxFuture<Option<HashMap<CallId, bool>>>;

    /// Rings a line and waits for the result. If the future is dropped, the call is hung up.
    fn ring(&self, originate: Originate) -> BoxFuture<Result<AnsweredCall, RingEnd>>;

    /// Hangs up a call, now or as soon as the dialer can be reached.
    fn hang_up(&self, call_id: CallId);
}

/// Address of a dialer's manager interface.
#[derive(Debug, Clone, Copy)]
pub struct ManagerAddress<'a> {
    /// The address.
    pub address: SocketAddr,
    /// The host name that its certificate must be valid for; `None` for a connection without TLS.
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
    /// Randomness for the jitter between reconnects.
    pub rng: Arc<dyn Rng>,
    /// Trusted certificate authorities. Without any, dialers that require TLS are not contacted.
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

    fn is_conference_in_use(&self, conference: &str, but: Option<CallId>) -> bool {
        self.is_conference_in_use(conference, but)
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
