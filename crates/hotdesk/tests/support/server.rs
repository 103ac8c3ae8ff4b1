//! A server as a process of its own.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A server that answers. Dropping it kills it, as a power cut would.
pub struct Server {
    child: Child,
    printed: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    /// Starts a program that prints `ready: http://ADDRESS` once it answers, and waits for that line.
    pub fn start(program: &mut Command) -> io::Result<Self> {
        let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        // Where it listens is not known yet; if it does not say so, it is killed.
        let mut server = Self { child, printed: BufReader::new(stdout), address: ([0, 0, 0, 0], 0).into() };
        let first = server.printed_until("")?.concat();
        let address = first.strip_prefix("ready: http://").and_then(|address| address.parse().ok());
        let unknown = || io::Error::other(format!("the server did not say where it listens but {first:?}"));
        server.address = address.ok_or_else(unknown)?;
        Ok(server)
    }

    /// What it prints next, up to the first line with these words.
    pub fn printed_until(&mut self, words: &str) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.printed.read_line(&mut line)? == 0 {
                return Err(io::Error::other(format!("it ended without saying {words:?} but {lines:?}")));
            }
            let is_last = line.contains(words);
            lines.push(line.trim_end().to_owned());
            if is_last {
                return Ok(lines);
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) -> io::Result<()> {
        let sent = Command::new("kill").arg("-TERM").arg(self.process().to_string()).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other("the signal could not be sent")) }
    }

    /// Waits for its end: what else it printed, and how it ended.
    pub fn wait(mut self) -> io::Result<(String, ExitStatus)> {
        let mut printed = String::new();
        self.printed.read_to_string(&mut printed)?;
        Ok((printed, self.child.wait()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
