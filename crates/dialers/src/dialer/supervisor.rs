//! Keeps a dialer connected and its health true.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use fleet::Rng;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use super::backoff::Backoff;
use super::shared::{Link, Shared};
use super::{Health, Trouble};
use crate::action::Action;
use crate::connection::{ActError, Connection, Ended, OpenError};
use crate::event::{Contact, Event, contact_entry, peer_entry};
use crate::line::{Line, Technology};
use crate::mark::Mark;

/// Connects, again and again. Ends with the task.
pub(super) async fn supervise(
    shared: Arc<Shared>,
    mut hang_ups: mpsc::UnboundedReceiver<Mark>,
    rng: Arc<dyn Rng>,
) -> Infallible {
    let settings = &shared.settings;
    let mut backoff = Backoff::new(settings.timing.first_retry, settings.timing.last_retry, rng);
    let mut number = 0;
    loop {
        let began = Instant::now();
        let open = Connection::open(settings.address, settings.tls.as_ref(), &settings.account, settings.timing.open);
        match lost_when_silent(&shared, open).await {
            Ok((connection, events)) => {
                number += 1;
                let link = Link { connection: Arc::new(connection), number };
                let trouble = use_link(&shared, link, events, &mut hang_ups).await;
                if trouble == Trouble::Silent {
                    shared.set_health(|health| health.lost(Instant::now(), trouble));
                } else {
                    shared.set_health(|health| health.suspect(Instant::now(), trouble));
                }
                // One that closes at once, again and again, is not asked more and more often.
                if began.elapsed() > settings.timing.last_retry {
                    backoff.reset();
                }
            }
            Err(error) => note(&shared, &error),
        }
        lost_when_silent(&shared, sleep(backoff.next())).await;
    }
}

/// What it means for the dialer's health that it could not be connected to.
fn note(shared: &Shared, error: &OpenError) {
    tracing::debug!(dialer = shared.settings.name, %error, "no connection");
    let now = Instant::now();
    let why = match error {
        OpenError::Refused => return shared.set_health(|health| health.lost(now, Trouble::Refused)),
        OpenError::Unreachable(_) => Trouble::Unreachable,
        OpenError::Silent => Trouble::Unanswered,
        OpenError::Closed(_) => Trouble::Closed,
        OpenError::NoManager => Trouble::NoManager,
        OpenError::Untrusted(_) => Trouble::Untrusted,
        OpenError::NoTls(_) => Trouble::NoTls,
        OpenError::NoAuthority => Trouble::NoAuthority,
        OpenError::LoginRefused { .. } | OpenError::Unwritable(_) => Trouble::LoginRefused,
    };
    shared.set_health(|health| health.suspect(now, why));
}

/// Waits for the future; the dialer is lost when its time is over meanwhile.
async fn lost_when_silent<T>(shared: &Shared, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let health = *shared.health.borrow();
    let due = match health {
        Health::Suspect { since, why } if !why.speaks() => since + shared.settings.timing.silence,
        _ => return future.await,
    };
    if let Ok(output) = timeout_at(due, &mut future).await {
        return output;
    }
    shared.set_health(|health| health.lost(Instant::now(), Trouble::Silent));
    future.await
}

/// Uses a connection until there is trouble with it.
async fn use_link(
    shared: &Shared,
    link: Link,
    mut events: mpsc::Receiver<Event>,
    hang_ups: &mut mpsc::UnboundedReceiver<Mark>,
) -> Trouble {
    let until_booted = async {
        while let Some(event) = events.recv().await {
            if event == Event::FullyBooted {
                break;
            }
            shared.hear(event);
        }
    };
    drop(timeout(shared.settings.timing.boot, until_booted).await);
    if link.connection.ended().is_some() {
        return Trouble::Closed;
    }
    shared.set_link(Some(link.clone()));
    let booted = Notify::new();
    let trouble = tokio::select! {
        trouble = read_events(shared, &link.connection, events, &booted) => trouble,
        trouble = ping(shared, &link.connection) => trouble,
        never = learn(shared, &link, &booted) => match never {},
        never = hang_up(shared, &link.connection, hang_ups) => match never {},
    };
    shared.set_link(None);
    shared.calls().lose_rings();
    shared.registrations().lose();
    shared.registrations_changed();
    trouble
}

