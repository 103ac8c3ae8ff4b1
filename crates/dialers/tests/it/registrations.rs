//! Which lines can be rung, as the dialer says.

use dialers::dialer::{Health, Registration};
use dialers::line::Line;
use dialers::simulator::LineScript;

use crate::support::{Desk, simulated};

async fn until(desk: &Desk, line: &Line, wanted: Registration) {
    let mut changes = desk.dialer.registration_changes();
    while desk.dialer.registration(line) != wanted {
        changes.changed().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn registrations_are_known_after_the_login_and_kept_by_events() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    desk.registrations_known().await;
    let of = |line: &Line| desk.dialer.registration(line);
    assert_eq!(of(&Line::sip("answers")), Registration::Registered);
    assert_eq!(of(&Line::sip("absent")), Registration::NotRegistered);
    assert_eq!(of(&Line::sip("nobody")), Registration::NotRegistered);
    assert_eq!(of(&Line::pjsip("answers")), Registration::Registered);
    for line in [Line::sip("absent"), Line::pjsip("new")] {
        simulated.set_line(&line, LineScript::answering());
        until(&desk, &line, Registration::Registered).await;
        simulated.set_line(&line, LineScript::unregistered());
        until(&desk, &line, Registration::NotRegistered).await;
    }
}

#[tokio::test(start_paused = true)]
async fn registrations_are_asked_again_after_a_reconnect_and_unknown_until_then() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    desk.registrations_known().await;
    simulated.die();
    desk.until(Health::is_lost).await;
    assert_eq!(desk.dialer.registration(&Line::sip("answers")), Registration::Unknown);
    simulated.set_line(&Line::sip("answers"), LineScript::unregistered());
    simulated.revive().await.unwrap();
    until(&desk, &Line::sip("answers"), Registration::NotRegistered).await;
}

#[tokio::test(start_paused = true)]
async fn it_is_known_from_where_a_line_is_registered_and_how_many_are() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    desk.registrations_known().await;
    let count = desk.dialer.lines_registered().unwrap();
    for line in [Line::sip("absent"), Line::pjsip("new")] {
        assert_eq!(desk.dialer.line_address(&line), None);
        simulated.set_line(&line, LineScript::answering());
        until(&desk, &line, Registration::Registered).await;
        assert_eq!(desk.dialer.line_address(&line).as_deref(), Some("127.0.0.1:5070"));
        simulated.set_line(&line, LineScript::answering().from_port(5071));
        let mut sightings = desk.dialer.sightings();
        while desk.dialer.line_address(&line).as_deref() != Some("127.0.0.1:5071") {
            sightings.changed().await.unwrap();
        }
    }
    assert_eq!(desk.dialer.lines_registered(), Some(count + 2));
    simulated.die();
    desk.until(Health::is_lost).await;
    assert_eq!(desk.dialer.lines_registered(), None);
}
