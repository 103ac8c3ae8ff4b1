//! What the tests of the binary share: a server in a folder of its own, and a client that sends exactly the bytes it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long any single answer may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The binary under test.
pub fn hotdesk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotdesk"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HOTDESK_") {
            command.env_remove(name);
        }
    }
    command
}

/// A running server. It is killed when it goes out of scope.
pub struct Server {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Starts a server on the database `hotdesk.db` in this folder.
    pub fn start(folder: &Path, flags: &[&str]) -> Self {
        let log = std::fs::File::create(folder.join("server.log")).unwrap();
        let mut child = hotdesk()
            .current_dir(folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("ready: http://") else {
            let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            panic!("the server did not become ready: {line:?} {log}");
        };
        Self { child, address: address.parse().unwrap(), folder: folder.to_owned() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("server.log")).unwrap()
    }

    /// A connection of its own to the database.
    pub fn database(&self) -> rusqlite::Connection {
        open_database(&self.folder)
    }

    /// Sends one request on a connection of its own.
    pub fn send(&self, request: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        Reply::read(&mut stream)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Calls the API with this query.
    pub fn call(&self, query: &str) -> Reply {
        self.send(&get(&format!("/vicidial/non_agent_api.php?{query}"), &[]))
    }

    /// Tells the server to stop, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn open_database(folder: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.join("hotdesk.db")).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection
}

/// A GET request that ends its connection.
pub fn get(target: &str, headers: &[&str]) -> Vec<u8> {
    request("GET", target, headers, &[])
}

/// A request that ends its connection.
pub fn request(method: &str, target: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for header in headers {
        request += header;
        request += "\r\n";
    }
    if !body.is_empty() {
        request = format!("{request}Content-Length: {}\r\n", body.len());
    }
    request += "\r\n";
    [request.as_bytes(), body].concat()
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    /// Reads until the server closes the connection.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }
}
