//! HTTP client that sends one request per connection.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Sends a GET request. Returns the status and the body as text.
pub fn get(address: SocketAddr, target: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let cut_off = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("incomplete reply: {reply:?}"));
    let (head, body) = reply.split_once("\r\n\r\n").ok_or_else(cut_off)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut_off)?;
    Ok((status, body.to_owned()))
}
