//! A server in its own process.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A running server. Dropping it kills it, as a power cut would.
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
        // The address is not known yet. If the program does not print it, dropping this kills the program.
        let mut server = Self { child, printed: BufReader::new(stdout), address: ([0, 0, 0, 0], 0).into() };
        let first = server.printed_until("")?.concat();
        let address = first.strip_prefix("ready: http://").and_then(|address| address.parse().ok());
        let unknown = || io::Error::other(format!("the server did not print its address but {first:?}"));
        server.address = address.ok_or_else(unknown)?;
        Ok(server)
    }

    /// Reads the printed lines up to the first that contains these words.
    pub fn printed_until(&mut self, words: &str) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.printed.read_line(&mut line)? == 0 {
                return Err(io::Error::other(format!("it ended without printing {words:?} but {lines:?}")));
            }
            let is_last = line.contains(words);
            lines.push(line.trim_end().to_owned());
            if is_last {
                return Ok(lines);
            }
        }
    }

    /// Address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM, as a service manager does.
    pub fn terminate(&self) -> io::Result<()> {
        let sent = Command::new("kill").arg("-TERM").arg(self.process().to_string()).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other("the signal could not be sent")) }
    }

    /// Waits for its end. Returns its remaining output and its exit status.
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
