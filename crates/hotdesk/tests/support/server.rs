//! The binary as a server, and calls to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running server. It is killed if a test ends before stopping it.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: String,
}

impl Server {
    /// Starts `hotdesk` with this command in a directory and waits until it is ready.
    pub fn start(directory: &Path, command: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hotdesk"))
            .args([command, "--listen", "127.0.0.1:0", "--log", "off"])
            .current_dir(directory)
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        out.read_line(&mut ready).unwrap();
        let address = ready.trim().strip_prefix("ready: http://").unwrap().to_owned();
        Self { child, out, address }
    }

    /// The body that a path and query get.
    pub fn get(&self, target: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        write!(connection, "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Tells it to stop; what it printed after it was ready, and its exit code.
    pub fn stop(mut self) -> (String, i32) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut printed = String::new();
        self.out.read_to_string(&mut printed).unwrap();
        (printed, self.child.wait().unwrap().code().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
