//! Browser-like client of the panel.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Outcome;

/// A client that is logged in to the panel.
pub struct Client {
    address: SocketAddr,
    cookie: String,
}

/// Sends a request with these additional header lines.
fn send(address: SocketAddr, request_line: &str, more: &str, body: &str) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{request_line} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    Ok(stream)
}

/// Reads a whole response. Returns its head and its body.
fn read_response(mut stream: TcpStream) -> Outcome<(String, Vec<u8>)> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").ok_or("incomplete response")?;
    Ok((String::from_utf8_lossy(&answer[..end]).into_owned(), answer.split_off(end + 4)))
}

/// Posts a form or JSON. Returns the response's head and body.
pub fn post(address: SocketAddr, target: &str, kind: &str, body: &str) -> Outcome<(String, Vec<u8>)> {
    read_response(send(address, &format!("POST {target}"), &format!("Content-Type: {kind}\r\n"), body)?)
}

impl Client {
    /// Logs in to the panel.
    pub fn log_in(address: SocketAddr) -> Outcome<Self> {
        let (head, _) = post(address, "/admin/login", "application/x-www-form-urlencoded", "user=6666&pass=1234")?;
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).ok_or("no session cookie")?;
        Ok(Self { address, cookie: format!("Cookie: {}\r\n", set.split(';').next().unwrap_or_default()) })
    }

    /// Fetches a page and returns its body.
    pub fn get(&self, target: &str) -> Outcome<Vec<u8>> {
        let stream = send(self.address, &format!("GET {target}"), &self.cookie, "")?;
        let (head, body) = read_response(stream)?;
        if head.starts_with("HTTP/1.1 200") { Ok(body) } else { Err(format!("{target}: {head}").into()) }
    }

    /// Opens the floor's event stream.
    pub fn watch(&self) -> Outcome<Watcher> {
        let stream = send(self.address, "GET /admin/events", &self.cookie, "")?;
        let events = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&events);
        let reading = stream.try_clone()?;
        std::thread::spawn(move || {
            for line in BufReader::new(reading).lines().map_while(Result::ok) {
                if line.starts_with("event: session") {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Ok(Watcher { stream, events })
    }
}

/// An open event stream of the floor.
pub struct Watcher {
    stream: TcpStream,
    events: Arc<AtomicUsize>,
}

impl Watcher {
    /// Closes the stream, and returns the number of session events so far.
    pub fn events(self) -> usize {
        drop(self.stream.shutdown(std::net::Shutdown::Both));
        self.events.load(Ordering::Relaxed)
    }
}
