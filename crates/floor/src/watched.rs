//! What the floor asks of a dialer, and who can be asked: [`dialers::dialer::Dialer`], or a dialer of a simulation in which
//! time stands still.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use dialers::action::{Account, Originate};
use dialers::dialer::{CallNews, Dialer, Health, News, Outcome, Registration, Settings, Timing};
use dialers::line::Line;
use dialers::mark::{Mark, Owner};
use dialers::tls::{Authorities, Tls};
use fleet::Rng;
use tokio::sync::{broadcast, watch};

/// A future that can be kept.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A dialer under watch.
pub trait WatchedDialer: Send + Sync {
    /// Its health, always the newest.
    fn health(&self) -> watch::Receiver<Health>;

    /// Whether this line can be rung there.
    fn registration(&self, line: &Line) -> Registration;

    /// From where this line is registered; empty where the dialer does not say, `None` if it is not known to be.
    fn line_address(&self, line: &Line) -> Option<String>;

    /// How many lines have registered there and can be rung; `None` while the dialer has not said.
    fn lines_registered(&self) -> Option<usize>;

    /// Changes whenever there is something new about lines.
    fn sightings(&self) -> watch::Receiver<u64>;

    /// What is new about lines since this was last asked.
    fn take_line_news(&self) -> News;

    /// What happens to calls from now on.
    fn news(&self) -> broadcast::Receiver<CallNews>;

    /// The calls with Hotdesk's mark that are on it now, and whether each was answered; `None` if it does not say.
    fn calls(&self) -> Boxed<Option<HashMap<Mark, bool>>>;

    /// Rings a line and waits until it is known what comes of it. A call that is not waited for any more is hung up.
    fn ring(&self, originate: Originate) -> Boxed<Outcome>;

    /// Ends a call, now or as soon as the dialer can be reached.
    fn hang_up(&self, mark: Mark);
}

/// Where a dialer is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its manager interface.
    pub address: SocketAddr,
    /// The host that its certificate must be for; `None` where it is reached without TLS.
    pub tls_host: Option<&'a str>,
}

/// Begins to watch dialers.
pub trait Watch: Send + Sync {
    /// Watches the dialer at this place, on which these calls are wanted.
    fn watch(&self, name: &str, place: Place<'_>, account: Account, calls: Vec<Mark>) -> Arc<dyn WatchedDialer>;
}

/// Watches dialers by their manager interface.
pub struct ByManager {
    /// Whose marks the calls carry.
    pub owner: Owner,
    /// How long things may take.
    pub timing: Timing,
    /// Spreads reconnects.
    pub rng: Arc<dyn Rng>,
    /// Whose certificates are believed. Without, dialers that are to be reached with TLS are not contacted.
    pub authorities: Option<Authorities>,
}

impl Watch for ByManager {
    fn watch(&self, name: &str, place: Place<'_>, account: Account, calls: Vec<Mark>) -> Arc<dyn WatchedDialer> {
        let Place { address, tls_host } = place;
        let tls = tls_host.map(|host| Tls { host: host.to_owned(), authorities: self.authorities.clone() });
        let settings =
            Settings { name: name.to_owned(), address, tls, account, owner: self.owner, timing: self.timing };
        Arc::new(Dialer::watch_on(settings, Arc::clone(&self.rng), calls))
    }
}

impl WatchedDialer for Dialer {
    fn health(&self) -> watch::Receiver<Health> {
        self.health()
    }

    fn registration(&self, line: &Line) -> Registration {
        self.registration(line)
    }

    fn sightings(&self) -> watch::Receiver<u64> {
        self.sightings()
    }

    fn line_address(&self, line: &Line) -> Option<String> {
        self.line_address(line)
    }

    fn lines_registered(&self) -> Option<usize> {
        self.lines_registered()
    }

    fn take_line_news(&self) -> News {
        self.take_line_news()
    }

    fn news(&self) -> broadcast::Receiver<CallNews> {
        self.news()
    }

    fn calls(&self) -> Boxed<Option<HashMap<Mark, bool>>> {
        let dialer = self.clone();
        Box::pin(async move {
            let calls = dialer.calls().await.ok()?;
            Some(calls.into_iter().map(|call| (call.mark, call.is_up)).collect())
        })
    }

    fn ring(&self, originate: Originate) -> Boxed<Outcome> {
        let dialer = self.clone();
        Box::pin(async move { dialer.ring(&originate).await })
    }

    fn hang_up(&self, mark: Mark) {
        self.hang_up(mark);
    }
}
