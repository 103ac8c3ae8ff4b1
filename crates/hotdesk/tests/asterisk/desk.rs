//! A client that watches a real dialer, as a running Hotdesk does.

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
use super::wait::PATIENCE;

/// The room that calls are brought to.
pub const ROOM: &str = "8600051";

struct Fixed(u8);

impl Rng for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

/// A dialer under watch, and the marks of its calls.
pub struct Desk {
    pub dialer: Dialer,
    owner: Owner,
    next: AtomicU32,
}

impl Desk {
    /// Watches this dialer, and waits until it is well.
    pub async fn at(asterisk: &Asterisk) -> Self {
        Self::reaching(asterisk.ami(), None).await
    }

    /// Watches the dialer at this address, with TLS or without, and waits until it is well.
    pub async fn reaching(address: SocketAddr, tls: Option<Tls>) -> Self {
        let owner = Owner::new(&Fixed(1));
        let account = Asterisk::ami_account();
        let settings = Settings { name: "test".to_owned(), address, tls, account, owner, timing: Timing::default() };
        let dialer = Dialer::watch(settings, Arc::new(Fixed(0xff)));
        let desk = Self { dialer, owner, next: AtomicU32::new(1) };
        desk.until(ConnectionState::is_healthy).await;
        desk
    }

    /// A call to this line and from there into [`ROOM`].
    pub fn call(&self, channel: &str) -> Originate {
        Originate {
            channel: channel.to_owned(),
            context: "default".to_owned(),
            exten: ROOM.to_owned(),
            priority: 1,
            caller_id: "\"Agent 1001\" <7275551100>".to_owned(),
            timeout: Duration::from_secs(5),
            variables: Vec::new(),
            call_id: self.owner.call_id(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Waits until this is known of a line, and tells how long it took.
    pub async fn until_known(&self, account: SipAccount, wanted: Registration) -> Duration {
        let start = Instant::now();
        let mut changes = self.dialer.registration_changes();
        let known = changes.wait_for(|_| self.dialer.registration(&account.line()) == wanted);
        timeout(PATIENCE, known).await.unwrap().unwrap();
        start.elapsed()
    }

    /// Waits until the health is so.
    pub async fn until(&self, holds: impl FnMut(&ConnectionState) -> bool) -> ConnectionState {
        *timeout(PATIENCE, self.dialer.connection_state().wait_for(holds)).await.unwrap().unwrap()
    }
}

/// Waits until this happens to a call.
pub async fn until_told(
    updates: &mut broadcast::Receiver<CallUpdate>,
    call_id: CallId,
    is_it: impl Fn(&ChannelEvent) -> bool,
) {
    let wait = async {
        loop {
            let told = updates.recv().await.unwrap();
            if told.call_id == call_id && matches!(&told.what, CallEvent::Channel { what, .. } if is_it(what)) {
                return;
            }
        }
    };
    timeout(PATIENCE, wait).await.unwrap();
}
