//! Webhooks: events are delivered to receivers signed, in order and at least once, whatever fails.

mod receiver;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::endpoints::staffed::{ADMIN, JSON, Staffed, json};
use crate::fleet_rows;
use crate::mariadb;
use crate::program::hotdesk;
use crate::support::{Reply, Server, get, request};
use receiver::{Message, Receiver, ReceiverMode};

/// Flags that allow receivers on this machine.
const ALLOW_LOOPBACK: [&str; 2] = ["--webhook-networks", "127.0.0.0/8"];

/// A server without dialers, with an administrator 6666 and two phones.
struct Fixture {
    server: Server,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        assert!(hotdesk(folder.path(), ["migrate"]).output().unwrap().status.success());
        fleet_rows::fill(&folder.path().join("hotdesk.db"), 0).unwrap();
        Self { server: Server::start(folder.path(), flags), folder }
    }

    /// Kills the server, and starts it again.
    fn kill_and_start(self, flags: &[&str]) -> Self {
        let Self { server, folder } = self;
        drop(server);
        Self { server: Server::start(folder.path(), flags), folder }
    }

    fn subscribe(&self, url: &str, topics: &str) -> Value {
        let reply = ask(&self.server, "POST", "/api/v1/webhooks", &format!(r#"{{"url":"{url}","topics":{topics}}}"#));
        assert_eq!(reply.status, 201, "{}", reply.body);
        json(&reply)
    }

    fn webhook(&self, webhook: &Value) -> Value {
        json(&ask(&self.server, "GET", &address(webhook), ""))
    }

    /// Waits until the API shows the webhook in this state.
    fn until(&self, webhook: &Value, matches: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + crate::support::PATIENCE;
        loop {
            let shown = self.webhook(webhook);
            if matches(&shown) {
                return shown;
            }
            assert!(Instant::now() < end, "{shown}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn call(&self, query: &str) {
        let reply = self.server.call(&format!("source=test&user=6666&pass=1234&{query}"));
        assert!(reply.body.starts_with("SUCCESS"), "{query}: {}", reply.body);
    }

    fn add_alias(&self, alias_id: &str) {
        self.call(&format!("function=add_phone_alias&alias_id={alias_id}&alias_name=A&phone_logins=cc100a,cc100b"));
    }
}

fn ask(server: &Server, method: &str, target: &str, body: &str) -> Reply {
    server.send(&request(method, target, &[ADMIN, JSON], body.as_bytes()))
}

fn address(webhook: &Value) -> String {
    format!("/api/v1/webhooks/{}", webhook["webhook_id"])
}

fn kinds(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::kind).collect()
}

#[test]
fn changes_are_delivered_in_order_signed_and_without_secrets() {
    let (fixture, receiver) = (Fixture::new(&ALLOW_LOOPBACK), Receiver::new(ReceiverMode::Answers(204)));
    fixture.server.database().execute("INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN')", []).unwrap();
    fixture.add_alias("before");
    let webhook = fixture.subscribe(&receiver.url(), r#"["phone","alias","user"]"#);
    let phone =
        "extension=cc300&server_ip=192.0.2.1&dialplan_number=300&voicemail_id=300&phone_login=cc300a&phone_pass=hush1";
    fixture.call(&format!(
        "function=add_phone&{phone}&protocol=SIP&registration_password=hush2&phone_full_name=P&local_gmt=-5.00&outbound_cid=1"
    ));
    fixture.call("function=update_phone&extension=cc300&server_ip=192.0.2.1&phone_full_name=Other");
    fixture.add_alias("team");
    fixture.call("function=update_phone_alias&alias_id=team&delete_alias=Y");
    fixture.call(
        "function=add_user&agent_user=1001&agent_pass=hush3&agent_user_level=1&agent_full_name=N&agent_user_group=ADMIN",
    );
    let messages = receiver.until(|messages| messages.len() == 5);
    let wanted = ["phone.added", "phone.changed", "alias.added", "alias.deleted", "user.added"];
    assert_eq!(kinds(&messages), wanted);
    let secret = webhook["secret"].as_str().unwrap();
    for message in &messages {
        assert!(message.is_signed_with(secret), "{message:?}");
        assert!(!message.is_signed_with("whsec_AAAA") && !message.body.contains("hush"), "{message:?}");
        assert_eq!(message.json()["data"]["by"], "6666");
    }
    let changed = &messages[1].json()["data"];
    assert_eq!((&changed["extension"], &changed["server_ip"]), (&"cc300".into(), &"192.0.2.1".into()));
    assert_eq!(changed["current"]["phone_full_name"], "Other");
    assert!(
        changed["current"].get("phone_pass").is_none() && changed["current"].get("registration_password").is_none()
    );
    let added = &messages[2].json()["data"];
    assert_eq!((&added["alias_id"], &added["notes"]), (&"team".into(), &"phones: cc100a,cc100b".into()));
    assert_eq!(messages[3].json()["data"]["current"], Value::Null, "the row is deleted");
    let user = &messages[4].json()["data"];
    assert_eq!((&user["user"], &user["current"]["full_name"]), (&"1001".into(), &"N".into()));
    assert!(user["current"].get("pass").is_none() && user["current"].get("pass_hash").is_none());
}

/// Runs the function that `docs/api.md` shows on a received message: the original, a changed one, an old one, and one
/// with another secret.
#[test]
fn the_documented_function_verifies_only_the_original_message() {
    let (fixture, receiver) = (Fixture::new(&ALLOW_LOOPBACK), Receiver::new(ReceiverMode::Answers(200)));
    let webhook = fixture.subscribe(&receiver.url(), r#"["alias"]"#);
    fixture.add_alias("shown");
    let messages = receiver.until(|messages| messages.len() == 1).remove(0);
    let page = include_str!("../../../../docs/api.md");
    let (_, code) = page.split_once("```python\nimport base64").unwrap();
    let code = format!("import base64{}", code.split("```").next().unwrap());
    let asks = "
import json, sys
said = json.load(sys.stdin)
headers, body, secret = said['headers'], said['body'].encode(), said['secret']
at = int(headers['webhook-timestamp'])
print(is_from_hotdesk(secret, headers, body), is_from_hotdesk(secret, headers, body + b' '),
      is_from_hotdesk(secret, headers, body, at + 301), is_from_hotdesk('whsec_AAAA', headers, body))";
    let headers = serde_json::json!({
        "webhook-id": messages.id, "webhook-timestamp": messages.timestamp, "webhook-signature": messages.signature,
    });
    let said =
        serde_json::json!({ "headers": headers, "body": messages.body, "secret": webhook["secret"] }).to_string();
    let mut python = Command::new("python3");
    let python = python.args(["-c", &format!("{code}{asks}")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut python) = python.spawn() else {
        eprintln!("Python is not installed: the documented example is skipped");
        return;
    };
    python.stdin.take().unwrap().write_all(said.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "True False False False");
}

#[test]
fn a_secret_is_shown_once_and_never_again() {
    let fixture = Fixture::new(&ALLOW_LOOPBACK);
    let webhook = fixture.subscribe("https://receiver.example/hook?key=abc", r#"["alias"]"#);
    let secret = webhook["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    for target in ["/api/v1/webhooks".to_owned(), address(&webhook), address(&webhook) + "/deliveries"] {
        assert!(!ask(&fixture.server, "GET", &target, "").body.contains("whsec_"), "{target}");
    }
    let log = fixture.server.log();
    assert!(!log.contains(secret) && !log.contains("whsec_"), "{log}");
    let notes: String = fixture
        .server
        .database()
        .query_row("SELECT event_notes FROM vicidial_admin_log WHERE event_section = 'WEBHOOKS'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(notes, "https://receiver.example topics: alias");
}

#[test]
fn a_failed_event_delays_later_ones_of_the_same_receiver_only() {
    let fixture = Fixture::new(&ALLOW_LOOPBACK);
    let (hanging, failing, well) = (
        Receiver::new(ReceiverMode::Hangs),
        Receiver::new(ReceiverMode::Answers(503)),
        Receiver::new(ReceiverMode::Answers(200)),
    );
    fixture.subscribe(&hanging.url(), r#"["alias"]"#);
    let webhook = fixture.subscribe(&failing.url(), r#"["alias"]"#);
    fixture.subscribe(&well.url(), r#"["alias"]"#);
    for alias_id in ["a1", "a2", "a3"] {
        fixture.add_alias(alias_id);
    }
    let messages = well.until(|messages| messages.len() == 3);
    assert_eq!(
        messages.iter().map(|message| message.json()["data"]["alias_id"].clone()).collect::<Vec<_>>(),
        ["a1", "a2", "a3"]
    );
    let refused = failing.until(|messages| messages.len() >= 2);
    assert!(refused.iter().all(|message| message.id == refused[0].id), "{refused:#?}");
    let shown = fixture.until(&webhook, |shown| shown["failures"].as_u64() >= Some(2));
    assert_eq!((&shown["state"], &shown["waiting"]), (&"active".into(), &3.into()));
    assert!(shown["failing_since"].is_string() && shown["next_attempt_at"].is_string());
    failing.set(ReceiverMode::Answers(200));
    failing.until(|messages| messages.iter().filter(|message| message.is_taken).count() == 3);
    let ids: Vec<String> = failing.accepted().into_iter().map(|message| message.id).collect();
    assert_eq!(ids, messages.iter().map(|message| message.id.clone()).collect::<Vec<_>>());
    assert_eq!(hanging.all().len(), 1, "{:#?}", hanging.all());
    let shown = fixture.until(&webhook, |shown| shown["waiting"] == 0);
    assert_eq!((&shown["failures"], shown.get("failing_since")), (&0.into(), None));
}

/// The message ids in the order of their first arrival.
fn first_arrivals(messages: &[Message]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let is_new = |message: &&Message| seen.insert(message.id.clone());
    let firsts: Vec<&Message> = messages.iter().filter(is_new).collect();
    firsts.iter().map(|message| message.json()["data"]["alias_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_change_arrives_in_order_despite_kills_and_failures() {
    let mut fixture = Fixture::new(&ALLOW_LOOPBACK);
    let receiver = Receiver::new(ReceiverMode::Answers(200));
    let webhook = fixture.subscribe(&receiver.url(), r#"["alias"]"#);
    let mut added = Vec::new();
    for round in 0..3 {
        for number in 0..60 {
            let alias_id = format!("r{round}n{number:03}");
            fixture.add_alias(&alias_id);
            added.push(alias_id);
        }
        // Killed during the delivery; the receiver fails the first attempt of the next run.
        receiver.until(|messages| messages.len() > 60 * round + 10);
        receiver.set(if round == 1 { ReceiverMode::Away } else { ReceiverMode::FailsMostly(7) });
        fixture = fixture.kill_and_start(&ALLOW_LOOPBACK);
        receiver.set(ReceiverMode::Answers(200));
    }
    let messages = receiver.until(|messages| {
        let taken: BTreeSet<&str> =
            messages.iter().filter(|message| message.is_taken).map(|message| message.id.as_str()).collect();
        taken.len() == added.len()
    });
    assert_eq!(first_arrivals(&messages), added);
    let taken: Vec<Message> = messages.into_iter().filter(|message| message.is_taken).collect();
    assert_eq!(first_arrivals(&taken), added);
    // Each kill may repeat one message.
    assert!(taken.len() <= added.len() + 3, "{} of {}", taken.len(), added.len());
    fixture.until(&webhook, |shown| shown["waiting"] == 0);
}

#[test]
fn messages_go_to_local_addresses_only_if_allowed_and_follow_no_redirects() {
    let (fixture, receiver) = (Fixture::new(&[]), Receiver::new(ReceiverMode::Answers(200)));
    for inside in ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://127.1:81/"] {
        let body = format!(r#"{{"url":"{inside}"}}"#);
        let reply = ask(&fixture.server, "POST", "/api/v1/webhooks", &body);
        assert_eq!((reply.status, &json(&reply)["field"]), (422, &"url".into()), "{inside}");
    }
    let by_name = fixture.subscribe(&format!("http://localhost:{}/", receiver.port()), r#"["alias"]"#);
    let tested = json(&ask(&fixture.server, "POST", &(address(&by_name) + "/test"), ""));
    assert_eq!((&tested["delivered"], &tested["failure"]), (&false.into(), &"address_not_allowed".into()));
    assert_eq!(receiver.all().len(), 0);

    let fixture = Fixture::new(&ALLOW_LOOPBACK);
    let elsewhere = Receiver::new(ReceiverMode::Answers(200));
    receiver.set(ReceiverMode::Redirects(elsewhere.url()));
    let webhook = fixture.subscribe(&receiver.url(), r#"["alias"]"#);
    let tested = json(&ask(&fixture.server, "POST", &(address(&webhook) + "/test"), ""));
    assert_eq!((&tested["delivered"], &tested["status"]), (&false.into(), &302.into()));
    assert_eq!(elsewhere.all().len(), 0);
}

#[test]
fn a_receiver_with_tls_gets_messages_only_if_its_certificate_is_trusted() {
    let (receiver, certificate) = Receiver::with_tls(ReceiverMode::Answers(200));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receiver.pem");
    std::fs::write(&file, certificate).unwrap();
    let tested = |fixture: &Fixture| {
        let webhook = fixture.subscribe(&receiver.url(), r#"["alias"]"#);
        json(&ask(&fixture.server, "POST", &(address(&webhook) + "/test"), ""))
    };
    let refused = tested(&Fixture::new(&ALLOW_LOOPBACK));
    assert_eq!((&refused["delivered"], &refused["failure"]), (&false.into(), &"untrusted".into()));
    assert_eq!(receiver.all().len(), 0);
    let believed =
        tested(&Fixture::new(&[ALLOW_LOOPBACK[0], ALLOW_LOOPBACK[1], "--webhook-ca", file.to_str().unwrap()]));
    assert_eq!(believed["delivered"], true, "{believed}");
    assert_eq!(kinds(&receiver.all()), ["test"]);
}

#[test]
fn of_two_servers_on_one_database_one_delivers_and_the_other_takes_over() {
    let Some(mariadb) = mariadb::server() else { return };
    let database = mariadb.database();
    let (_, name) = database.rsplit_once('/').unwrap();
    let flags = [ALLOW_LOOPBACK[0], ALLOW_LOOPBACK[1], "--database", &database];
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    assert!(hotdesk(folders[0].path(), ["migrate"]).args(&flags[2..]).output().unwrap().status.success());
    fleet_rows::fill_mariadb(&mut mariadb.connect(name), 0).unwrap();
    let [first, second] = folders.map(|folder| Fixture { server: Server::start(folder.path(), &flags), folder });
    let receiver = Receiver::new(ReceiverMode::Slow(Duration::from_millis(5)));
    first.subscribe(&receiver.url(), r#"["alias"]"#);
    let mut added = Vec::new();
    let mut add = |houses: &[&Fixture]| {
        for _ in 0..20 {
            let alias_id = format!("n{:03}", added.len());
            houses[added.len() % houses.len()].add_alias(&alias_id);
            added.push(alias_id);
        }
    };
    add(&[&first, &second]);
    receiver.until(|messages| messages.len() > 10);
    drop(first);
    add(&[&second]);
    let messages = receiver.until(|messages| messages.len() >= 40 && first_arrivals(messages).len() == 40);
    assert_eq!(first_arrivals(&messages), added);
    assert!(messages.len() <= 41, "{}", messages.len());
}

#[test]
fn during_a_change_of_secrets_every_message_verifies() {
    let (fixture, receiver) = (Fixture::new(&ALLOW_LOOPBACK), Receiver::new(ReceiverMode::Answers(200)));
    let webhook = fixture.subscribe(&receiver.url(), r#"["alias"]"#);
    let rotated = json(&ask(&fixture.server, "POST", &(address(&webhook) + "/secret"), ""));
    assert!(rotated["old_secret_until"].is_string());
    fixture.add_alias("both");
    let messages = receiver.until(|messages| messages.len() == 1);
    let [old, new] = [&webhook, &rotated].map(|shown| shown["secret"].as_str().unwrap().to_owned());
    assert_ne!(old, new);
    assert!(messages[0].is_signed_with(&old) && messages[0].is_signed_with(&new), "{messages:?}");
    fixture.server.database().execute("UPDATE hotdesk_webhook SET old_until = 1", []).unwrap();
    fixture.add_alias("new");
    let messages = receiver.until(|messages| messages.len() == 2);
    assert!(!messages[1].is_signed_with(&old) && messages[1].is_signed_with(&new), "{messages:?}");
}

#[test]
fn a_gone_receiver_gets_nothing_until_it_is_resumed_and_events_can_be_skipped() {
    let (fixture, receiver) = (Fixture::new(&ALLOW_LOOPBACK), Receiver::new(ReceiverMode::Answers(410)));
    let webhook = fixture.subscribe(&receiver.url(), r#"["alias"]"#);
    fixture.add_alias("a1");
    let shown = fixture.until(&webhook, |shown| shown["state"] == "gone");
    assert_eq!((&shown["active"], &shown["waiting"]), (&false.into(), &1.into()));
    for alias_id in ["a2", "a3"] {
        fixture.add_alias(alias_id);
    }
    assert_eq!(json(&ask(&fixture.server, "POST", &(address(&webhook) + "/skip"), ""))["waiting"], 2);
    receiver.set(ReceiverMode::Answers(200));
    let resumed = ask(&fixture.server, "PATCH", &address(&webhook), r#"{"active":true}"#);
    assert_eq!(json(&resumed)["state"], "active");
    receiver.until(|messages| messages.iter().filter(|message| message.is_taken).count() == 2);
    let paused = ask(&fixture.server, "PATCH", &address(&webhook), r#"{"active":false}"#);
    assert_eq!(json(&paused)["state"], "paused");
    fixture.add_alias("a4");
    fixture.until(&webhook, |shown| shown["waiting"] == 1);
    assert_eq!(json(&ask(&fixture.server, "POST", &(address(&webhook) + "/skip"), r#"{"all":true}"#))["waiting"], 0);
    ask(&fixture.server, "PATCH", &address(&webhook), r#"{"active":true}"#);
    fixture.add_alias("a5");
    receiver.until(|messages| messages.iter().filter(|message| message.is_taken).count() == 3);
    let messages: Vec<Value> =
        receiver.accepted().iter().map(|taken| taken.json()["data"]["alias_id"].clone()).collect();
    assert_eq!(messages, ["a2", "a3", "a5"]);
    let attempts = json(&ask(&fixture.server, "GET", &(address(&webhook) + "/deliveries"), ""));
    let statuses: Vec<u64> =
        attempts["deliveries"].as_array().unwrap().iter().map(|attempt| attempt["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 200, 410]);
}

#[test]
fn session_and_dialer_events_are_delivered() {
    let receiver = Receiver::new(ReceiverMode::Slow(Duration::from_millis(20)));
    let mut staffed = Staffed::new(0, &ALLOW_LOOPBACK);
    let body = format!(r#"{{"url":"{}","topics":["session","dialer"]}}"#, receiver.url());
    assert_eq!(staffed.ask("POST", "/api/v1/webhooks", &[ADMIN], &body).status, 201);
    let session = staffed.log_in("1001", "team");
    let messages = receiver.until(|messages| messages.iter().any(|message| message.kind() == "session.live"));
    assert_eq!(kinds(&messages), ["session.ringing", "session.live"]);
    let live = &messages[1].json()["data"]["session"];
    assert_eq!((&live["session_id"], &live["user"]), (&session.session_id.into(), &"1001".into()));
    assert_eq!(staffed.ask("DELETE", &session.target(), &[&session.bearer()], "").status, 204);
    receiver.until(|messages| messages.len() == 3 && messages[2].kind() == "session.ended");
    staffed.lose_dialers();
    let messages =
        receiver.until(|messages| messages.iter().filter(|message| message.kind() == "dialer.down").count() == 2);
    let lost: BTreeSet<String> =
        messages[3..].iter().map(|message| message.json()["data"]["server_ip"].as_str().unwrap().to_owned()).collect();
    assert_eq!(lost, ["10.0.9.8", "10.0.9.9"].map(str::to_owned).into());
}

#[test]
fn mistakes_in_a_webhook_name_their_field() {
    let fixture = Fixture::new(&ALLOW_LOOPBACK);
    for (body, field) in [
        (r#"{"url":"ftp://a.example/"}"#, "url"),
        (r#"{"url":"https://u:p@a.example/"}"#, "url"),
        (r#"{"topics":["alias"]}"#, "url"),
        (r#"{"url":"https://a.example/","topics":["everything"]}"#, "topics"),
        (r#"{"url":"https://a.example/","topics":[]}"#, "topics"),
        (r#"{"url":"https://a.example/","topics":"alias"}"#, "topics"),
        (r#"{"url":"https://a.example/","secret":"mine"}"#, "secret"),
    ] {
        let reply = ask(&fixture.server, "POST", "/api/v1/webhooks", body);
        assert_eq!((reply.status, &json(&reply)["field"]), (422, &field.into()), "{body}: {}", reply.body);
    }
    assert_eq!(json(&ask(&fixture.server, "GET", "/api/v1/webhooks", ""))["webhooks"], Value::Array(Vec::new()));
}

#[test]
fn of_two_concurrent_changes_of_a_webhook_the_second_is_refused() {
    let fixture = Fixture::new(&ALLOW_LOOPBACK);
    let webhook = fixture.subscribe("https://receiver.example/", r#"["alias"]"#);
    let shown = fixture.server.send(&get(&address(&webhook), &[ADMIN]));
    let tag = shown.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let change = |body: &str| {
        let headers = [ADMIN, JSON, &format!("If-Match: {tag}")];
        fixture.server.send(&request("PATCH", &address(&webhook), &headers, body.as_bytes()))
    };
    assert_eq!(change(r#"{"topics":["phone"]}"#).status, 200);
    let second = change(r#"{"topics":["user"]}"#);
    assert_eq!((second.status, &json(&second)["current"]["topics"]), (412, &Value::from(["phone"].to_vec())));
    let gone = ask(&fixture.server, "DELETE", &address(&webhook), "");
    assert_eq!((gone.status, ask(&fixture.server, "GET", &address(&webhook), "").status), (204, 404));
}
