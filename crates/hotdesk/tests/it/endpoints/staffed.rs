//! Fixture: a server with two simulated dialers, phones on both, and accounts of each kind.

use std::io::{BufRead, BufReader, Lines};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::mariadb::{self, Mariadb};
use crate::program::hotdesk;
use crate::support::{Reply, Server, get, request};
use crate::vicidial_tables;

/// `6666:1234`: may change phones.
pub const ADMIN: &str = "Authorization: Basic NjY2NjoxMjM0";
/// `looker:lpass`: level 7, may use the API.
pub const LOOKER: &str = "Authorization: Basic bG9va2VyOmxwYXNz";
/// `noapi:npass`: level 8, may not use the API.
pub const NO_API: &str = "Authorization: Basic bm9hcGk6bnBhc3M=";
/// `1001:apass`: an agent.
pub const AGENT: &str = "Authorization: Basic MTAwMTphcGFzcw==";
/// `6666:wrong`.
pub const WRONG: &str = "Authorization: Basic NjY2Njp3cm9uZw==";

/// Flags that make loopback a trusted proxy.
pub const BEHIND_PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

pub const JSON: &str = "Content-Type: application/json";
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

const ROWS: &str = "
    INSERT INTO phones (extension, server_ip, login, pass) VALUES
        ('100', '10.0.9.8', '100a', 'phonepass'), ('100', '10.0.9.9', '100b', 'phonepass'),
        ('101', '10.0.9.8', '101a', 'phonepass'), ('101', '10.0.9.9', '101b', 'phonepass'),
        ('999', '10.0.9.8', 'ghost', 'phonepass');
    INSERT INTO phones_alias (alias_id, logins_list) VALUES ('team', '100a,100b'), ('north desk', '101a,101b');
    INSERT INTO vicidial_users (user, pass, user_level, user_group, vdc_agent_api_access, ast_admin_access) VALUES
        ('6666', '1234', 9, 'ADMIN', '1', '1'), ('looker', 'lpass', 7, 'ADMIN', '1', '0'),
        ('noapi', 'npass', 8, 'ADMIN', '0', '1'),
        ('1001', 'apass', 1, 'AGENTS', '0', '0'), ('1002', 'apass', 1, 'AGENTS', '0', '0');
    UPDATE system_settings SET vdc_agent_api_active = '1';";

/// The fixture. Dropping it ends the dialers.
pub struct Staffed {
    pub server: Server,
    folder: tempfile::TempDir,
    dialers: Child,
}

impl Drop for Staffed {
    fn drop(&mut self) {
        self.dialers.kill().ok();
        self.dialers.wait().ok();
    }
}

/// A successful login.
pub struct LoggedIn {
    pub session_id: i64,
    pub key: String,
    pub body: Value,
}

impl LoggedIn {
    pub fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.key)
    }

    pub fn target(&self) -> String {
        format!("/api/v1/sessions/{}", self.session_id)
    }
}

impl Staffed {
    /// Starts everything, and waits until both dialers are healthy. Phones answer after this many milliseconds.
    pub fn new(answer_after: u32, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hotdesk.db");
        let fill = |rows: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(rows).unwrap();
        Self::with(folder, fill, answer_after, flags)
    }

    /// The same on MariaDB; `None` if this machine has no MariaDB.
    pub fn on_mariadb() -> Option<Self> {
        mariadb::server().map(|server| Self::on(server, &server.database(), "", ""))
    }

    /// The same on VICIdial's own tables.
    pub fn on_vicidials_tables() -> Option<Self> {
        mariadb::server().map(Self::on_vicidials_tables_on)
    }

    /// The same on this server.
    pub fn on_vicidials_tables_on(server: &Mariadb) -> Self {
        Self::on_vicidials_tables_at(server, &server.database())
    }

    /// The same in this database of the server.
    pub fn on_vicidials_tables_at(server: &Mariadb, address: &str) -> Self {
        Self::on(server, address, &vicidial_tables::statements(), vicidial_tables::FILL_IN)
    }

    fn on(server: &Mariadb, address: &str, tables: &str, fill_in: &str) -> Self {
        let (_, name) = address.rsplit_once('/').unwrap();
        server.run(name, tables);
        let folder = tempfile::tempdir().unwrap();
        let flags = [&BEHIND_PROXY[..], &["--database", address]].concat();
        let fill = |rows: &str| [rows, fill_in].iter().for_each(|statements| server.run(name, statements));
        Self::with(folder, fill, 0, &flags)
    }

