//! A dialer under watch: one connection that is made again whenever it ends, what is known through it, and the calls that
//! are made over it.

mod backoff;
mod calls;
mod health;
mod registrations;
mod ring;
mod shared;
mod supervisor;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fleet::Rng;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::AbortHandle;

use crate::action::{Account, Action};
use crate::connection::{ActError, OpenWithin, Reply};
use crate::event::ChannelEvent;
use crate::line::Line;
use crate::mark::{Mark, Owner};
use crate::tls::Tls;
pub use health::{Health, Trouble};
pub use registrations::{LineNews, News, Registration};
pub use ring::Outcome;
use shared::Shared;

/// Where a dialer is, and how it is treated.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the log calls it, such as its `server_ip`.
    pub name: String,
    /// Its manager interface.
    pub address: SocketAddr,
    /// How it is reached with TLS; `None` for plain TCP.
    pub tls: Option<Tls>,
    /// Hotdesk's account there.
    pub account: Account,
    /// Whose marks the calls carry. Every dialer of one running Hotdesk has the same.
    pub owner: Owner,
    /// How long things may take.
    pub timing: Timing,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The steps to an open connection. 1 s each.
    pub open: OpenWithin,
    /// How long a dialer that has just been logged in to may take until it has loaded all. 1 s; then it is used anyway.
    pub boot: Duration,
    /// From one ping to the next. 500 ms.
    pub ping_every: Duration,
    /// A ping that is unanswered for so long makes the dialer suspect. 1 s.
    pub ping: Duration,
    /// A dialer that is silent for so long is lost. 5 s.
    pub silence: Duration,
    /// The reply to an action. 2 s.
    pub action: Duration,
    /// A list. 10 s.
    pub list: Duration,
    /// How much longer than its own timeout a ring may take. 2 s.
    pub ring_grace: Duration,
    /// The first wait before connecting again; every further one is twice as long. 100 ms.
    pub first_retry: Duration,
    /// The longest wait before connecting again. 2 s.
    pub last_retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            open: OpenWithin { connect: second, banner: second, login: second },
            boot: second,
            ping_every: second / 2,
            ping: second,
            silence: second * 5,
            action: second * 2,
            list: second * 10,
            ring_grace: second * 2,
            first_retry: second / 10,
            last_retry: second * 2,
        }
    }
}

/// Something happened to a call that carries Hotdesk's mark, whoever's it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallNews {
    /// The call.
    pub mark: Mark,
    /// What happened.
    pub what: CallEvent,
}

/// What can happen to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// Something that the dialer told.
    Channel {
        /// The channel's name.
        channel: String,
        /// What happened to it.
        what: ChannelEvent,
    },
    /// After a reconnect the dialer does not know the call any more: it ended meanwhile.
    Gone,
}

/// A call with Hotdesk's mark that is on a dialer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallThere {
    /// The call.
    pub mark: Mark,
    /// The channel's name.
    pub channel: String,
    /// The extension that it is in, such as the agent's room.
    pub exten: String,
    /// Whether it was answered.
    pub is_up: bool,
}

/// A dialer under watch. Its clones are the same dialer; when the last one is dropped, the connection closes and nothing is
/// hung up.
#[derive(Clone, Debug)]
pub struct Dialer {
    watched: Arc<Watched>,
}

#[derive(Debug)]
struct Watched {
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Dialer {
    /// Begins to watch a dialer, on the runtime that this is called on. `rng` spreads the reconnects of many dialers.
    #[must_use]
    pub fn watch(settings: Settings, rng: Arc<dyn Rng>) -> Self {
        Self::watch_on(settings, rng, [])
    }

    /// The same for a dialer that was watched in another way before: these calls of the same owner are wanted on it.
    #[must_use]
    pub fn watch_on(settings: Settings, rng: Arc<dyn Rng>, calls: impl IntoIterator<Item = Mark>) -> Self {
        let (hang_ups_in, hang_ups) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(settings, hang_ups_in));
        calls.into_iter().for_each(|mark| shared.calls().keep(mark));
        let task = tokio::spawn(supervisor::supervise(Arc::clone(&shared), hang_ups, rng)).abort_handle();
        Self { watched: Arc::new(Watched { shared, task }) }
    }

