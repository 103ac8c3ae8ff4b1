//! Readiness: the server prints `ready` once it knows the state of its dialers.

use std::net::TcpListener;
use std::time::Duration;

use tokio::time::Instant;

use crate::http;
use crate::program::serve;
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::simulate::Simulated;

const LOG_IN: &str = "/agc/vicidial.php?phone_login=100a&phone_pass=test&VD_login=1001&VD_pass=agent";

/// Starts a server with one dialer at this port. Returns how long it took until it was ready.
fn started(port: u16) -> (Sandbox, Server, Duration) {
    let sandbox = Sandbox::new();
    Simulated::fleet(port, &sandbox);
    let began = Instant::now();
    let server = Server::start(&mut serve(&sandbox.path("."))).unwrap();
    (sandbox, server, began.elapsed())
}

#[test]
fn a_login_right_after_ready_gets_a_seat() {
    let simulated = Simulated::with_lines("kept", &["100"]);
    for _ in 0..5 {
        let (sandbox, server, _) = started(simulated.port);
        let (status, page) = http::get(server.address(), LOG_IN).unwrap();
        assert_eq!(status, 303, "{page}");
        assert_eq!(sandbox.rows("SELECT server_ip FROM hotdesk_session WHERE user = '1001'"), ["10.0.9.8"]);
    }
}

#[test]
fn a_silent_dialer_delays_readiness_only_for_a_while() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_desk, server, _) = started(silent.local_addr().unwrap().port());
    assert_eq!(http::get(server.address(), LOG_IN).unwrap().0, 409);
}

#[test]
fn a_dialer_that_refuses_connections_does_not_delay_readiness() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let took = (0..3).map(|_| started(closed).2).min().unwrap();
    assert!(took < Duration::from_millis(900), "{took:?}");
}
