//! HTTP client for one node, with a time limit.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// The administrator 6666 / 1234.
const ACCOUNT: &str = "Authorization: Basic NjY2NjoxMjM0";

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Sends one request on its own connection. Fails if the response takes longer than this.
pub async fn ask(node: SocketAddr, method: &str, target: &str, body: &str, within: Duration) -> io::Result<Answer> {
    let exchange = async {
        let mut stream = TcpStream::connect(node).await?;
        stream.write_all(request(method, target, body).as_bytes()).await?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await?;
        let cut_off = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("incomplete reply: {reply:?}"));
        let (head, body) = reply.split_once("\r\n\r\n").ok_or_else(cut_off)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut_off)?;
        Ok(Answer { status, body: body.to_owned() })
    };
    timeout(within, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn request(method: &str, target: &str, body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    // A login needs no other account.
    let account = if target == "/api/v1/sessions" && method == "POST" { "Accept: */*" } else { ACCOUNT };
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: hotdesk\r\nConnection: close\r\n{account}\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// The body of an agent's login with the agent's alias.
pub fn login(agent: usize) -> String {
    format!(r#"{{"user":"a{agent}","pass":"apass","phone_login":"team{agent}","phone_pass":"secret"}}"#)
}

/// Reads a node's events until one contains these words. Returns the time.
pub async fn watch_until(node: SocketAddr, words: &str, within: Duration) -> io::Result<Instant> {
    let watch = async {
        let mut stream = TcpStream::connect(node).await?;
        let request = format!("GET /api/v1/events HTTP/1.1\r\nHost: hotdesk\r\n{ACCOUNT}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) = lines.next_line().await? {
            if line.contains(words) {
                return Ok(Instant::now());
            }
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    };
    timeout(within, watch).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
