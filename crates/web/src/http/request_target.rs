//! Filter that escapes the request targets of old clients.
//! VICIdial accepts any printable byte in a query, and clients send quotes, angle brackets and raw 8-bit
//! letters. The HTTP library refuses requests with some of these bytes. This filter between the connection
//! and the library replaces them with percent escapes and passes everything else unchanged. It changes only
//! the first line of a request, which begins at the start of a connection or after a response. Therefore a
//! response that leaves part of its request unread must close the connection (`server`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

/// Maximum number of bytes per read; an escape replaces one byte with three.
const CHUNK: usize = 8 * 1024;

/// Beginning of an interim response, after which the request's body follows.
const INTERIM: &[u8] = b"HTTP/1.1 100";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Before the first byte of a request.
    Start,
    /// In the first line of a request.
    Line,
    /// After the first line of a request.
    Behind,
}

/// Connection whose request targets are escaped.
#[derive(Debug)]
pub struct EscapedTarget<C> {
    connection: C,
    place: Position,
    space: Box<[u8; CHUNK]>,
    ready: Vec<u8>,
    taken: usize,
}

impl<C> EscapedTarget<C> {
    /// Escapes the request targets that are read from `connection`.
    pub fn new(connection: C) -> Self {
        Self { connection, place: Position::Start, space: Box::new([0; CHUNK]), ready: Vec::new(), taken: 0 }
    }

    fn note_answer(&mut self, written: &[u8]) {
        if !written.is_empty() && !written.starts_with(INTERIM) {
            self.place = Position::Start;
        }
    }
}

/// The position after these bytes if none of them needs an escape, as in nearly every request.
fn behind_untouched(place: Position, read: &[u8]) -> Option<Position> {
    let is_line = place == Position::Line || read.first().is_some_and(|byte| !matches!(byte, b'\r' | b'\n'));
    let line = read.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_untouched = is_line && !line.iter().any(|byte| needs_escape(*byte));
    is_untouched.then_some(if line.len() < read.len() { Position::Behind } else { Position::Line })
}

/// Appends these bytes with escapes, and returns the position after them.
fn escape(mut place: Position, read: &[u8], escaped: &mut Vec<u8>) -> Position {
    for (at, byte) in read.iter().enumerate() {
        match (place, byte) {
            (Position::Behind, _) => {
                escaped.extend_from_slice(&read[at..]);
                return place;
            }
            (_, b'\n') => place = if place == Position::Line { Position::Behind } else { Position::Start },
            (_, b'\r') => {}
            (_, byte) if needs_escape(*byte) => {
                place = Position::Line;
                escaped.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 15)]);
                continue;
            }
            _ => place = Position::Line,
        }
        escaped.push(*byte);
    }
    place
}

/// The bytes that the HTTP library refuses in a query.
fn needs_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | 0x80..)
}

fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'A' + digit - 10 }
}

impl<C: Read + Unpin> Read for EscapedTarget<C> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.taken == this.ready.len() {
            this.ready.clear();
            this.taken = 0;
            if this.place == Position::Behind {
                return Pin::new(&mut this.connection).poll_read(context, buffer);
            }
            let mut read = hyper::rt::ReadBuf::new(&mut this.space[..]);
            match Pin::new(&mut this.connection).poll_read(context, read.unfilled()) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            let read = read.filled();
            if let Some(place) = behind_untouched(this.place, read).filter(|_| read.len() <= buffer.remaining()) {
                this.place = place;
                buffer.put_slice(read);
                return Poll::Ready(Ok(()));
            }
            this.place = escape(this.place, read, &mut this.ready);
        }
        let fits = (this.ready.len() - this.taken).min(buffer.remaining());
        buffer.put_slice(&this.ready[this.taken..this.taken + fits]);
        this.taken += fits;
        Poll::Ready(Ok(()))
    }
}

impl<C: Write + Unpin> Write for EscapedTarget<C> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.note_answer(bytes);
        Pin::new(&mut this.connection).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().connection).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().connection).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.note_answer(parts.iter().find(|part| !part.is_empty()).map_or(&[], |part| part));
        Pin::new(&mut this.connection).poll_write_vectored(context, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that returns these reads one by one and discards writes.
    struct Scripted(std::vec::IntoIter<Vec<u8>>);

    impl Read for Scripted {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            mut buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            buffer.put_slice(&self.0.next().unwrap_or_default());
            Poll::Ready(Ok(()))
        }
    }

    /// The bytes that the HTTP library reads from these reads; an `Err` is a response that is sent.
    fn seen(reads: &[Result<&[u8], &[u8]>]) -> String {
        let script: Vec<Vec<u8>> = reads.iter().filter_map(|read| read.ok().map(<[u8]>::to_vec)).collect();
        let mut connection = EscapedTarget::new(Scripted(script.into_iter()));
        let mut seen = Vec::new();
        for read in reads {
            match read {
                Ok(_) => seen.extend(read_once(&mut connection)),
                Err(answer) => connection.note_answer(answer),
            }
        }
        String::from_utf8(seen).unwrap()
    }

    fn read_once(connection: &mut EscapedTarget<Scripted>) -> Vec<u8> {
        let mut space = [0; 256];
        let mut buffer = hyper::rt::ReadBuf::new(&mut space);
        let mut context = Context::from_waker(std::task::Waker::noop());
        let polled = Pin::new(connection).poll_read(&mut context, buffer.unfilled());
        assert!(matches!(polled, Poll::Ready(Ok(()))));
        buffer.filled().to_vec()
    }

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n";

    #[test]
    fn quotes_brackets_and_raw_letters_in_the_target_are_escaped() {
        let line = "GET /x?a=<b>&c=\"é\" HTTP/1.1\r\nHost: <\r\n\r\n";
        assert_eq!(seen(&[Ok(line.as_bytes())]), "GET /x?a=%3Cb%3E&c=%22%C3%A9%22 HTTP/1.1\r\nHost: <\r\n\r\n");
    }

    #[test]
    fn a_target_may_arrive_in_pieces() {
        assert_eq!(seen(&[Ok(b"GET /x?a=<"), Ok(b"b> HTTP/1.1\r\n<")]), "GET /x?a=%3Cb%3E HTTP/1.1\r\n<");
    }

    #[test]
    fn a_request_without_such_bytes_is_unchanged_even_after_empty_lines() {
        for request in ["GET /x?a=b HTTP/1.1\r\nX: <\r\n\r\n", "\r\n\r\nGET /x?a=b HTTP/1.1\r\nX: <\r\n\r\n", "GET /x"]
        {
            assert_eq!(seen(&[Ok(request.as_bytes())]), request);
        }
        assert_eq!(seen(&[Ok(b"\r\n"), Ok(b"GET /?<")]), "\r\nGET /?%3C");
    }

    #[test]
    fn the_next_request_begins_after_the_response() {
        let request: &[u8] = b"GET /?< HTTP/1.1\r\n\r\n";
        assert_eq!(seen(&[Ok(request), Err(ANSWER), Ok(request)]), "GET /?%3C HTTP/1.1\r\n\r\n".repeat(2));
    }

    #[test]
    fn a_body_is_never_changed_even_after_an_interim_response() {
        let head: &[u8] = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n";
        let interim: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
        assert!(seen(&[Ok(head), Err(interim), Ok(b"<b>")]).ends_with("\r\n<b>"));
    }
}
