//! Child process that does not outlive its test.

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};

use super::wait::wait_until;

/// A process that is killed when this is dropped, also when the test fails.
///
/// It is also killed when the thread that started it ends, so that nothing is left if the test process is killed. Start
/// it on the test's own thread.
pub struct Process(Child);

impl Process {
    /// Starts a program with these arguments. Its output is discarded.
    pub fn start<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(program).args(arguments);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success(), "{signal} to {id}");
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) {
        wait_until("the end of a process", || self.has_ended());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
