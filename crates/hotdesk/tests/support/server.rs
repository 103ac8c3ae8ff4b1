//! A server as a process of its own.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A server that answers. Dropping it kills it, as a power cut would.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts a program that prints `ready: http://ADDRESS` once it answers, and waits for that line.
    pub fn start(program: &mut Command) -> io::Result<Self> {
        let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        match address_of(&mut child) {
            Ok(address) => Ok(Self { child, address }),
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

    /// Waits for its end.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn address_of(child: &mut Child) -> io::Result<SocketAddr> {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let address = line.trim_end().strip_prefix("ready: http://").and_then(|address| address.parse().ok());
    address.ok_or_else(|| io::Error::other(format!("the server did not say where it listens but {line:?}")))
}
