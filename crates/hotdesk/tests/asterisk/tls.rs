//! A real dialer whose manager interface uses TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use dialers::connection::{Connection, OpenError, OpenTimeouts};
use dialers::dialer::ConnectionState;
use dialers::tls::{Authorities, Tls};
use fleet::{Clock, Timestamp};
use tokio::time::Instant;

use super::dialer::Asterisk;
use super::dialer_client::DialerClient;
use super::lab::{CC100, Lab, say};
use super::wait::WAIT_LIMIT;

/// Port on which Asterisk listens with TLS. Its usual port holds the test's claim.
const PORT: u16 = 5040;

/// A fixed clock at a time when `rcgen`'s certificates are valid.
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1_780_000_000)
    }
}

/// A dialer with TLS, and the settings to reach it. Its certificate is for its address, and is trusted directly.
fn dialer_with_tls(lab: Lab) -> (Asterisk, Tls) {
    let mut certificate = String::new();
    let asterisk = lab.dialer_with(&[CC100], |ip, etc| certificate = enable_tls(ip, etc));
    let authorities = Authorities::from_pem(certificate.as_bytes(), Arc::new(FixedClock)).unwrap();
    let tls = Tls { host: asterisk.ip().to_string(), authorities: Some(authorities) };
    (asterisk, tls)
}

fn enable_tls(ip: Ipv4Addr, etc: &Path) -> String {
    let made = rcgen::generate_simple_self_signed([ip.to_string()]).unwrap();
    let (certificate, own) = (made.cert.pem(), etc.join("ami.pem"));
    std::fs::write(&own, format!("{certificate}{}", made.signing_key.serialize_pem())).unwrap();
    let manager = std::fs::read_to_string(etc.join("manager.conf")).unwrap();
    let with_tls = format!("[general]\ntlsenable = yes\ntlsbindaddr = {ip}:{PORT}\ntlscertfile = {}\n", own.display());
    std::fs::write(etc.join("manager.conf"), manager.replace("[general]\n", &with_tls)).unwrap();
    certificate
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_real_dialer_is_watched_and_rings_over_tls() {
    let Some(lab) = Lab::open() else { return };
    let (mut asterisk, tls) = dialer_with_tls(lab);
    let _phone = lab.softphone(CC100, &[&asterisk]);
    let address = SocketAddr::from((asterisk.ip(), PORT));
    let start = Instant::now();
    let client = DialerClient::at_address(address, Some(tls)).await;
    say(&format!("real Asterisk: healthy over TLS after {:?}", start.elapsed()));
    let start = Instant::now();
    let outcome = client.dialer.ring(&client.call("SIP/cc100")).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    say(&format!("real Asterisk: a ring over TLS is answered after {:?}", start.elapsed()));
    let start = Instant::now();
    asterisk.kill();
    client.until(|health| !health.is_healthy()).await;
    say(&format!("real Asterisk: kill -9 is detected over TLS after {:?}", start.elapsed()));
    asterisk.restart();
    client.until(ConnectionState::is_healthy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tls_fails_on_a_real_dialers_plain_port_and_plain_tcp_on_its_tls_port() {
    let Some(lab) = Lab::open() else { return };
    let (asterisk, tls) = dialer_with_tls(lab);
    let account = Asterisk::ami_account();
    let within = OpenTimeouts { connect: WAIT_LIMIT, banner: WAIT_LIMIT / 20, login: WAIT_LIMIT };
    let plain_port = Connection::open(asterisk.ami(), Some(&tls), &account, within).await.unwrap_err();
    assert!(matches!(plain_port, OpenError::NoTls(_)), "{plain_port}");
    let address = SocketAddr::from((asterisk.ip(), PORT));
    let without = Connection::open(address, None, &account, within).await.unwrap_err();
    assert!(matches!(without, OpenError::Silent), "{without}");
    let elsewhere = Tls { host: "dialer-a.example".to_owned(), ..tls };
    let other_name = Connection::open(address, Some(&elsewhere), &account, within).await.unwrap_err();
    assert_eq!(other_name.to_string(), "its certificate is not trusted: it is not for this host");
}
