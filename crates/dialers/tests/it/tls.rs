//! Dialers with TLS, and TLS failures.

use std::net::SocketAddr;
use std::time::Duration;

use dialers::action::Action;
use dialers::connection::{Connection, Disconnect, OpenError, OpenTimeouts};
use dialers::dialer::{ConnectionState, Trouble};
use dialers::line::Line;
use dialers::simulator::SimulatedDialer;
use dialers::tls::{Authorities, Distrust, NoAuthorities, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

use crate::certificates::{Authority, VALID, identity, self_signed, trusting};
use crate::support::{Fixture, account, any_port, lines, ms, simulated};

const WITHIN: OpenTimeouts = OpenTimeouts { connect: ms(1000), banner: ms(1000), login: ms(1000) };

/// Host of every dialer in these tests.
const HOST: &str = "127.0.0.1";

fn tls(host: &str, authorities: Authorities) -> Tls {
    Tls { host: host.to_owned(), authorities: Some(authorities) }
}

/// A simulated dialer with this certificate and key.
async fn simulated_with_tls(pem: &str) -> SimulatedDialer {
    SimulatedDialer::start_with_tls(any_port(), identity(pem), account(), lines()).await.unwrap()
}

async fn open(address: SocketAddr, tls: &Tls) -> Result<Connection, OpenError> {
    Connection::open(address, Some(tls), &account(), WITHIN).await.map(|(connection, _)| connection)
}

async fn distrust(simulated: &SimulatedDialer, tls: &Tls) -> Distrust {
    match open(simulated.address(), tls).await.unwrap_err() {
        OpenError::Untrusted(why) => why,
        other => unreachable!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_dialer_whose_certificate_is_trusted_is_watched_and_rings() {
    let authority = Authority::new();
    let simulated = simulated_with_tls(&authority.sign(HOST)).await;
    let fixture = Fixture::with_tls(simulated.address(), tls(HOST, authority.trusted()));
    fixture.healthy().await;
    fixture.registrations_known().await;
    assert!(fixture.dialer.ring(&fixture.call("SIP/answers")).await.is_ok());
    simulated.die();
    let (health, _) = fixture.until(|health| !health.is_healthy()).await;
    assert!(matches!(health, ConnectionState::Suspect { why: Trouble::Closed, .. }), "{health:?}");
    simulated.revive().await.unwrap();
    fixture.healthy().await;
}

#[tokio::test(start_paused = true)]
async fn certificates_for_names_and_addresses_and_directly_trusted_ones_are_accepted() {
    let authority = Authority::new();
    let named = simulated_with_tls(&authority.sign("dialer-a.example")).await;
    open(named.address(), &tls("dialer-a.example", authority.trusted())).await.unwrap();
    let own = self_signed(HOST, false);
    open(simulated_with_tls(&own).await.address(), &tls(HOST, trusting(&own, VALID))).await.unwrap();
    // One of several trusted certificates is enough.
    let several = authority.pem.clone() + &Authority::new().pem;
    open(named.address(), &tls("dialer-a.example", trusting(&several, VALID))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_untrusted_certificate_is_refused_with_the_reason_and_no_login_is_sent() {
    let authority = Authority::new();
    let simulated = simulated_with_tls(&authority.sign(HOST)).await;
    // An untrusted authority may have the same name.
    for other in [Authority::named("Stranger"), Authority::new()] {
        assert_eq!(distrust(&simulated, &tls(HOST, other.trusted())).await, Distrust::UnknownIssuer);
    }
    for host in ["127.0.0.2", "localhost", "no host"] {
        assert_eq!(distrust(&simulated, &tls(host, authority.trusted())).await, Distrust::OtherName, "{host}");
    }
    let (early, late) = (1_500_000_000, 2_000_000_000);
    assert_eq!(distrust(&simulated, &tls(HOST, trusting(&authority.pem, early))).await, Distrust::NotYet);
    assert_eq!(distrust(&simulated, &tls(HOST, trusting(&authority.pem, late))).await, Distrust::Expired);
    let own = self_signed(HOST, true);
    assert_eq!(distrust(&simulated_with_tls(&own).await, &tls(HOST, trusting(&own, VALID))).await, Distrust::Authority);
    assert_eq!(simulated.counts().logins, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_is_not_trusted_is_suspect_and_never_down() {
    let simulated = simulated_with_tls(&Authority::new().sign(HOST)).await;
    let fixture = Fixture::with_tls(simulated.address(), tls(HOST, Authority::new().trusted()));
    let why = fixture.suspect_for_long().await;
    assert_eq!((why, why.to_string().as_str()), (Trouble::Untrusted, "its certificate is not trusted"));
}

#[tokio::test(start_paused = true)]
async fn a_dialer_without_tls_gets_no_secret_if_tls_is_required() {
    let authority = Authority::new();
    let plain = simulated().await;
    let error = open(plain.address(), &tls(HOST, authority.trusted())).await.unwrap_err();
    assert!(matches!(error, OpenError::NoTls(_)), "{error}");
    let fixture = Fixture::with_tls(plain.address(), tls(HOST, authority.trusted()));
    assert_eq!(fixture.suspect_for_long().await, Trouble::NoTls);
    assert_eq!(plain.counts().logins, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dialer_with_tls_is_silent_and_down_if_tls_is_not_configured() {
    let simulated = simulated_with_tls(&Authority::new().sign(HOST)).await;
    let start = Instant::now();
    let error = Connection::open(simulated.address(), None, &account(), WITHIN).await.unwrap_err();
    assert!(matches!(error, OpenError::Silent), "{error}");
    assert!(start.elapsed() <= ms(1100), "{:?}", start.elapsed());
    let fixture = Fixture::watching(simulated.address(), account(), 1);
    let (_, when) = fixture.until(ConnectionState::is_down).await;
    assert!(when - start <= ms(7000), "{:?}", when - start);
}

#[tokio::test(start_paused = true)]
async fn without_authorities_no_connection_is_attempted() {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let untrusting = Tls { host: HOST.to_owned(), authorities: None };
    let fixture = Fixture::with_tls(listener.local_addr().unwrap(), untrusting);
    let why = fixture.suspect_for_long().await;
    assert_eq!((why, why.to_string().as_str()), (Trouble::NoAuthority, "no certificate authority is set (ami_ca)"));
    assert!(timeout(ms(100), listener.accept()).await.is_err(), "a connection was attempted");
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_times_out_at_the_deadline() {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = tls(HOST, Authority::new().trusted());
    let start = Instant::now();
    let error = open(address, &tls).await.unwrap_err();
    assert!(matches!(error, OpenError::Silent), "{error}");
    assert_eq!(start.elapsed().as_millis() / 10, 100);
    let fixture = Fixture::with_tls(address, tls);
    let (health, when) = fixture.until(ConnectionState::is_down).await;
    assert!(matches!(health, ConnectionState::Down { why: Trouble::Silent, .. }), "{health:?}");
    assert!(when - start <= ms(7000), "{:?}", when - start);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_dialer_with_tls_is_down_and_healthy_after_it_recovers() {
    let authority = Authority::new();
    let simulated = simulated_with_tls(&authority.sign(HOST)).await;
    let fixture = Fixture::with_tls(simulated.address(), tls(HOST, authority.trusted()));
    fixture.healthy().await;
    simulated.freeze();
    fixture.until(ConnectionState::is_down).await;
    simulated.recover();
    fixture.healthy().await;
    simulated.hang_up_at(&Line::sip("answers"));
}

/// A server that sends these bytes repeatedly on every connection, and counts the bytes that were accepted.
async fn repeating(words: &'static [u8], at_most: usize) -> (SocketAddr, tokio::sync::watch::Receiver<usize>) {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (taken, receiver) = tokio::sync::watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 1024];
            drop(stream.read(&mut hello).await);
            while *taken.borrow() < at_most && stream.write_all(words).await.is_ok() {
                taken.send_modify(|count| *count += words.len());
            }
        }
    });
    (address, receiver)
}

#[tokio::test]
async fn garbage_instead_of_tls_fails_at_once_and_is_not_buffered() {
    let tls = tls(HOST, Authority::new().trusted());
    // A banner, a web server's reply, an alert, and a handshake message of maximal length that never ends.
    for words in [
        &b"Asterisk Call Manager/5.0.4\r\n"[..],
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x15\x03\x03\0\x02\x02\x28",
        &ENDLESS,
    ] {
        let (address, taken) = repeating(words, 64 * 1024 * 1024).await;
        let start = Instant::now();
        let error = open(address, &tls).await.unwrap_err();
        assert!(matches!(error, OpenError::NoTls(_)), "{error}");
        assert!(start.elapsed() < Duration::from_secs(1));
        // At most what the two sockets buffer and the client reads.
        assert!(*taken.borrow() < 16 * 1024 * 1024, "{}", *taken.borrow());
    }
}

static ENDLESS: [u8; 4101] = endless();

/// A record with 4096 bytes of a handshake message that claims to be 16 MB long.
const fn endless() -> [u8; 4101] {
    let mut record = [0; 4101];
    (record[0], record[1], record[2], record[3]) = (22, 3, 3, 16);
    (record[5], record[6], record[7], record[8]) = (2, 255, 255, 255);
    record
}

#[tokio::test]
async fn a_server_that_hangs_up_during_the_handshake_has_closed_the_connection() {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 4096];
        assert!(stream.read(&mut hello).await.unwrap() > 0);
    };
    let tls = tls(HOST, Authority::new().trusted());
    let (opened, ()) = tokio::join!(open(address, &tls), server);
    let error = opened.unwrap_err();
    assert!(matches!(error, OpenError::Closed(Disconnect::Closed)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn long_actions_and_many_events_go_through_tls() {
    let authority = Authority::new();
    let simulated = simulated_with_tls(&authority.sign(HOST)).await;
    let (connection, mut events) =
        Connection::open(simulated.address(), Some(&tls(HOST, authority.trusted())), &account(), WITHIN).await.unwrap();
    simulated.send_unused_events(50_000);
    let command = Action::Command { command: "x".repeat(60_000) };
    assert!(connection.act(&command, ms(60_000)).await.is_ok());
    assert!(connection.act(&Action::Ping, ms(60_000)).await.is_ok());
    simulated.die();
    while events.recv().await.is_some() {}
    assert_eq!(connection.ended(), Some(Disconnect::Closed));
}

#[test]
fn a_file_without_valid_certificates_is_refused() {
    let refused = |pem: &str| {
        let clock = std::sync::Arc::new(crate::certificates::FixedClock(VALID));
        Authorities::from_pem(pem.as_bytes(), clock).unwrap_err()
    };
    let only_key = self_signed(HOST, false).split_inclusive("-----END CERTIFICATE-----\n").nth(1).unwrap().to_owned();
    for nothing in ["", "certificate", &only_key] {
        assert_eq!(refused(nothing), NoAuthorities::NoCertificate);
    }
    let cut = Authority::new().pem.replace("-----END", "");
    assert_eq!(refused(&cut), NoAuthorities::NoPem);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(&(Authority::new().pem + broken)), NoAuthorities::Broken { number: 2 });
}
