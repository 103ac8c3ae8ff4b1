//! Registrations of lines.

use dialers::dialer::ConnectionState;
use dialers::line::Line;
use dialers::simulator::LineScript;
use fleet::dialer_status::Registration;

use crate::support::{Fixture, simulated};

async fn until(fixture: &Fixture, line: &Line, expected: Registration) {
    let mut changes = fixture.dialer.registration_changes();
    while fixture.dialer.registration(line) != expected {
        changes.changed().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn registrations_are_read_after_the_login_and_updated_by_events() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    fixture.registrations_known().await;
    let of = |line: &Line| fixture.dialer.registration(line);
    assert_eq!(of(&Line::sip("answers")), Registration::Registered);
    assert_eq!(of(&Line::sip("absent")), Registration::NotRegistered);
    assert_eq!(of(&Line::sip("nobody")), Registration::NotRegistered);
    assert_eq!(of(&Line::pjsip("answers")), Registration::Registered);
    for line in [Line::sip("absent"), Line::pjsip("new")] {
        simulated.set_line(&line, LineScript::answering());
        until(&fixture, &line, Registration::Registered).await;
        simulated.set_line(&line, LineScript::unregistered());
        until(&fixture, &line, Registration::NotRegistered).await;
    }
}

#[tokio::test(start_paused = true)]
async fn registrations_are_unknown_after_a_disconnect_until_they_are_read_again() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    fixture.registrations_known().await;
    simulated.die();
    fixture.until(ConnectionState::is_down).await;
    assert_eq!(fixture.dialer.registration(&Line::sip("answers")), Registration::Unknown);
    simulated.set_line(&Line::sip("answers"), LineScript::unregistered());
    simulated.revive().await.unwrap();
    until(&fixture, &Line::sip("answers"), Registration::NotRegistered).await;
}

#[tokio::test(start_paused = true)]
async fn addresses_and_counts_of_registered_lines_are_known() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    fixture.registrations_known().await;
    let count = fixture.dialer.lines_registered().unwrap();
    for line in [Line::sip("absent"), Line::pjsip("new")] {
        assert_eq!(fixture.dialer.line_address(&line), None);
        simulated.set_line(&line, LineScript::answering());
        until(&fixture, &line, Registration::Registered).await;
        assert_eq!(fixture.dialer.line_address(&line).as_deref(), Some("127.0.0.1:5070"));
        simulated.set_line(&line, LineScript::answering().from_port(5071));
        let mut line_activity = fixture.dialer.line_activity();
        while fixture.dialer.line_address(&line).as_deref() != Some("127.0.0.1:5071") {
            line_activity.changed().await.unwrap();
        }
    }
    assert_eq!(fixture.dialer.lines_registered(), Some(count + 2));
    simulated.die();
    fixture.until(ConnectionState::is_down).await;
    assert_eq!(fixture.dialer.lines_registered(), None);
}
