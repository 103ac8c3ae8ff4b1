//! Supervisor of a dialer: reopens the connection and keeps the state up to date.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fleet::Rng;
use fleet::backoff::{Backoff, Jitter};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout, timeout_at};

use super::state::{DialerState, Link};
use super::{ConnectionState, Trouble};
use crate::action::Action;
use crate::call_id::CallId;
use crate::connection::{ActionError, Connection, Disconnect, OpenError};
use crate::event::{Contact, Event, contact_entry, peer_entry};
use crate::line::{Line, Technology};
use crate::rights::{self, CheckFailure, MissingRight};

/// Interval between attempts to hang up calls that the dialer refused to hang up.
const HANG_UP_AGAIN: Duration = Duration::from_secs(5);

/// How long a connection whose account lacks a right stays open. Asterisk reads the rights of an account only at its
/// login.
const LOGIN_AGAIN: Duration = Duration::from_secs(30);

/// Time limit of each step of the check of the rights.
const RIGHT_CHECK: Duration = Duration::from_secs(1);

/// Opens and serves connections until its task is aborted.
pub(super) async fn supervise(
    state: Arc<DialerState>,
    mut hang_ups: mpsc::UnboundedReceiver<CallId>,
    rng: Arc<dyn Rng>,
) -> Infallible {
    let settings = &state.settings;
    let backoff = Backoff::doubling(settings.timing.first_retry, settings.timing.last_retry).spread(50, 100);
    let (mut failures, mut number) = (0_u32, 0);
    loop {
        let began = Instant::now();
        let open = Connection::open(settings.address, settings.tls.as_ref(), &settings.account, settings.timing.open);
        match mark_down_when_silent(&state, open).await {
            Ok((connection, events)) => {
                number += 1;
                let link = Link { connection: Arc::new(connection), number };
                let trouble = serve_link(&state, link, events, &mut hang_ups).await;
                if trouble == Trouble::Silent {
                    state.set_health(|health| health.down(Instant::now(), trouble));
                } else {
                    state.set_health(|health| health.suspect(Instant::now(), trouble));
                }
                // A dialer that closes every connection at once must not be contacted at ever shorter intervals.
                if began.elapsed() > settings.timing.last_retry {
                    failures = 0;
                }
            }
            Err(error) => record_open_error(&state, &error),
        }
        failures = failures.saturating_add(1);
        let jitter = Jitter::new(&*rng).next();
        mark_down_when_silent(&state, sleep(backoff.pause(failures, jitter))).await;
    }
}

/// Updates the health after a failed connection attempt.
fn record_open_error(state: &DialerState, error: &OpenError) {
    tracing::debug!(dialer = state.settings.name, %error, "no connection");
    let now = Instant::now();
    let why = match error {
        OpenError::Refused => return state.set_health(|health| health.down(now, Trouble::Refused)),
        OpenError::Unreachable(_) => Trouble::Unreachable,
        OpenError::Silent => Trouble::Unanswered,
        OpenError::Closed(_) => Trouble::Closed,
        OpenError::NoManager => Trouble::NoManager,
        OpenError::Untrusted(_) => Trouble::Untrusted,
        OpenError::NoTls(_) => Trouble::NoTls,
        OpenError::NoAuthority => Trouble::NoAuthority,
        OpenError::LoginRefused { .. } | OpenError::Unwritable(_) => Trouble::LoginRefused,
    };
    state.set_health(|health| health.suspect(now, why));
}

/// Waits for the future. Marks the dialer down if its time limit for silence ends meanwhile.
async fn mark_down_when_silent<T>(state: &DialerState, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let health = *state.health.borrow();
    let due = match health {
        ConnectionState::Suspect { since, why } if !why.excuses_silence() => since + state.settings.timing.silence,
        _ => return future.await,
    };
    if let Ok(output) = timeout_at(due, &mut future).await {
        return output;
    }
    state.set_health(|health| health.down(Instant::now(), Trouble::Silent));
    future.await
}

