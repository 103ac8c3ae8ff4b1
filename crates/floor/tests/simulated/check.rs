//! Consistency checks on a simulated world.

use std::collections::BTreeMap;

use fleet::sessions::{Session, State};

use crate::world::{AGENTS, DIALERS, World, server_ip};

#[track_caller]
fn fail(world: &World, what: &str) -> ! {
    let sessions = world.floor.snapshot().0;
    let calls: Vec<_> =
        world.asterisks.iter().map(|(ip, asterisk)| (ip, asterisk.calls.lock().unwrap().clone())).collect();
    let trails = (1..1000).map(|id| read(world, move |tx| tx.trail(id))).take_while(|trail| !trail.is_empty());
    let trails: Vec<String> = trails.enumerate().map(|(at, trail)| format!("session {}:\n{trail}", at + 1)).collect();
    let story = format!("{}\n{}", world.story.join("\n"), trails.join("\n"));
    unreachable!("world {} ({:?}): {what}\n{story}\n{sessions:#?}\n{calls:#?}", world.seed, world.faults)
}

/// Reads from the database without waiting: the clock is paused, and no other task runs.
fn read<T: Send + 'static>(
    world: &World,
    query: impl FnOnce(&mut dyn fleet::FleetTx) -> Result<T, fleet::TxError> + Send + 'static,
) -> T {
    let mut reading = std::pin::pin!(world.store.read(query));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match reading.as_mut().poll(&mut context) {
        std::task::Poll::Ready(found) => found.unwrap(),
        std::task::Poll::Pending => unreachable!("a database in memory answers at once"),
    }
}

fn open_sessions(world: &World) -> Vec<Session> {
    read(world, |tx| tx.open_sessions())
}

/// At any time: every open session takes one seat, and the stored counts equal the sessions.
pub fn seats_consistent(world: &World) {
    let sessions = open_sessions(world);
    for dialer in 0..DIALERS {
        let ip = server_ip(dialer);
        let there = sessions.iter().filter(|session| session.place.server_ip == ip).count();
        let address = ip.clone();
        // A deleted dialer has no count.
        let Some(row) = read(world, move |tx| tx.dialer(&address)) else { continue };
        if usize::try_from(row.seats).unwrap() != there {
            fail(world, &format!("{ip} counts {} seats and has {there} sessions", row.seats));
        }
    }
    let mut conferences: Vec<_> =
        sessions.iter().map(|session| (&session.place.server_ip, &session.place.conf_exten)).collect();
    conferences.sort_unstable();
    conferences.dedup();
    if conferences.len() != sessions.len() {
        fail(world, "two agents share a conference");
    }
}

/// At rest: every open session is live with one call in its conference, and no other call exists.
pub fn all_consistent(world: &World) {
    seats_consistent(world);
    let mut calls = BTreeMap::new();
    for (ip, asterisk) in &world.asterisks {
        for (call_id, call) in asterisk.calls.lock().unwrap().iter() {
            calls.insert(call_id.clone(), (ip.clone(), call.clone()));
        }
    }
    let sessions = open_sessions(world);
    for session in &sessions {
        if session.state != State::Live {
            fail(world, &format!("session {} is still {:?}", session.session_id, session.state));
        }
        let Some((ip, call)) = calls.remove(&session.place.call) else {
            fail(world, &format!("session {} has no call", session.session_id))
        };
        if ip != session.place.server_ip || call.conference != session.place.conf_exten || !call.is_up {
            fail(world, &format!("session {} is not where its call is", session.session_id));
        }
    }
    if !calls.is_empty() {
        fail(world, &format!("calls without a session: {calls:?}"));
    }
    let shown = world.floor.snapshot().0;
    let views: Vec<_> =
        shown.sessions.iter().map(|view| (view.session_id, view.state, view.server_ip.clone())).collect();
    let rows: Vec<_> = sessions
        .iter()
        .map(|session| (session.session_id, session.state.word(), session.place.server_ip.clone()))
        .collect();
    if views != rows || shown.alarm.frozen {
        fail(world, &format!("the floor shows {views:?}, but the database has {rows:?}"));
    }
    for view in shown.dialers {
        let there = rows.iter().filter(|(.., ip)| *ip == view.server_ip).count();
        if view.seats != there || view.health != "healthy" {
            fail(world, &format!("{view:?} has {there} sessions"));
        }
    }
}

/// If phones always answer and Hotdesk is never killed, every agent who logged in and did not log out has an open
/// session.
pub fn nobody_was_lost(world: &World) {
    if world.faults.lines || world.faults.kills {
        return;
    }
    let there: Vec<i64> = open_sessions(world).iter().map(|session| session.session_id).collect();
    for (agent, session) in &world.logged_in {
        if !there.contains(session) {
            let id = *session;
            let trail = read(world, move |tx| tx.trail(id));
            fail(world, &format!("agent a{agent} of session {session} was lost:\n{trail}"));
        }
    }
}

/// After all agents have logged out, no call, seat, used conference or live agent is left.
pub fn nothing_is_left(world: &World) {
    all_consistent(world);
    if !open_sessions(world).is_empty() {
        fail(world, "sessions are still open");
    }
    for agent in 0..AGENTS {
        if read(world, move |tx| tx.live_agent(&format!("a{agent}"))).is_some() {
            fail(world, &format!("a{agent} is still live"));
        }
        for dialer in 0..DIALERS {
            let ip = server_ip(dialer);
            let conferences = read(world, move |tx| {
                tx.conference_options(&ip, fleet::sessions::Engine::Meetme, &format!("SIP/p{agent}"))
            });
            if conferences.own.is_some() || conferences.free.as_deref() != Some("8600051") {
                fail(world, &format!("a conference is still taken: {conferences:?}"));
            }
        }
    }
}