async fn read_events(
    shared: &Shared,
    connection: &Connection,
    mut events: mpsc::Receiver<Event>,
    booted: &Notify,
) -> Trouble {
    while let Some(event) = events.recv().await {
        if event == Event::FullyBooted {
            booted.notify_one();
        }
        shared.hear(event);
    }
    match connection.ended() {
        Some(Ended::Garbage(_)) => Trouble::NoManager,
        _ => Trouble::Closed,
    }
}

/// Asks again and again whether anybody is there. The first answer makes the dialer well.
async fn ping(shared: &Shared, connection: &Connection) -> Trouble {
    let timing = shared.settings.timing;
    loop {
        let asked = Instant::now();
        let mut pong = pin!(connection.act(&Action::Ping, timing.silence));
        let pong = if let Ok(pong) = timeout(timing.ping, &mut pong).await {
            pong
        } else {
            shared.set_health(|health| health.suspect(asked, Trouble::Unanswered));
            pong.await
        };
        match pong {
            Ok(_) => shared.set_health(|_| Health::Well),
            // "Asterisk is shutting down": it says so until the last call has ended.
            Err(ActError::Refused(_)) => shared.set_health(|health| health.suspect(asked, Trouble::ShuttingDown)),
            Err(ActError::TimedOut) => return Trouble::Silent,
            Err(_) => return Trouble::Closed,
        }
        sleep_until(asked + timing.ping_every).await;
    }
}

/// Asks for channels and registrations: at first, and whenever Asterisk has loaded all again.
async fn learn(shared: &Shared, link: &Link, booted: &Notify) -> Infallible {
    let within = shared.settings.timing.list;
    loop {
        match link.connection.act(&Action::CoreShowChannels, within).await {
            Ok(reply) => shared.compare(&reply.entries, link.number),
            Err(error) => tracing::warn!(dialer = shared.settings.name, %error, "the channels are not known"),
        }
        shared.registrations().asking();
        for technology in [Technology::Sip, Technology::Pjsip] {
            let list = contacts(shared, link, technology).await;
            shared.registrations().list(technology, list);
            shared.registrations_changed();
        }
        shared.registrations().asked();
        shared.lines_seen();
        booted.notified().await;
    }
}

/// A technology's lines and contacts; `None` if the dialer does not tell them.
async fn contacts(shared: &Shared, link: &Link, technology: Technology) -> Option<Vec<(Line, Contact)>> {
    let action = match technology {
        Technology::Sip => Action::SipPeers,
        Technology::Pjsip => Action::PjsipShowContacts,
    };
    match link.connection.act(&action, shared.settings.timing.list).await {
        Ok(reply) => Some(match technology {
            Technology::Sip => reply.entries.iter().filter_map(peer_entry).collect(),
            Technology::Pjsip => reply.entries.iter().filter_map(contact_entry).collect(),
        }),
        // A driver that is not loaded has no lines, and one without contacts calls that an error.
        Err(ActError::Refused(words)) if words.starts_with("Invalid") || words.starts_with("No ") => Some(Vec::new()),
        Err(error) => {
            tracing::warn!(dialer = shared.settings.name, %error, ?technology, "registrations are not known");
            None
        }
    }
}

/// Hangs up what is not wanted. A call is named by its mark, so nothing else can be hit.
async fn hang_up(shared: &Shared, connection: &Connection, hang_ups: &mut mpsc::UnboundedReceiver<Mark>) -> Infallible {
    while let Some(mark) = hang_ups.recv().await {
        let action = Action::Hangup { channel: mark.to_string() };
        match connection.act(&action, shared.settings.timing.action).await {
            Ok(_) => tracing::info!(dialer = shared.settings.name, %mark, "hung up"),
            Err(ActError::TimedOut) => shared.give_up(mark),
            // It has ended, or does not exist yet: then its first event brings it here again. If the connection has
            // ended, it is found on the next one.
            Err(_) => {}
        }
    }
    std::future::pending().await
}
