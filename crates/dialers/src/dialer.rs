//! A dialer under watch: one connection that is made again whenever it ends, what is known through it, and the calls that
//! are made over it.

mod connection_state;
mod registrations;
mod ring;
mod state;
mod supervisor;
mod tracked_calls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fleet::Rng;
use fleet::dialer_status::Registration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::AbortHandle;

use crate::action::{Account, Action};
use crate::call_id::{CallId, Owner};
use crate::connection::{ActionError, OpenTimeouts, Reply};
use crate::event::ChannelEvent;
use crate::line::Line;
use crate::tls::Tls;
pub use connection_state::{ConnectionState, Trouble};
pub use registrations::{LineUpdate, LineUpdates};
pub use ring::AnsweredCall;
use state::DialerState;

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
    /// The owner in the call ids. Every dialer of one running Hotdesk has the same.
    pub owner: Owner,
    /// How long things may take.
    pub timing: Timing,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The steps to an open connection. 1 s each.
    pub open: OpenTimeouts,
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
            open: OpenTimeouts { connect: second, banner: second, login: second },
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

/// An event of one of Hotdesk's calls, whoever owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallUpdate {
    /// The call.
    pub call_id: CallId,
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

/// One of Hotdesk's calls that is on a dialer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveCall {
    /// The call.
    pub call_id: CallId,
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
    task_handle: Arc<WatchTask>,
}

#[derive(Debug)]
struct WatchTask {
    state: Arc<DialerState>,
    task: AbortHandle,
}

impl Drop for WatchTask {
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
    pub fn watch_on(settings: Settings, rng: Arc<dyn Rng>, calls: impl IntoIterator<Item = CallId>) -> Self {
        let (hang_ups_in, hang_ups) = mpsc::unbounded_channel();
        let state = Arc::new(DialerState::new(settings, hang_ups_in));
        calls.into_iter().for_each(|call_id| state.calls().adopt(call_id));
        let task = tokio::spawn(supervisor::supervise(Arc::clone(&state), hang_ups, rng)).abort_handle();
        Self { task_handle: Arc::new(WatchTask { state, task }) }
    }

    /// Its health, always the newest. [`ConnectionState::Suspect`] until the first login has succeeded.
    #[must_use]
    pub fn connection_state(&self) -> watch::Receiver<ConnectionState> {
        self.state().health.subscribe()
    }

    /// Whether the dialer says that this line can be rung.
    #[must_use]
    pub fn registration(&self, line: &Line) -> Registration {
        self.state().registrations().registration(line)
    }

    /// Changes whenever any line's registration, or what is known about them, has changed. The number means nothing else.
    #[must_use]
    pub fn registration_changes(&self) -> watch::Receiver<u64> {
        self.state().registration_changes.subscribe()
    }

    /// From where this line is registered, such as `192.0.2.7:5060`; empty where the dialer does not say. `None` if it is not
    /// known to be registered.
    #[must_use]
    pub fn line_address(&self, line: &Line) -> Option<String> {
        self.state().registrations().address(line)
    }

    /// How many lines have registered there and can be rung. `None` while the dialer's lists have not come.
    #[must_use]
    pub fn lines_registered(&self) -> Option<usize> {
        self.state().registrations().count()
    }

    /// Changes whenever there is something new about lines: when the dialer's lists have come, and when one registers, says
    /// again that it is registered, or is not any more. The number means nothing else.
    #[must_use]
    pub fn line_activity(&self) -> watch::Receiver<u64> {
        self.state().line_activity.subscribe()
    }

    /// What is new about lines since this was last asked, by whichever clone.
    #[must_use]
    pub fn take_line_updates(&self) -> LineUpdates {
        self.state().registrations().take_updates()
    }

    /// What happens to calls from now on. Who reads too slowly misses some and is told so
    /// ([`broadcast::error::RecvError::Lagged`]); then [`Self::calls`] tells what is there.
    #[must_use]
    pub fn call_updates(&self) -> broadcast::Receiver<CallUpdate> {
        self.state().call_updates.subscribe()
    }

    /// Every call of Hotdesk that is on the dialer now, including those of other nodes and of earlier runs.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn calls(&self) -> Result<Vec<ActiveCall>, ActionError> {
        let reply = self.act(&Action::CoreShowChannels, self.state().settings.timing.list).await?;
        Ok(state::active_calls(&reply.entries))
    }

    /// Ends a call, whatever state it is in: now, or as soon as the dialer is reached again and still has it. It is not
    /// wanted any more from now on, so it also ends if it rings only later. A ring that waits for it ends as
    /// [`fleet::dialer_status::RingEnd::GivenUp`].
    ///
    /// A call of another [`Owner`] is hung up only once, and only if the dialer can be reached.
    pub fn hang_up(&self, call_id: CallId) {
        self.state().give_up(call_id);
    }

    /// Has the dialer read its configuration again: one module's, such as `chan_sip.so`, or all.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn reload(&self, module: Option<&str>) -> Result<(), ActionError> {
        let action = Action::Reload { module: module.map(str::to_owned) };
        self.act(&action, self.state().settings.timing.list).await.map(drop)
    }

    /// Runs a command of the dialer's console: the lines that it prints.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn command(&self, command: &str) -> Result<Vec<String>, ActionError> {
        let action = Action::Command { command: command.to_owned() };
        let reply = self.act(&action, self.state().settings.timing.list).await?;
        Ok(reply.frame.all("Output").map(str::to_owned).collect())
    }

    async fn act(&self, action: &Action, within: Duration) -> Result<Reply, ActionError> {
        let link = self.state().link().ok_or(ActionError::NotConnected)?;
        link.connection.act(action, within).await
    }

    fn state(&self) -> &Arc<DialerState> {
        &self.task_handle.state
    }
}
