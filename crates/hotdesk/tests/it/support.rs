//! Shared parts of the tests: a server in its own folder, and an HTTP client that sends exactly the given bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::program::hotdesk;
use crate::server;

/// Time limit of a single response.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running server with its folder. Dropping it kills it.
pub struct Server {
    process: server::Server,
    folder: PathBuf,
}

impl Server {
    /// Starts a server on the database `hotdesk.db` in this folder; its log goes to `server.log`.
    pub fn start(folder: &Path, flags: &[&str]) -> Self {
        let log = std::fs::File::create(folder.join("server.log")).unwrap();
        let mut program = hotdesk(folder, ["serve", "--listen", "127.0.0.1:0"]);
        let process = server::Server::start(program.args(flags).stderr(log)).unwrap();
        Self { process, folder: folder.to_owned() }
    }

    /// Sends SIGTERM without waiting for the end.
    pub fn terminate(&self) {
        self.process.terminate().unwrap();
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("server.log")).unwrap()
    }

    /// Opens a separate connection to the database.
    pub fn database(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.folder.join("hotdesk.db")).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection
    }

    /// Sends one request on its own connection.
    pub fn send(&self, request: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        Reply::read(&mut stream)
    }

    /// Address that it listens on.
    pub fn address(&self) -> std::net::SocketAddr {
        self.process.address()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.process.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Calls the Non-Agent API with this query.
    pub fn call(&self, query: &str) -> Reply {
        self.send(&get(&format!("/vicidial/non_agent_api.php?{query}"), &[]))
    }

    /// Stops the server, and returns its exit code.
    pub fn stop(self) -> Option<i32> {
        self.terminate();
        self.process.wait().unwrap().1.code()
    }
}

/// A GET request with `Connection: close`.
pub fn get(target: &str, headers: &[&str]) -> Vec<u8> {
    request("GET", target, headers, &[])
}

/// A request with `Connection: close`.
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
    /// Sends a request and reads the head of its reply, byte by byte: the body may have no end.
    pub fn head_of(stream: &mut TcpStream, request: &[u8]) -> Self {
        stream.write_all(request).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(request));
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: String::new() }
    }

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
