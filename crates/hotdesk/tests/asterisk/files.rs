//! Phones, aliases and rooms that a real dialer has from Hotdesk: by the sidecar, and by hand.

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

/// In this time a phone that was added over the API can register.
const SOON: Duration = Duration::from_secs(2);

/// And one that another program added, which is asked about now and then.
const A_LITTLE_LATER: Duration = Duration::from_secs(5);

/// A server, and a dialer that has nothing but what its sidecar brings.
struct House {
    server: Server,
    dialer: Asterisk,
    sidecar: Process,
    folder: TempDir,
}

impl House {
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
        let house = Self { server, dialer, sidecar, folder };
        wait_until("a dialer that has read its rooms", || {
            house.dialer.cli("dialplan show default").contains("CONFBRIDGE(user,quiet)")
        });
        house
    }

    fn call(&self, query: &str) {
        let reply = self.server.call(&format!("source=test&user=6666&pass=1234&{query}"));
        assert!(reply.body.starts_with("SUCCESS"), "{}", reply.body);
    }

    fn add_phone(&self, account: SipAccount, number: &str) {
        let SipAccount { name, secret, technology } = account;
        let ip = self.dialer.ip();
        if technology == Technology::Pjsip {
            // The API of VICIdial's knows none of these, so another program adds it, and asks the dialer as VICIdial does.
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

    /// What the server has been told of the dialer's files.
    fn told(&self, question: &str) -> String {
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

fn a_phone_comes_and_goes(account: SipAccount, within: Duration) {
    let Some(lab) = Lab::open() else { return };
    let house = House::open(lab);
    let phone = lab.softphone(account, &[]);
    let began = Instant::now();
    house.add_phone(account, "100");
    let added = began.elapsed();
    wait_until("an account", || house.has(account));
    let known = began.elapsed();
    phone.register(&house.dialer);
    let took = began.elapsed();
    say(&format!(
        "real Asterisk: {} was added in {added:?}, known after {known:?}, registered after {took:?}",
        account.name
    ));
    assert!(took < within, "{took:?}");
    let answered = house
        .server
        .send(&get(&format!("/api/v1/dialers/{}/conf", house.dialer.ip()), &["Authorization: Basic NjY2NjoxMjM0"]));
    assert!(answered.body.contains("\"left_out\":[]"), "{}", answered.body);
    let is_told = || house.told("count(*) || max(error)") == "5" && !house.told("max(loaded)").is_empty();
    wait_until("a report", is_told);

    house.remove_phone(account);
    wait_until("no account", || !house.has(account));
    phone.try_to_register(&house.dialer);
    let refused = |line: &str| line.contains(account.name) && line.contains("failed");
    wait_until("a refused registration", || house.dialer.log().lines().any(refused));
    assert!(!house.has(account));
}

#[test]
fn a_phone_that_is_added_registers_soon_and_one_that_is_removed_cannot() {
    a_phone_comes_and_goes(CC100, SOON);
}

#[test]
fn so_does_a_pjsip_phone_that_another_program_adds() {
    a_phone_comes_and_goes(PJ100, A_LITTLE_LATER);
}

#[test]
fn an_alias_and_a_number_ring_the_phone_and_lead_into_a_room() {
    let Some(lab) = Lab::open() else { return };
    let house = House::open(lab);
    house.add_phone(CC100, "100");
    house.call("function=add_phone_alias&alias_id=cc100x&alias_name=Desk&phone_logins=cc100a");
    wait_until("an alias that can be dialled", || {
        house.dialer.cli("dialplan show cc100x@default").contains("Dial(SIP/cc100,60,)")
    });
    let phone = lab.softphone(CC100, &[&house.dialer]);
    let rooms = house.server.database();
    let room: String =
        rooms.query_row("SELECT conf_exten FROM vicidial_confbridges LIMIT 1", [], |row| row.get(0)).unwrap();
    for number in ["cc100x", "100"] {
        house.dialer.cli(&format!("channel originate Local/{number}@default extension 2{room}@default"));
        wait_until("somebody in the room", || house.dialer.in_room(&room));
        assert_eq!(house.dialer.calls(), 1, "{number}");
        phone.hang_up(&house.dialer);
        wait_until("nobody in the room", || !house.dialer.in_room(&room) && house.dialer.calls() == 0);
    }
}

#[test]
fn the_files_stay_while_the_server_is_away_and_a_change_is_read_when_it_is_back() {
    let Some(lab) = Lab::open() else { return };
    let mut house = House::open(lab);
    house.add_phone(CC100, "100");
    wait_until("an account", || house.has(CC100));
    let address = house.server.address().to_string();
    house.server.terminate();
    wait_until("no server", || std::net::TcpStream::connect(&address).is_err());
    assert!(house.has(CC100) && !house.sidecar.has_ended());
    let _again = server::Server::start(&mut hotdesk(house.folder.path(), ["serve", "--listen", &address])).unwrap();
    house.add_phone(PJ100, "200");
    wait_until("another account", || house.has(PJ100));
    assert!(house.has(CC100));
    house.sidecar.signal("TERM");
    house.sidecar.wait();
}

#[test]
fn a_real_dialer_takes_what_is_written_by_hand_and_a_phone_registers_with_it() {
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
fn a_softphone_registers_with_the_file_that_a_link_gives() {
    let Some(lab) = Lab::open() else { return };
    let house = House::open(lab);
    house.add_phone(CC100, "100");
    house.call("function=add_phone_alias&alias_id=cc100x&alias_name=Desk&phone_logins=cc100a");
    wait_until("an account", || house.has(CC100));
    let admin = "Authorization: Basic NjY2NjoxMjM0";
    let made = house.server.send(&request("POST", "/api/v1/aliases/cc100x/softphone-links", &[admin], b""));
    assert_eq!(made.status, 201, "{}", made.body);
    let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    let link = made["url"].as_str().unwrap().split_once("/setup/").unwrap().1;
    let page = house.server.send(&request("POST", &format!("/setup/{link}"), &[], b"")).body;
    let offered =
        page.split("href=\"data:text/plain;charset=utf-8,").find(|rest| rest.contains("download=\"accounts\""));
    let data = offered.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{page}"));
    let _phone = Softphone::with_file(CC100, &decoded(data));
    wait_until("a registered line", || house.dialer.is_registered(CC100));
}

/// What a data address of ASCII holds.
fn decoded(data: &str) -> String {
    let mut pieces = data.split('%');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| {
        let (code, rest) = piece.split_at(2);
        text + &char::from(u8::from_str_radix(code, 16).unwrap()).to_string() + rest
    })
}
