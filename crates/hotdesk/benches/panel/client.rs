//! A browser, as far as the server notices.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Outcome;

/// Somebody who is in the panel.
pub struct Client {
    address: SocketAddr,
    cookie: String,
}

/// Sends a request with these further lines in its head.
fn ask(address: SocketAddr, asked: &str, more: &str, body: &str) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{asked} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    Ok(stream)
}

/// A whole answer: its head and its body.
fn whole(mut stream: TcpStream) -> Outcome<(String, Vec<u8>)> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").ok_or("no whole answer")?;
    Ok((String::from_utf8_lossy(&answer[..end]).into_owned(), answer.split_off(end + 4)))
}

/// Posts a form or JSON, and returns the answer's head and body.
pub fn post(address: SocketAddr, target: &str, kind: &str, body: &str) -> Outcome<(String, Vec<u8>)> {
    whole(ask(address, &format!("POST {target}"), &format!("Content-Type: {kind}\r\n"), body)?)
}

impl Client {
    /// Comes into the panel.
    pub fn enter(address: SocketAddr) -> Outcome<Self> {
        let (head, _) = post(address, "/admin/login", "application/x-www-form-urlencoded", "user=6666&pass=1234")?;
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).ok_or("no visit")?;
        Ok(Self { address, cookie: format!("Cookie: {}\r\n", set.split(';').next().unwrap_or_default()) })
    }

    /// A page's body.
    pub fn get(&self, target: &str) -> Outcome<Vec<u8>> {
        let stream = ask(self.address, &format!("GET {target}"), &self.cookie, "")?;
        let (head, body) = whole(stream)?;
        if head.starts_with("HTTP/1.1 200") { Ok(body) } else { Err(format!("{target}: {head}").into()) }
    }

    /// Watches the floor.
    pub fn watch(&self) -> Outcome<Watcher> {
        let stream = ask(self.address, "GET /admin/events", &self.cookie, "")?;
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

/// Somebody who watches the floor.
pub struct Watcher {
    stream: TcpStream,
    events: Arc<AtomicUsize>,
}

impl Watcher {
    /// How often something was told about a session, up to now, which is the end.
    pub fn events(self) -> usize {
        drop(self.stream.shutdown(std::net::Shutdown::Both));
        self.events.load(Ordering::Relaxed)
    }
}
