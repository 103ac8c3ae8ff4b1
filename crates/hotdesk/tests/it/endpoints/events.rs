//! `/api/v1/events`: the event stream of the floor.

use super::staffed::{Event, Staffed, Watch};
use crate::support::get;

fn state(event: &Event) -> (&str, &str) {
    (event.data["user"].as_str().unwrap_or_default(), event.data["state"].as_str().unwrap_or_default())
}

fn states(watch: &mut Watch, last: &str) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    watch.until(|event| {
        if event.name == "session" {
            let (user, state) = state(event);
            seen.push((user.to_owned(), state.to_owned()));
        }
        state(event).1 == last
    });
    seen
}

#[test]
fn a_login_is_followed_from_ringing_to_live_to_ended() {
    let staffed = Staffed::new(50, &[]);
    let mut watch = staffed.watch(&[]);
    assert!(watch.head.contains("content-type: text/event-stream\n"), "{}", watch.head);
    let first = watch.next().unwrap();
    assert_eq!((&*first.name, first.data["dialers"].as_array().unwrap().len()), ("floor", 2));
    let session = staffed.log_in("1001", "team");
    let mine = |state: &str| ("1001".to_owned(), state.to_owned());
    assert_eq!(states(&mut watch, "live"), [mine("ringing"), mine("live")]);
    staffed.ask("DELETE", &session.target(), &[&session.bearer()], "");
    assert_eq!(states(&mut watch, "ended"), [mine("ended")]);
    let metrics = staffed.server.send(&get("/metrics", &[])).body;
    for line in [
        "hotdesk_logins_total{result=\"seated\"} 1",
        "hotdesk_sessions{state=\"live\"} 0",
        "hotdesk_dialers{health=\"healthy\"} 2",
        "hotdesk_frozen 0",
        "hotdesk_sessions_became_total{what=\"live\"} 1",
        "hotdesk_sessions_became_total{what=\"logged_out\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[test]
fn a_client_that_reconnects_resumes_after_its_last_event() {
    let staffed = Staffed::new(0, &[]);
    let mut watch = staffed.watch(&[]);
    staffed.log_in("1001", "team");
    let seen = watch.until(|event| state(event) == ("1001", "ringing"));
    drop(watch);
    staffed.log_in("1002", "north desk");
    let mut watch = staffed.watch(&[&format!("Last-Event-ID: {}", seen.id)]);
    let next = watch.next().unwrap();
    assert_eq!((&*next.name, state(&next)), ("session", ("1001", "live")), "no snapshot, and no event is missing");
    watch.until(|event| state(event) == ("1002", "live"));
    for unknown in ["00000000-1", "nonsense"] {
        let first = staffed.watch(&[&format!("Last-Event-ID: {unknown}")]).next().unwrap();
        assert_eq!((&*first.name, first.data["sessions"].as_array().unwrap().len()), ("floor", 2));
    }
}

#[test]
fn an_idle_stream_gets_keep_alive_comments_and_is_not_closed() {
    let staffed = Staffed::new(0, &["--client-timeout", "1"]);
    let mut stream = staffed.server.connect();
    let request = get("/api/v1/events", &[super::staffed::ADMIN]);
    std::io::Write::write_all(&mut stream, &request).unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(stream));
    assert!(lines.map(Result::unwrap).any(|line| line == ": awake"), "the stream ended");
}

#[test]
fn a_frozen_floor_is_reported_in_events_readiness_and_metrics() {
    let mut staffed = Staffed::new(0, &[]);
    let mut watch = staffed.watch(&[]);
    staffed.lose_dialers();
    let alarm = watch.until(|event| event.name == "alarm" && event.data["down"] == 2);
    assert_eq!(alarm.data, serde_json::json!({"frozen": true, "down": 2, "total": 2}));
    let ready = staffed.server.send(&get("/readyz", &[]));
    let reported = "ready\nfrozen: 2 of 2 dialers are down, so no agents are moved\n";
    assert_eq!((ready.status, &*ready.body), (200, reported));
    assert!(staffed.server.send(&get("/metrics", &[])).body.contains("hotdesk_frozen 1\n"));
}

#[test]
fn a_stop_ends_the_streams_at_once() {
    let staffed = Staffed::new(0, &[]);
    let mut watches = [staffed.watch(&[]), staffed.watch(&[])];
    staffed.server.terminate();
    for watch in &mut watches {
        while watch.next().is_some() {}
    }
    #[expect(clippy::disallowed_methods, reason = "the server is another process and runs in real time")]
    let began = std::time::Instant::now();
    let patience = crate::support::PATIENCE / 2;
    while std::net::TcpStream::connect(staffed.server.address()).is_ok() {
        assert!(began.elapsed() < patience, "the server is still running");
        std::thread::yield_now();
    }
    assert!(!staffed.server.log().contains("cut off"), "{}", staffed.server.log());
}
