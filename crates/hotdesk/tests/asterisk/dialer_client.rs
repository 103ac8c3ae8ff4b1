//! Client that watches a real dialer, as a running Hotdesk does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dialers::action::Originate;
use dialers::call_id::{CallId, Owner};
use dialers::dialer::{CallEvent, CallUpdate, ConnectionState, Dialer, Settings, Timing};
use dialers::event::ChannelEvent;
use dialers::tls::Tls;
use fleet::Rng;
use fleet::dialer_status::Registration;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout};

use super::dialer::Asterisk;
use super::lab::SipAccount;
use super::wait::WAIT_LIMIT;

/// The conference that calls are connected to.
pub const CONFERENCE: &str = "8600051";

struct Fixed(u8);

impl Rng for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

/// A watched dialer, with the call ids of its calls.
pub struct DialerClient {
    pub dialer: Dialer,
    owner: Owner,
    next: AtomicU32,
}

impl DialerClient {
    /// Watches this dialer, and waits until it is healthy.
    pub async fn at(asterisk: &Asterisk) -> Self {
        Self::at_address(asterisk.ami(), None).await
    }

    /// Watches the dialer at this address, with or without TLS, and waits until it is healthy.
    pub async fn at_address(address: SocketAddr, tls: Option<Tls>) -> Self {
        let client = Self::watching(address, tls);
        client.until(ConnectionState::is_healthy).await;
        client
    }

    /// Watches the dialer at this address, in whatever state it is.
    pub fn watching(address: SocketAddr, tls: Option<Tls>) -> Self {
        let owner = Owner::new(&Fixed(1));
        let account = Asterisk::ami_account();
        let settings = Settings { name: "test".to_owned(), address, tls, account, owner, timing: Timing::default() };
        let dialer = Dialer::watch(settings, Arc::new(Fixed(0xff)));
        Self { dialer, owner, next: AtomicU32::new(1) }
    }

    /// A call that connects this line to [`CONFERENCE`].
    pub fn call(&self, channel: &str) -> Originate {
        Originate {
            channel: channel.to_owned(),
            context: "default".to_owned(),
            exten: CONFERENCE.to_owned(),
            priority: 1,
            caller_id: "\"Agent 1001\" <7275551100>".to_owned(),
            timeout: Duration::from_secs(5),
            variables: Vec::new(),
            call_id: self.owner.call_id(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Waits until a line's registration has this value. Returns how long it took.
    pub async fn until_known(&self, account: SipAccount, expected: Registration) -> Duration {
        let start = Instant::now();
        let mut changes = self.dialer.registration_changes();
        let known = changes.wait_for(|_| self.dialer.registration(&account.line()) == expected);
        timeout(WAIT_LIMIT, known).await.unwrap().unwrap();
        start.elapsed()
    }

    /// Waits until the connection state matches.
    pub async fn until(&self, holds: impl FnMut(&ConnectionState) -> bool) -> ConnectionState {
        *timeout(WAIT_LIMIT, self.dialer.connection_state().wait_for(holds)).await.unwrap().unwrap()
    }
}

/// Waits until a call has this event.
pub async fn until_event(
    updates: &mut broadcast::Receiver<CallUpdate>,
    call_id: CallId,
    is_it: impl Fn(&ChannelEvent) -> bool,
) {
    let wait = async {
        loop {
            let update = updates.recv().await.unwrap();
            if update.call_id == call_id && matches!(&update.what, CallEvent::Channel { what, .. } if is_it(what)) {
                return;
            }
        }
    };
    timeout(WAIT_LIMIT, wait).await.unwrap();
}
