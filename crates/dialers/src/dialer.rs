//! A watched dialer: one connection that is reopened whenever it ends, the state that it reports, and the calls placed
//! over it.

mod conference_calls;
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

/// Connection settings of a dialer.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name in the log, such as its `server_ip`.
    pub name: String,
    /// Address of its manager interface.
    pub address: SocketAddr,
    /// TLS settings; `None` for plain TCP.
    pub tls: Option<Tls>,
    /// Hotdesk's account on the dialer.
    pub account: Account,
    /// The owner in the call ids, the same for every dialer of one run of Hotdesk.
    pub owner: Owner,
    /// How long things may take.
    pub timing: Timing,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The steps to open a connection. 1 s each.
    pub open: OpenTimeouts,
    /// How long a dialer may take after the login until it is fully booted. 1 s; then it is used anyway.
    pub boot: Duration,
    /// Interval between pings. 500 ms.
    pub ping_every: Duration,
    /// A ping without a reply for this long makes the dialer suspect. 1 s.
    pub ping: Duration,
    /// A dialer that is silent for this long is down. 5 s.
    pub silence: Duration,
    /// The reply to an action. 2 s.
    pub action: Duration,
    /// A list. 10 s.
    pub list: Duration,
    /// How much longer than its own timeout a ring may take. 2 s.
    pub ring_grace: Duration,
    /// The pause before the first reconnect; each further pause is twice as long. 100 ms.
    pub first_retry: Duration,
    /// The longest pause before a reconnect. 2 s.
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

/// An event of one of Hotdesk's calls, of any owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallUpdate {
    /// The call.
    pub call_id: CallId,
    /// What happened.
    pub what: CallEvent,
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// An event of the dialer.
    Channel {
        /// The channel's name.
        channel: String,
        /// What happened to it.
        what: ChannelEvent,
    },
    /// After a reconnect the dialer no longer has the call: it ended meanwhile.
    Gone,
}

/// A call of Hotdesk that is on a dialer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveCall {
    /// The call.
    pub call_id: CallId,
    /// The channel's name.
    pub channel: String,
    /// The extension that the call is in, such as the agent's conference.
    pub exten: String,
    /// Whether it was answered.
    pub is_up: bool,
}

/// A watched dialer. All clones share it; when the last one is dropped, the connection closes and no call is hung up.
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
    /// Starts to watch a dialer on the current runtime. `rng` provides jitter for the reconnects of many dialers.
    #[must_use]
    pub fn watch(settings: Settings, rng: Arc<dyn Rng>) -> Self {
        Self::watch_on(settings, rng, [])
    }

    /// The same for a dialer that was watched with other settings before. `calls` are the calls of the same owner that
    /// must not be hung up.
    #[must_use]
    pub fn watch_on(settings: Settings, rng: Arc<dyn Rng>, calls: impl IntoIterator<Item = CallId>) -> Self {
        let (hang_ups_in, hang_ups) = mpsc::unbounded_channel();
        let state = Arc::new(DialerState::new(settings, hang_ups_in));
        calls.into_iter().for_each(|call_id| state.calls().adopt(call_id));
        let task = tokio::spawn(supervisor::supervise(Arc::clone(&state), hang_ups, rng)).abort_handle();
        Self { task_handle: Arc::new(WatchTask { state, task }) }
    }

    /// The current connection state. [`ConnectionState::Suspect`] until the first login has succeeded.
    #[must_use]
    pub fn connection_state(&self) -> watch::Receiver<ConnectionState> {
        self.state().health.subscribe()
    }

    /// Whether this line is registered, as the dialer reports it.
    #[must_use]
    pub fn registration(&self, line: &Line) -> Registration {
        self.state().registrations().registration(line)
    }

    /// Changes whenever the registration of a line, or the knowledge about it, has changed. The number has no meaning.
    #[must_use]
    pub fn registration_changes(&self) -> watch::Receiver<u64> {
        self.state().registration_changes.subscribe()
    }

    /// The address from which this line is registered, such as `192.0.2.7:5060`; empty if the dialer does not report
    /// it; `None` if the line is not known to be registered.
    #[must_use]
    pub fn line_address(&self, line: &Line) -> Option<String> {
        self.state().registrations().address(line)
    }

    /// Number of registered lines. `None` until the dialer's lists have been received.
    #[must_use]
    pub fn lines_registered(&self) -> Option<usize> {
        self.state().registrations().count()
    }

    /// Changes whenever [`Self::take_line_updates`] has new updates: the dialer's lists were received, or a line
    /// registered, refreshed its registration, or unregistered. The number has no meaning.
    #[must_use]
    pub fn line_activity(&self) -> watch::Receiver<u64> {
        self.state().line_activity.subscribe()
    }

    /// Takes the changes of lines since the last call, by any clone.
    #[must_use]
    pub fn take_line_updates(&self) -> LineUpdates {
        self.state().registrations().take_updates()
    }

    /// A receiver of call events from now on. A receiver that reads too slowly misses some and gets
    /// [`broadcast::error::RecvError::Lagged`]; [`Self::calls`] then returns the present calls.
    #[must_use]
    pub fn call_updates(&self) -> broadcast::Receiver<CallUpdate> {
        self.state().call_updates.subscribe()
    }

    /// Lists every call of Hotdesk on the dialer, including those of other nodes and of earlier runs.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn calls(&self) -> Result<Vec<ActiveCall>, ActionError> {
        let reply = self.act(&Action::CoreShowChannels, self.state().settings.timing.list).await?;
        Ok(state::active_calls(&reply.entries))
    }

    /// Hangs up a call in any state, now or as soon as the dialer is reached again. A call whose channel does not exist
    /// yet is hung up when it appears. A pending [`Self::ring`] of it ends with
    /// [`fleet::dialer_status::RingEnd::GivenUp`].
    ///
    /// A call of another [`Owner`] is hung up only if the dialer can be reached now; there is no second attempt.
    pub fn hang_up(&self, call_id: CallId) {
        self.state().give_up(call_id);
    }

    /// Whether a channel other than this call is in a conference of the dialer, or may be: a call stays in its conference
    /// until the dialer reports its end. Channels of other programs count.
    #[must_use]
    pub fn is_conference_in_use(&self, conference: &str, but: Option<CallId>) -> bool {
        let mut conferences = self.state().conferences();
        let is_in_use = conferences.is_in_use(conference, but);
        if is_in_use && let Some(unique_id) = conferences.unreported_foreign_channel(conference) {
            tracing::warn!(
                dialer = self.state().settings.name,
                conference,
                unique_id,
                "a free conference gets no agent, because a channel of another program is in it"
            );
        }
        is_in_use
    }

    /// Reloads the dialer's configuration: of one module, such as `chan_sip.so`, or of all.
    ///
    /// # Errors
    /// See [`ActionError`].
    pub async fn reload(&self, module: Option<&str>) -> Result<(), ActionError> {
        let action = Action::Reload { module: module.map(str::to_owned) };
        self.act(&action, self.state().settings.timing.list).await.map(drop)
    }

    /// Runs a command of the dialer's console, and returns its output lines.
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