/// Serves a connection until it fails, and returns the reason.
async fn serve_link(
    state: &DialerState,
    link: Link,
    mut events: mpsc::Receiver<Event>,
    hang_ups: &mut mpsc::UnboundedReceiver<CallId>,
) -> Trouble {
    let until_booted = async {
        while let Some(event) = events.recv().await {
            if event == Event::FullyBooted {
                break;
            }
            state.apply_event(event);
        }
    };
    drop(timeout(state.settings.timing.boot, until_booted).await);
    if link.connection.ended().is_some() {
        return Trouble::Closed;
    }
    state.are_lists_denied.store(false, Ordering::Relaxed);
    state.set_link(Some(link.clone()));
    let booted = Notify::new();
    let trouble = tokio::select! {
        trouble = read_events(state, &link.connection, events, &booted) => trouble,
        trouble = ping(state, &link) => trouble,
        never = load_lists(state, &link, &booted) => match never {},
        never = hang_up(state, &link.connection, hang_ups) => match never {},
    };
    state.set_link(None);
    state.calls().fail_pending();
    state.registrations().reset();
    state.registrations_changed();
    trouble
}

async fn read_events(
    state: &DialerState,
    connection: &Connection,
    mut events: mpsc::Receiver<Event>,
    booted: &Notify,
) -> Trouble {
    while let Some(event) = events.recv().await {
        if event == Event::FullyBooted {
            booted.notify_one();
        }
        state.apply_event(event);
    }
    match connection.ended() {
        Some(Disconnect::Garbage(_)) => Trouble::NoManager,
        _ => Trouble::Closed,
    }
}

/// Pings the dialer periodically. It is healthy from the first reply on, if Hotdesk's account has its rights there.
async fn ping(state: &DialerState, link: &Link) -> Trouble {
    let timing = state.settings.timing;
    let connection = &link.connection;
    let began = Instant::now();
    let mut rights = Err(CheckFailure::NoAnswer);
    loop {
        let sent = Instant::now();
        let mut pong = pin!(connection.act(&Action::Ping, timing.silence));
        let pong = if let Ok(pong) = timeout(timing.ping, &mut pong).await {
            pong
        } else {
            state.set_health(|health| health.suspect(sent, Trouble::Unanswered));
            pong.await
        };
        match pong {
            Ok(_) => {
                if rights == Err(CheckFailure::NoAnswer) {
                    rights = check_rights(state, link).await;
                }
                if rights == Ok(()) && state.are_lists_denied.load(Ordering::Relaxed) {
                    rights = Err(CheckFailure::Missing(MissingRight::Lists));
                }
                match rights {
                    Ok(()) => state.mark_answering(sent),
                    Err(CheckFailure::Missing(right)) => {
                        state.set_health(|health| health.suspect(sent, right.into()));
                        if began.elapsed() > LOGIN_AGAIN {
                            return right.into();
                        }
                    }
                    Err(CheckFailure::NoAnswer) => {}
                }
            }
            // Asterisk replies "Asterisk is shutting down" until its last call has ended.
            Err(ActionError::Refused(_)) => state.set_health(|health| health.suspect(sent, Trouble::ShuttingDown)),
            Err(ActionError::TimedOut) => return Trouble::Silent,
            Err(_) => return Trouble::Closed,
        }
        sleep_until(sent + timing.ping_every).await;
    }
}

/// Checks the rights of Hotdesk's account, and compares the dialer's channels with the tracked calls.
async fn check_rights(state: &DialerState, link: &Link) -> Result<(), CheckFailure> {
    // Real calls are numbered from 1.
    let probe = state.settings.owner.call_id(u32::MAX - u32::try_from(link.number % 0xffff).unwrap_or(0));
    let failed = state.calls().begin(probe, link.number);
    let failed = async {
        if let Some(failed) = failed {
            failed.await.ok();
        }
    };
    state.conferences().begin_list();
    let checked = rights::check(&link.connection, probe, failed, &[], RIGHT_CHECK).await;
    state.calls().remove(probe);
    let channels = checked.inspect_err(|_| state.conferences().cancel_list())?;
    state.compare_channels(&channels, link.number);
    Ok(())
}

