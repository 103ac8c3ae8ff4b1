//! Dialers that are reached with TLS, and what is wrong with some of them.

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

use crate::certificates::{Authority, VALID, believed, identity, self_signed};
use crate::support::{Fixture, account, any_port, lines, ms, simulated};

const WITHIN: OpenTimeouts = OpenTimeouts { connect: ms(1000), banner: ms(1000), login: ms(1000) };

/// Where every dialer of these tests is.
const HOST: &str = "127.0.0.1";

fn tls(host: &str, authorities: Authorities) -> Tls {
    Tls { host: host.to_owned(), authorities: Some(authorities) }
}

/// A simulated dialer with this certificate and key.
async fn secured(pem: &str) -> SimulatedDialer {
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
    let simulated = secured(&authority.sign(HOST)).await;
    let fixture = Fixture::with_tls(simulated.address(), tls(HOST, authority.believed()));
    fixture.well().await;
    fixture.registrations_known().await;
    assert!(fixture.dialer.ring(&fixture.call("SIP/answers")).await.is_ok());
    simulated.die();
    let (health, _) = fixture.until(|health| !health.is_healthy()).await;
    assert!(matches!(health, ConnectionState::Suspect { why: Trouble::Closed, .. }), "{health:?}");
    simulated.revive().await.unwrap();
    fixture.well().await;
}

#[tokio::test(start_paused = true)]
async fn a_name_is_trusted_as_an_address_is_and_a_certificate_may_be_believed_by_itself() {
    let authority = Authority::new();
    let named = secured(&authority.sign("dialer-a.example")).await;
    open(named.address(), &tls("dialer-a.example", authority.believed())).await.unwrap();
    let own = self_signed(HOST, false);
    open(secured(&own).await.address(), &tls(HOST, believed(&own, VALID))).await.unwrap();
    // One of several that are believed is enough.
    let several = authority.pem.clone() + &Authority::new().pem;
    open(named.address(), &tls("dialer-a.example", believed(&several, VALID))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_is_not_trusted_is_told_with_the_reason_and_nothing_is_said_to_it() {
    let authority = Authority::new();
    let simulated = secured(&authority.sign(HOST)).await;
    // A stranger may have the same name.
    for stranger in [Authority::called("Stranger"), Authority::new()] {
        assert_eq!(distrust(&simulated, &tls(HOST, stranger.believed())).await, Distrust::UnknownIssuer);
    }
    for host in ["127.0.0.2", "localhost", "no host"] {
        assert_eq!(distrust(&simulated, &tls(host, authority.believed())).await, Distrust::OtherName, "{host}");
    }
    let (early, late) = (1_500_000_000, 2_000_000_000);
    assert_eq!(distrust(&simulated, &tls(HOST, believed(&authority.pem, early))).await, Distrust::NotYet);
    assert_eq!(distrust(&simulated, &tls(HOST, believed(&authority.pem, late))).await, Distrust::Expired);
    let own = self_signed(HOST, true);
    assert_eq!(distrust(&secured(&own).await, &tls(HOST, believed(&own, VALID))).await, Distrust::Authority);
    assert_eq!(simulated.counts().logins, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_is_not_trusted_is_suspect_and_never_lost() {
    let simulated = secured(&Authority::new().sign(HOST)).await;
    let fixture = Fixture::with_tls(simulated.address(), tls(HOST, Authority::new().believed()));
    let why = fixture.suspect_for_long().await;
    assert_eq!((why, why.to_string().as_str()), (Trouble::Untrusted, "its certificate is not trusted"));
}

#[tokio::test(start_paused = true)]
async fn a_plain_dialer_behind_a_tls_setting_is_told_and_hears_no_secret() {
    let authority = Authority::new();
    let plain = simulated().await;
    let error = open(plain.address(), &tls(HOST, authority.believed())).await.unwrap_err();
    assert!(matches!(error, OpenError::NoTls(_)), "{error}");
    let fixture = Fixture::with_tls(plain.address(), tls(HOST, authority.believed()));
    assert_eq!(fixture.suspect_for_long().await, Trouble::NoTls);
    assert_eq!(plain.counts().logins, 0);
}

#[tokio::test(start_paused = true)]
async fn a_tls_dialer_behind_a_plain_setting_is_silent_and_lost() {
    let simulated = secured(&Authority::new().sign(HOST)).await;
    let start = Instant::now();
    let error = Connection::open(simulated.address(), None, &account(), WITHIN).await.unwrap_err();
    assert!(matches!(error, OpenError::Silent), "{error}");
    assert!(start.elapsed() <= ms(1100), "{:?}", start.elapsed());
    let fixture = Fixture::watching(simulated.address(), account(), 1);
    let (_, when) = fixture.until(ConnectionState::is_down).await;
    assert!(when - start <= ms(7000), "{:?}", when - start);
}

#[tokio::test(start_paused = true)]
async fn without_authorities_nobody_is_contacted() {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let blind = Tls { host: HOST.to_owned(), authorities: None };
    let fixture = Fixture::with_tls(listener.local_addr().unwrap(), blind);
    let why = fixture.suspect_for_long().await;
    assert_eq!((why, why.to_string().as_str()), (Trouble::NoAuthority, "no certificate authority is set (ami_ca)"));
    assert!(timeout(ms(100), listener.accept()).await.is_err(), "somebody came");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_accepts_and_says_nothing_takes_no_longer_than_the_deadline() {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = tls(HOST, Authority::new().believed());
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
async fn a_frozen_dialer_behind_tls_is_lost_and_well_again_when_it_goes_on() {
    let authority = Authority::new();
    let simulated = secured(&authority.sign(HOST)).await;
    let fixture = Fixture::with_tls(simulated.address(), tls(HOST, authority.believed()));
    fixture.well().await;
    simulated.freeze();
    fixture.until(ConnectionState::is_down).await;
    simulated.mend();
    fixture.well().await;
    simulated.hang_up_at(&Line::sip("answers"));
}

/// A server that says this to everybody, again and again, and counts how much of it was taken.
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
async fn noise_instead_of_tls_is_told_at_once_and_is_not_collected() {
    let tls = tls(HOST, Authority::new().believed());
    // A banner, a web server, an alert, and a handshake message that is as long as one can say and never ends.
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
        // What the two sockets hold, and what is read at most.
        assert!(*taken.borrow() < 16 * 1024 * 1024, "{}", *taken.borrow());
    }
}

static ENDLESS: [u8; 4101] = endless();

/// A record of 4096 bytes of a handshake message of 16 MB.
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
    let tls = tls(HOST, Authority::new().believed());
    let (opened, ()) = tokio::join!(open(address, &tls), server);
    let error = opened.unwrap_err();
    assert!(matches!(error, OpenError::Closed(Disconnect::Closed)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn long_actions_and_many_events_go_through_tls() {
    let authority = Authority::new();
    let simulated = secured(&authority.sign(HOST)).await;
    let (connection, mut events) =
        Connection::open(simulated.address(), Some(&tls(HOST, authority.believed())), &account(), WITHIN)
            .await
            .unwrap();
    simulated.chatter(50_000);
    let command = Action::Command { command: "x".repeat(60_000) };
    assert!(connection.act(&command, ms(60_000)).await.is_ok());
    assert!(connection.act(&Action::Ping, ms(60_000)).await.is_ok());
    simulated.die();
    while events.recv().await.is_some() {}
    assert_eq!(connection.ended(), Some(Disconnect::Closed));
}

#[test]
fn a_file_without_certificates_is_no_list_of_authorities() {
    let refused = |pem: &str| {
        let clock = std::sync::Arc::new(crate::certificates::At(VALID));
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
