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
        let mut printed = BufReader::new(stdout);
        match address_in(&mut printed) {
            Ok(address) => Ok(Self { child, printed, address }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
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

fn address_in(printed: &mut impl BufRead) -> io::Result<SocketAddr> {
    let mut line = String::new();
    printed.read_line(&mut line)?;
    let address = line.trim_end().strip_prefix("ready: http://").and_then(|address| address.parse().ok());
    address.ok_or_else(|| io::Error::other(format!("the server did not say where it listens but {line:?}")))
}