/// Lists registrations at first, and channels and registrations whenever Asterisk is fully booted again.
async fn load_lists(state: &DialerState, link: &Link, booted: &Notify) -> Infallible {
    let within = state.settings.timing.list;
    loop {
        state.registrations().begin_listing();
        for technology in [Technology::Sip, Technology::Pjsip] {
            let list = contacts(state, link, technology).await;
            state.registrations().replace_list(technology, list);
            state.registrations_changed();
        }
        state.registrations().finish_listing();
        state.note_line_activity();
        booted.notified().await;
        state.conferences().begin_list();
        match link.connection.act(&Action::CoreShowChannels, within).await {
            Ok(reply) => state.compare_channels(&reply.entries, link.number),
            Err(error) => {
                state.conferences().cancel_list();
                tracing::warn!(dialer = state.settings.name, %error, "the channels cannot be listed");
            }
        }
    }
}

/// Lists a technology's lines and contacts; `None` if the dialer does not send them.
async fn contacts(state: &DialerState, link: &Link, technology: Technology) -> Option<Vec<(Line, Contact)>> {
    let action = match technology {
        Technology::Sip => Action::SipPeers,
        Technology::Pjsip => Action::PjsipShowContacts,
    };
    match link.connection.act(&action, state.settings.timing.list).await {
        Ok(reply) => Some(match technology {
            Technology::Sip => reply.entries.iter().filter_map(peer_entry).collect(),
            Technology::Pjsip => reply.entries.iter().filter_map(contact_entry).collect(),
        }),
        // A driver that is not loaded has no lines, and PJSIP reports an empty list as an error.
        Err(ActionError::Refused(words)) if words.starts_with("Invalid") || words.starts_with("No ") => {
            Some(Vec::new())
        }
        Err(error) => {
            if matches!(&error, ActionError::Refused(words) if rights::is_denied(words)) {
                state.are_lists_denied.store(true, Ordering::Relaxed);
            }
            tracing::warn!(dialer = state.settings.name, %error, ?technology, "the registrations cannot be listed");
            None
        }
    }
}

/// Hangs up calls that were given up. Each is named by its call id, so no other call can be hit.
async fn hang_up(
    state: &DialerState,
    connection: &Connection,
    hang_ups: &mut mpsc::UnboundedReceiver<CallId>,
) -> Infallible {
    let mut again = interval(HANG_UP_AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let refused = tokio::select! {
            call_id = hang_ups.recv() => match call_id {
                Some(call_id) => vec![call_id],
                None => return std::future::pending().await,
            },
            _ = again.tick() => state.conferences().refused(),
        };
        for call_id in refused {
            hang_up_once(state, connection, call_id).await;
        }
    }
}

async fn hang_up_once(state: &DialerState, connection: &Connection, call_id: CallId) {
    let action = Action::Hangup { channel: call_id.to_string() };
    match connection.act(&action, state.settings.timing.action).await {
        Ok(_) => tracing::info!(dialer = state.settings.name, %call_id, "hung up"),
        Err(ActionError::TimedOut) => state.give_up(call_id),
        // The call has ended, or its channel does not exist yet; then its first event causes another hang-up.
        Err(ActionError::Refused(words)) if rights::is_gone(&words) => state.record_end(&call_id.to_string()),
        Err(ActionError::Refused(words)) => state.record_refused_hang_up(call_id, &words),
        // The list of the next connection shows whether the call still exists.
        Err(ActionError::Disconnected(_) | ActionError::NotConnected | ActionError::Unwritable(_)) => {}
    }
}