    fn with(folder: tempfile::TempDir, fill: impl Fn(&str), answer_after: u32, flags: &[&str]) -> Self {
        let after = answer_after.to_string();
        let arguments =
            ["simulate", "--dialers", "2", "--listen", "127.0.0.1:0", "--lines", "100,101", "--answer-after", &after];
        let mut simulate = hotdesk(folder.path(), arguments);
        let mut dialers = simulate.env("HOTDESK_AMI_SECRET", "kept").stdout(Stdio::piped()).spawn().unwrap();
        let printed = BufReader::new(dialers.stdout.take().unwrap());
        let ports: Vec<String> = printed.lines().take(2).map(|line| port(&line.unwrap())).collect();
        let database = flags.iter().skip_while(|flag| **flag != "--database").take(2);
        assert!(hotdesk(folder.path(), ["migrate"]).args(database).output().unwrap().status.success());
        for (number, port) in ports.iter().enumerate() {
            let (name, ip) = (["dialer-a", "dialer-b"][number], ["10.0.9.8", "10.0.9.9"][number]);
            fill(&format!(
                "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
                 VALUES ('{name}', '{ip}', '127.0.0.1', {port}, 'hotdesk', 'kept')"
            ));
        }
        fill(ROWS);
        let server = Server::start(folder.path(), flags);
        let staffed = Self { server, folder, dialers };
        let mut well = std::collections::BTreeSet::new();
        staffed.watch(&[]).until(|event| {
            let listed = event.data["dialers"].as_array().cloned().unwrap_or_else(|| vec![event.data.clone()]);
            let are_well = listed.iter().filter(|dialer| dialer["health"] == "healthy");
            well.extend(are_well.map(|dialer| dialer["server_ip"].to_string()));
            well.len() == 2
        });
        staffed
    }

    /// Restarts the server on the same database and dialers.
    pub fn restart(&mut self) {
        self.server.terminate();
        self.server = Server::start(self.folder.path(), &[]);
    }

    /// Kills both dialers.
    pub fn lose_dialers(&mut self) {
        self.dialers.kill().unwrap();
        self.dialers.wait().unwrap();
    }

    pub fn ask(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Reply {
        self.server.send(&request(method, target, &[headers, &[JSON]].concat(), body.as_bytes()))
    }

    /// Posts a login of this agent, with these additional fields.
    pub fn open(&self, user: &str, more: &str, headers: &[&str]) -> Reply {
        let body = format!(r#"{{"user":"{user}","pass":"apass"{more}}}"#);
        self.ask("POST", "/api/v1/sessions", headers, &body)
    }

    /// Logs an agent in, and waits until the phone is answered.
    pub fn log_in(&self, user: &str, phone_login: &str) -> LoggedIn {
        let more = format!(r#","phone_login":"{phone_login}","phone_pass":"phonepass""#);
        let reply = self.open(user, &more, &["Prefer: wait=30"]);
        assert_eq!(reply.status, 201, "{}", reply.body);
        assert!(reply.head.contains("preference-applied: wait=30"), "{}", reply.head);
        logged_in(&reply)
    }

    /// Opens the event stream.
    pub fn watch(&self, headers: &[&str]) -> Watch {
        self.watch_at("/api/v1/events", &[headers, &[ADMIN]].concat())
    }

    /// Opens the event stream at this address.
    pub fn watch_at(&self, target: &str, headers: &[&str]) -> Watch {
        let mut stream = self.server.connect();
        std::io::Write::write_all(&mut stream, &get(target, headers)).unwrap();
        let mut watch = Watch { lines: BufReader::new(stream).lines(), head: String::new() };
        while let Some(line) = watch.line().filter(|line| !line.is_empty()) {
            watch.head += &(line.to_ascii_lowercase() + "\n");
        }
        watch
    }
}

pub fn logged_in(reply: &Reply) -> LoggedIn {
    let body = json(reply);
    let key = body["key"].as_str().unwrap().to_owned();
    LoggedIn { session_id: body["session_id"].as_i64().unwrap(), key, body }
}

pub fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{} {}", reply.status, reply.body))
}

fn port(line: &str) -> String {
    let address = line.strip_prefix("simulated dialer: ").unwrap().strip_suffix(", user hotdesk").unwrap();
    address.rsplit_once(':').unwrap().1.to_owned()
}

/// An event stream. A chunk holds one or more complete events.
pub struct Watch {
    lines: Lines<BufReader<TcpStream>>,
    pub head: String,
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

impl Watch {
    fn line(&mut self) -> Option<String> {
        self.lines.next().map(Result::unwrap_or_default)
    }

    /// The next event; `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Event> {
        let (mut name, mut id) = (String::new(), String::new());
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("event", text)) => text.clone_into(&mut name),
                Some(("id", text)) => text.clone_into(&mut id),
                Some(("data", text)) => return Some(Event { name, id, data: serde_json::from_str(text).unwrap() }),
                _ => {}
            }
        }
    }

    /// Reads until an event matches.
    pub fn until(&mut self, mut is_it: impl FnMut(&Event) -> bool) -> Event {
        loop {
            let event = self.next().unwrap_or_else(|| panic!("the stream ended"));
            if is_it(&event) {
                return event;
            }
        }
    }
}
