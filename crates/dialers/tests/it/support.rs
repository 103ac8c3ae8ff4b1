//! Fixture: a simulated dialer and a client that watches it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dialers::action::{Account, Originate, Secret};
use dialers::call_id::Owner;
use dialers::dialer::{CallEvent, CallUpdate, ConnectionState, Dialer, Settings, Timing, Trouble};
use dialers::event::ChannelEvent;
use dialers::line::Line;
use dialers::simulator::{Behaviour, LineScript, SimulatedDialer};
use dialers::tls::Tls;
use fleet::Rng;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout};

pub const SECRET: &str = "wellkept";

pub struct Fixed(pub u8);

impl Rng for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub fn account() -> Account {
    Account { user: "hotdesk".to_owned(), secret: Secret::new(SECRET.to_owned()) }
}

pub fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The lines of every test, named after their behaviour.
pub fn lines() -> Vec<(Line, LineScript)> {
    let after = ms(200);
    vec![
        (Line::sip("answers"), LineScript::registered(Behaviour::Answers { after })),
        (Line::pjsip("answers"), LineScript::registered(Behaviour::Answers { after })),
        (Line::sip("absent"), LineScript::unregistered()),
        (Line::sip("rings"), LineScript::registered(Behaviour::NeverAnswers)),
        (Line::sip("dead"), LineScript::registered(Behaviour::Dead)),
        (Line::sip("rejects"), LineScript::registered(Behaviour::Rejects { after })),
        (Line::sip("busy"), LineScript::registered(Behaviour::Rejects { after: Duration::ZERO })),
    ]
}

pub async fn simulated() -> SimulatedDialer {
    SimulatedDialer::start(any_port(), account(), lines()).await.unwrap()
}

/// A client with its own call ids.
pub struct Fixture {
    pub dialer: Dialer,
    pub owner: Owner,
    next: AtomicU32,
}

impl Fixture {
    /// Watches this address as this owner.
    pub fn watching(address: SocketAddr, account: Account, owner: u8) -> Self {
        Self::build(address, None, account, owner)
    }

    /// Watches this address with TLS.
    pub fn with_tls(address: SocketAddr, tls: Tls) -> Self {
        Self::build(address, Some(tls), account(), 1)
    }

    fn build(address: SocketAddr, tls: Option<Tls>, account: Account, owner: u8) -> Self {
        let owner = Owner::new(&Fixed(owner));
        let settings = Settings { name: "test".to_owned(), address, tls, account, owner, timing: Timing::default() };
        Self { dialer: Dialer::watch(settings, Arc::new(Fixed(0xff))), owner, next: AtomicU32::new(1) }
    }

    /// A client that is logged in.
    pub async fn at(simulated: &SimulatedDialer) -> Self {
        let fixture = Self::watching(simulated.address(), account(), 1);
        fixture.healthy().await;
        fixture
    }

    /// A call to this line that rings for two seconds.
    pub fn call(&self, channel: &str) -> Originate {
        Originate {
            channel: channel.to_owned(),
            context: "default".to_owned(),
            exten: "9600001".to_owned(),
            priority: 1,
            caller_id: "\"Agent\" <7275551100>".to_owned(),
            timeout: ms(2000),
            variables: Vec::new(),
            call_id: self.owner.call_id(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Waits until the state matches. Returns the state and the time.
    pub async fn until(&self, holds: impl FnMut(&ConnectionState) -> bool) -> (ConnectionState, Instant) {
        let health = *timeout(WAIT_LIMIT, self.dialer.connection_state().wait_for(holds)).await.unwrap().unwrap();
        (health, Instant::now())
    }

    /// Checks that the dialer does not go down within a minute. Returns its trouble.
    pub async fn suspect_for_long(&self) -> Trouble {
        tokio::time::sleep(Duration::from_mins(1)).await;
        match *self.dialer.connection_state().borrow() {
            ConnectionState::Suspect { why, .. } => why,
            other => unreachable!("{other:?}"),
        }
    }

    pub async fn healthy(&self) {
        self.until(ConnectionState::is_healthy).await;
    }

    pub async fn registrations_known(&self) {
        let mut changes = self.dialer.registration_changes();
        while self.dialer.registration(&Line::pjsip("answers")) == fleet::dialer_status::Registration::Unknown {
            changes.changed().await.unwrap();
        }
    }
}

/// Time limit of every wait; longer than anything here takes.
const WAIT_LIMIT: Duration = Duration::from_mins(2);

/// Waits until this condition of the simulated dialer holds.
pub async fn until(simulated: &SimulatedDialer, holds: impl FnMut(&SimulatedDialer) -> bool) {
    timeout(WAIT_LIMIT, simulated.until(holds)).await.unwrap();
}

/// The events of a call until its end, in one word each.
pub async fn story(updates: &mut broadcast::Receiver<CallUpdate>) -> Vec<String> {
    timeout(WAIT_LIMIT, collect_story(updates)).await.unwrap()
}

async fn collect_story(updates: &mut broadcast::Receiver<CallUpdate>) -> Vec<String> {
    let mut story = Vec::new();
    loop {
        let CallUpdate { what, .. } = updates.recv().await.unwrap();
        let word = match what {
            CallEvent::Gone => "gone".to_owned(),
            CallEvent::Channel { what, .. } => match what {
                ChannelEvent::Created => "created".to_owned(),
                ChannelEvent::Ringing => "ringing".to_owned(),
                ChannelEvent::Up => "up".to_owned(),
                ChannelEvent::Dialled { status } => status,
                ChannelEvent::Joined { conference } => format!("joined {conference}"),
                ChannelEvent::Left { conference } => format!("left {conference}"),
                ChannelEvent::Ended { cause } => format!("ended {cause}"),
            },
        };
        let is_end = word == "gone" || word.starts_with("ended");
        story.push(word);
        if is_end {
            return story;
        }
    }
}
