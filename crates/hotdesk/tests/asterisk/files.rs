//! Configuration files that a real dialer gets from Hotdesk, through the sidecar and through `hotdesk conf`.

use std::net::IpAddr;
use std::time::Duration;

use dialers::line::Technology;
use tempfile::TempDir;
use tokio::time::Instant;

use super::dialer::{AMI_SECRET, AMI_USER, Asterisk};
use super::lab::{CC100, Lab, PJ100, SipAccount, say};
use super::process::Process;
use super::program::hotdesk;
use super::server;
use super::softphone::Softphone;
use super::support::{Server, get, request};
use super::wait::wait_until;

/// Time limit until a phone that was added through the API can register.
const SOON: Duration = Duration::from_secs(2);

/// Time limit for a phone that another program added, which Hotdesk detects by polling.
const SOON_BY_POLLING: Duration = Duration::from_secs(5);

/// A server, and a dialer whose accounts come only from its sidecar.
struct Fixture {
    server: Server,
    dialer: Asterisk,
    sidecar: Process,
    folder: TempDir,
}

impl Fixture {
    fn open(lab: Lab) -> Self {
        let dialer = lab.dialer(&[]);
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &["--log", "info"]);
        let ip = dialer.ip().to_string();
        server
            .database()
            .execute_batch(&format!(
                "INSERT INTO servers (server_id, server_ip, ASTmgrUSERNAME, ASTmgrSECRET, conf_engine)
                 VALUES ('real', '{ip}', '{AMI_USER}', '{AMI_SECRET}', 'CONFBRIDGE');
                 INSERT INTO vicidial_users (user, pass, user_level, vdc_agent_api_access, ast_admin_access, ast_delete_phones)
                 VALUES ('6666', '1234', 9, '1', '1', '1');"
            ))
            .unwrap();
        let sidecar = sidecar(&server, &dialer);
        let fixture = Self { server, dialer, sidecar, folder };
        wait_until("a dialer that has loaded its conferences", || {
            fixture.dialer.cli("dialplan show default").contains("CONFBRIDGE(user,quiet)")
        });
        fixture
    }

    fn call(&self, query: &str) {
        let reply = self.server.call(&format!("source=test&user=6666&pass=1234&{query}"));
        assert!(reply.body.starts_with("SUCCESS"), "{}", reply.body);
    }

    fn add_phone(&self, account: SipAccount, number: &str) {
        let SipAccount { name, secret, technology } = account;
        let ip = self.dialer.ip();
        if technology == Technology::Pjsip {
            // VICIdial's API cannot add PJSIP phones, so another program adds it and requests a rebuild as VICIdial
            // does.
            let sql = format!(
                "INSERT INTO phones (extension, server_ip, login, protocol, conf_secret, dialplan_number, voicemail_id)
                 VALUES ('{name}', '{ip}', '{name}a', 'PJSIP', '{secret}', '{number}', '{number}');
                 UPDATE servers SET rebuild_conf_files = 'Y';"
            );
            return self.server.database().execute_batch(&sql).unwrap();
        }
        self.call(&format!(
            "function=add_phone&extension={name}&dialplan_number={number}&voicemail_id={number}&phone_login={name}a&\
             phone_pass=test&server_ip={ip}&protocol=SIP&registration_password={secret}&\
             phone_full_name=Extension+{number}&local_gmt=-5.00&outbound_cid=7275551212"
        ));
    }

    fn remove_phone(&self, account: SipAccount) {
        self.call(&format!(
            "function=update_phone&extension={}&server_ip={}&delete_phone=Y",
            account.name,
            self.dialer.ip()
        ));
    }

    fn has(&self, account: SipAccount) -> bool {
        let shown =
            self.dialer.cli(if account.technology.word() == "SIP" { "sip show peers" } else { "pjsip show endpoints" });
        shown.contains(account.name)
    }

    /// What the dialer has reported about its files.
    fn reported(&self, question: &str) -> String {
        let sql = format!("SELECT {question} FROM hotdesk_dialer_file WHERE server_ip = '{}'", self.dialer.ip());
        self.server.database().query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn sidecar(server: &Server, dialer: &Asterisk) -> Process {
    let (url, ip, etc) = (format!("http://{}", server.address()), dialer.ip().to_string(), dialer.etc());
    let program = [
        "HOTDESK_PASSWORD=1234".to_owned(),
        format!("HOTDESK_AMI_SECRET={AMI_SECRET}"),
        env!("CARGO_BIN_EXE_hotdesk").to_owned(),
        "sidecar".to_owned(),
    ];
    let ami = dialer.ami().to_string();
    let arguments = [
        "--url",
        &url,
        "--dialer",
        &ip,
        "--dir",
        etc.to_str().unwrap(),
        "--ami",
        &ami,
        "--ami-user",
        AMI_USER,
        "--account",
        "6666",
    ];
    Process::start("env", program.into_iter().chain(arguments.map(str::to_owned)))
}

fn check_added_and_removed(account: SipAccount, within: Duration) {
    let Some(lab) = Lab::open() else { return };
    let fixture = Fixture::open(lab);
    let phone = lab.softphone(account, &[]);
    let began = Instant::now();
    fixture.add_phone(account, "100");
    let added = began.elapsed();
    wait_until("an account", || fixture.has(account));
    let known = began.elapsed();
    phone.register(&fixture.dialer);
    let took = began.elapsed();
    say(&format!(
        "real Asterisk: {} was added in {added:?}, known after {known:?}, registered after {took:?}",
        account.name
    ));
    assert!(took < within, "{took:?}");
    let answered = fixture
        .server
        .send(&get(&format!("/api/v1/dialers/{}/conf", fixture.dialer.ip()), &["Authorization: Basic NjY2NjoxMjM0"]));
    assert!(answered.body.contains("\"left_out\":[]"), "{}", answered.body);
    let is_reported =
        || fixture.reported("count(*) || max(error)") == "5" && !fixture.reported("max(loaded)").is_empty();
    wait_until("a report", is_reported);

    fixture.remove_phone(account);
    wait_until("no account", || !fixture.has(account));
    phone.try_to_register(&fixture.dialer);
    let refused = |line: &str| line.contains(account.name) && line.contains("failed");
    wait_until("a refused registration", || fixture.dialer.log().lines().any(refused));
    assert!(!fixture.has(account));
}

#[test]
fn an_added_phone_registers_soon_and_a_removed_one_cannot() {
    check_added_and_removed(CC100, SOON);
}

#[test]
fn a_pjsip_phone_that_another_program_adds_registers_and_a_removed_one_cannot() {
    check_added_and_removed(PJ100, SOON_BY_POLLING);
}

#[test]
fn an_alias_and_a_number_ring_the_phone_and_connect_it_to_a_conference() {
    let Some(lab) = Lab::open() else { return };
    let fixture = Fixture::open(lab);
    fixture.add_phone(CC100, "100");
    fixture.call("function=add_phone_alias&alias_id=cc100x&alias_name=Desk&phone_logins=cc100a");
    wait_until("an alias that can be dialled", || {
        fixture.dialer.cli("dialplan show cc100x@default").contains("Dial(SIP/cc100,60,)")
    });
    let phone = lab.softphone(CC100, &[&fixture.dialer]);
    let conferences = fixture.server.database();
    let conference: String =
        conferences.query_row("SELECT conf_exten FROM vicidial_confbridges LIMIT 1", [], |row| row.get(0)).unwrap();
    for number in ["cc100x", "100"] {
        fixture.dialer.cli(&format!("channel originate Local/{number}@default extension 2{conference}@default"));
        wait_until("a participant in the conference", || fixture.dialer.in_conference(&conference));
        assert_eq!(fixture.dialer.calls(), 1, "{number}");
        phone.hang_up(&fixture.dialer);
        wait_until("an empty conference", || !fixture.dialer.in_conference(&conference) && fixture.dialer.calls() == 0);
    }
}

#[test]
fn the_files_stay_during_an_outage_of_the_server_and_changes_follow_after_it() {
    let Some(lab) = Lab::open() else { return };
    let mut fixture = Fixture::open(lab);
    fixture.add_phone(CC100, "100");
    wait_until("an account", || fixture.has(CC100));
    let address = fixture.server.address().to_string();
    fixture.server.terminate();
    wait_until("no server", || std::net::TcpStream::connect(&address).is_err());
    assert!(fixture.has(CC100) && !fixture.sidecar.has_ended());
    let _again = server::Server::start(&mut hotdesk(fixture.folder.path(), ["serve", "--listen", &address])).unwrap();
    fixture.add_phone(PJ100, "200");
    wait_until("another account", || fixture.has(PJ100));
    assert!(fixture.has(CC100));
    fixture.sidecar.signal("TERM");
    fixture.sidecar.wait();
}

#[test]
fn a_phone_registers_with_files_that_hotdesk_conf_has_written() {
    let Some(lab) = Lab::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: [&str; 4]| {
        let output = hotdesk(folder.path(), arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let dialer = lab.dialer_with(&[], |ip, etc| {
        let fleet = format!(
            "[[dialer]]\nserver_ip = \"{ip}\"\nserver_id = \"real\"\n[[phone]]\nserver_ip = \"{ip}\"\nextension = \"cc100\"\n\
             phone_login = \"cc100a\"\nregistration_password = \"{}\"\n",
            CC100.secret
        );
        std::fs::write(folder.path().join("fleet.toml"), fleet).unwrap();
        let output = hotdesk(folder.path(), ["apply", "fleet.toml"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        run(["conf", "real", "--out", etc.to_str().unwrap()]);
    });
    let phone = lab.softphone(CC100, &[&dialer]);
    assert!(dialer.is_registered(CC100) && IpAddr::V4(dialer.ip()).is_loopback());
    phone.stop();
}

#[test]
fn a_softphone_registers_with_the_accounts_file_of_a_setup_link() {
    let Some(lab) = Lab::open() else { return };
    let fixture = Fixture::open(lab);
    fixture.add_phone(CC100, "100");
    fixture.call("function=add_phone_alias&alias_id=cc100x&alias_name=Desk&phone_logins=cc100a");
    wait_until("an account", || fixture.has(CC100));
    let admin = "Authorization: Basic NjY2NjoxMjM0";
    let made = fixture.server.send(&request("POST", "/api/v1/aliases/cc100x/softphone-links", &[admin], b""));
    assert_eq!(made.status, 201, "{}", made.body);
    let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    let link = made["url"].as_str().unwrap().split_once("/setup/").unwrap().1;
    let page = fixture.server.send(&request("POST", &format!("/setup/{link}"), &[], b"")).body;
    let offered =
        page.split("href=\"data:text/plain;charset=utf-8,").find(|rest| rest.contains("download=\"accounts\""));
    let data = offered.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{page}"));
    let _phone = Softphone::with_file(CC100, &decode(data));
    wait_until("a registered line", || fixture.dialer.is_registered(CC100));
}

/// Decodes the ASCII text of a data URL.
fn decode(data: &str) -> String {
    let mut pieces = data.split('%');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| {
        let (code, rest) = piece.split_at(2);
        text + &char::from(u8::from_str_radix(code, 16).unwrap()).to_string() + rest
    })
}
