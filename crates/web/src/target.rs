//! Request targets as old clients write them.
//!
//! The original takes any printable byte in a query, and clients send quotes, angle brackets and raw 8-bit letters there.
//! The HTTP library refuses some of these bytes with the whole request. This filter sits between it and the connection and
//! writes them as percent escapes; everything else passes through untouched. It changes nothing but the first line of a
//! request, which begins where a connection begins or where an answer has been sent. That is why an answer that leaves part
//! of its request unread must close its connection (`server`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

/// The longest stretch that is read at once; an escape takes three bytes for one.
const CHUNK: usize = 8 * 1024;

/// An interim answer: the request's body is still to come.
const INTERIM: &[u8] = b"HTTP/1.1 100";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first byte of a request.
    Start,
    /// In the first line of a request.
    Line,
    /// Behind it.
    Behind,
}

/// A connection whose request targets are escaped.
#[derive(Debug)]
pub struct Escaped<C> {
    connection: C,
    place: Place,
    ready: Vec<u8>,
    taken: usize,
}

impl<C> Escaped<C> {
    /// Escapes the request targets that are read from `connection`.
    pub fn new(connection: C) -> Self {
        Self { connection, place: Place::Start, ready: Vec::new(), taken: 0 }
    }

    /// Takes what was read to the reader, escaped.
    fn pass(&mut self, read: &[u8]) {
        for (at, byte) in read.iter().enumerate() {
            match (self.place, byte) {
                (Place::Behind, _) => {
                    self.ready.extend_from_slice(&read[at..]);
                    return;
                }
                (_, b'\n') => self.place = if self.place == Place::Line { Place::Behind } else { Place::Start },
                (_, b'\r') => {}
                (Place::Start | Place::Line, b'"' | b'<' | b'>' | 0x80..) => {
                    self.place = Place::Line;
                    self.ready.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 15)]);
                    continue;
                }
                (Place::Start | Place::Line, _) => self.place = Place::Line,
            }
            self.ready.push(*byte);
        }
    }

    fn note_answer(&mut self, written: &[u8]) {
        if !written.is_empty() && !written.starts_with(INTERIM) {
            self.place = Place::Start;
        }
    }
}

fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'A' + digit - 10 }
}

impl<C: Read + Unpin> Read for Escaped<C> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.taken == this.ready.len() {
            this.ready.clear();
            this.taken = 0;
            if this.place == Place::Behind {
                return Pin::new(&mut this.connection).poll_read(context, buffer);
            }
            let mut space = [0; CHUNK];
            let mut read = hyper::rt::ReadBuf::new(&mut space);
            match Pin::new(&mut this.connection).poll_read(context, read.unfilled()) {
                Poll::Ready(Ok(())) => this.pass(read.filled()),
                other => return other,
            }
        }
        let fits = (this.ready.len() - this.taken).min(buffer.remaining());
        buffer.put_slice(&this.ready[this.taken..this.taken + fits]);
        this.taken += fits;
        Poll::Ready(Ok(()))
    }
}

impl<C: Write + Unpin> Write for Escaped<C> {
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

    /// What the reader sees of these reads, with an answer sent where there is a `None`.
    fn seen(reads: &[Option<&[u8]>]) -> String {
        let mut escaped = Escaped::new(());
        for read in reads {
            match read {
                Some(read) => escaped.pass(read),
                None => escaped.note_answer(b"HTTP/1.1 200 OK\r\n"),
            }
        }
        String::from_utf8(escaped.ready).unwrap()
    }

    #[test]
    fn quotes_brackets_and_raw_letters_in_the_target_are_escaped() {
        let line = "GET /x?a=<b>&c=\"é\" HTTP/1.1\r\nHost: <\r\n\r\n";
        assert_eq!(seen(&[Some(line.as_bytes())]), "GET /x?a=%3Cb%3E&c=%22%C3%A9%22 HTTP/1.1\r\nHost: <\r\n\r\n");
    }

    #[test]
    fn a_target_may_arrive_in_pieces() {
        assert_eq!(seen(&[Some(b"GET /x?a=<"), Some(b"b> HTTP/1.1\r\n<")]), "GET /x?a=%3Cb%3E HTTP/1.1\r\n<");
    }

    #[test]
    fn the_next_request_begins_behind_the_answer() {
        let request: &[u8] = b"GET /?< HTTP/1.1\r\n\r\n";
        assert_eq!(seen(&[Some(request), None, Some(request)]), "GET /?%3C HTTP/1.1\r\n\r\n".repeat(2));
    }

    #[test]
    fn a_body_is_never_changed_not_even_behind_an_interim_answer() {
        let mut escaped = Escaped::new(());
        escaped.pass(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n");
        escaped.note_answer(b"HTTP/1.1 100 Continue\r\n\r\n");
        escaped.pass(b"<b>");
        assert!(escaped.ready.ends_with(b"\r\n<b>"));
    }
}
