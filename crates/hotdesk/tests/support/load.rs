//! Load generator: keep-alive connections that each send one request after another. It shares its cores with the
//! server, so it does little: one thread, two system calls per request, and no memory allocation per request.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

/// Limit of a response, in bytes.
const REPLY_SIZE: usize = 16 * 1024;

/// Source of requests and receiver of replies.
pub trait Work {
    /// Writes the next request and returns its number; `None` when the work is done.
    fn next(&mut self, now: Instant, request: &mut Vec<u8>) -> Option<u64>;

    /// Handles the reply to the request with this number.
    fn answered(&mut self, number: u64, reply: Reply<'_>, sent: Instant, answered: Instant);
}

/// A reply.
pub struct Reply<'a> {
    /// Whether the status is 200 and the body starts with `SUCCESS`.
    pub is_success: bool,
    /// The body.
    pub body: &'a [u8],
}

/// Sends work over this many connections until it is done or the server is gone. Returns the first error.
pub async fn run<W: Work + 'static>(address: SocketAddr, connections: usize, work: &Rc<RefCell<W>>) -> io::Result<()> {
    let tasks = LocalSet::new();
    tasks
        .run_until(async {
            let mut ends = JoinSet::new();
            for _ in 0..connections {
                ends.spawn_local(send_one_after_another(address, Rc::clone(work)));
            }
            let mut outcome = Ok(());
            while let Some(end) = ends.join_next().await {
                outcome = outcome.and(end.map_err(io::Error::other)?);
            }
            outcome
        })
        .await
}

async fn send_one_after_another<W: Work>(address: SocketAddr, work: Rc<RefCell<W>>) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut request = Vec::with_capacity(1024);
    let mut received = vec![0; REPLY_SIZE];
    let mut now = Instant::now();
    loop {
        request.clear();
        let Some(number) = work.borrow_mut().next(now, &mut request) else { return Ok(()) };
        stream.write_all(&request).await?;
        let (is_ok, body) = receive(&mut stream, &mut received).await?;
        let sent = std::mem::replace(&mut now, Instant::now());
        let reply = Reply { is_success: is_ok && body.starts_with(b"SUCCESS"), body };
        work.borrow_mut().answered(number, reply, sent, now);
    }
}

/// Receives a reply. Returns whether its status is 200, and its body.
async fn receive<'a>(stream: &mut TcpStream, received: &'a mut [u8]) -> io::Result<(bool, &'a [u8])> {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut received[filled..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        if let Some((body, end)) = body_of(&received[..filled])? {
            return Ok((received.starts_with(b"HTTP/1.1 200"), &received[body..end]));
        }
    }
}

/// Start and end of the body, once it is complete.
fn body_of(reply: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let Some(head) = reply.windows(4).position(|end| end == b"\r\n\r\n") else { return Ok(None) };
    let length = reply[..head].split(|byte| *byte == b'\n').find_map(content_length);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a reply without Content-Length"))?;
    let end = head + 4 + length;
    Ok((reply.len() >= end).then_some((head + 4, end)))
}

fn content_length(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    let value = name.eq_ignore_ascii_case(NAME).then(|| std::str::from_utf8(value.trim_ascii()).ok())??;
    value.parse().ok()
}