    /// Its health, always the newest. [`Health::Suspect`] until the first login has succeeded.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.shared().health.subscribe()
    }

    /// Whether the dialer says that this line can be rung.
    #[must_use]
    pub fn registration(&self, line: &Line) -> Registration {
        self.shared().registrations().of(line)
    }

    /// Changes whenever any line's registration, or what is known about them, has changed. The number means nothing else.
    #[must_use]
    pub fn registration_changes(&self) -> watch::Receiver<u64> {
        self.shared().registration_changes.subscribe()
    }

    /// From where this line is registered, such as `192.0.2.7:5060`; empty where the dialer does not say. `None` if it is not
    /// known to be registered.
    #[must_use]
    pub fn line_address(&self, line: &Line) -> Option<String> {
        self.shared().registrations().address(line)
    }

    /// How many lines have registered there and can be rung. `None` while the dialer's lists have not come.
    #[must_use]
    pub fn lines_registered(&self) -> Option<usize> {
        self.shared().registrations().count()
    }

    /// Changes whenever there is something new about lines: when the dialer's lists have come, and when one registers, says
    /// again that it is registered, or is not any more. The number means nothing else.
    #[must_use]
    pub fn sightings(&self) -> watch::Receiver<u64> {
        self.shared().sightings.subscribe()
    }

    /// What is new about lines since this was last asked, by whichever clone.
    #[must_use]
    pub fn take_line_news(&self) -> News {
        self.shared().registrations().take_news()
    }

    /// What happens to calls from now on. Who reads too slowly misses some and is told so
    /// ([`broadcast::error::RecvError::Lagged`]); then [`Self::calls`] tells what is there.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<CallNews> {
        self.shared().news.subscribe()
    }

    /// Every call with Hotdesk's mark that is on the dialer now, also those of other nodes and of an earlier run.
    ///
    /// # Errors
    /// See [`ActError`].
    pub async fn calls(&self) -> Result<Vec<CallThere>, ActError> {
        let reply = self.act(&Action::CoreShowChannels, self.shared().settings.timing.list).await?;
        Ok(shared::calls_in(&reply.entries))
    }

    /// Ends a call, whatever state it is in: now, or as soon as the dialer is reached again and still has it. It is not
    /// wanted any more from now on, so it also ends if it rings only later. A ring that waits for it ends as
    /// [`Outcome::GivenUp`].
    ///
    /// A call of another [`Owner`] is hung up only once, and only if the dialer can be reached.
    pub fn hang_up(&self, mark: Mark) {
        self.shared().give_up(mark);
    }

    /// Has the dialer read its configuration again: one module's, such as `chan_sip.so`, or all.
    ///
    /// # Errors
    /// See [`ActError`].
    pub async fn reload(&self, module: Option<&str>) -> Result<(), ActError> {
        let action = Action::Reload { module: module.map(str::to_owned) };
        self.act(&action, self.shared().settings.timing.list).await.map(drop)
    }

    /// Runs a command of the dialer's console: the lines that it prints.
    ///
    /// # Errors
    /// See [`ActError`].
    pub async fn command(&self, command: &str) -> Result<Vec<String>, ActError> {
        let action = Action::Command { command: command.to_owned() };
        let reply = self.act(&action, self.shared().settings.timing.list).await?;
        Ok(reply.frame.all("Output").map(str::to_owned).collect())
    }

    async fn act(&self, action: &Action, within: Duration) -> Result<Reply, ActError> {
        let link = self.shared().link().ok_or(ActError::NotConnected)?;
        link.connection.act(action, within).await
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.watched.shared
    }
}
