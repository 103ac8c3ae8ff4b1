//! Email through a local program with the interface of `sendmail -t`.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet::Rng;
use tokio::sync::Semaphore;

/// Maximum number of messages sent at the same time.
const MAX_CONCURRENT: usize = 4;

/// Maximum run time of the program.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Interval between checks whether the program has exited.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The characters of a temporary password: no `O`, which looks like `0`.
const CHARACTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ";

/// A message was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    #[error("the mail program could not be started")]
    NotStarted(#[source] std::io::Error),
    #[error("the mail program did not accept the message")]
    NotAccepted(#[source] std::io::Error),
    #[error("the mail program did not exit in time")]
    TooSlow,
    #[error("the mail program refused the message")]
    Refused,
    #[error("the server is stopping")]
    Stopping,
}

/// Sender of email messages.
#[derive(Debug, Clone)]
pub struct Mailer {
    command: PathBuf,
    sender: Option<String>,
    slots: Arc<Semaphore>,
}

impl Mailer {
    /// A mailer that runs this program. Without a `sender`, the program chooses the sender's address.
    #[must_use]
    pub fn new(command: PathBuf, sender: Option<String>) -> Self {
        Self { command, sender, slots: Arc::new(Semaphore::new(MAX_CONCURRENT)) }
    }

    /// Sends a message. The address must be one that [`fleet::non_agent_api::reset_password::is_address`] accepts.
    pub(crate) async fn send(&self, address: &str, subject: &str, text: &str) -> Result<(), MailError> {
        let Ok(_slot) = self.slots.acquire().await else { return Err(MailError::Stopping) };
        let sender = self.sender.as_ref().map(|sender| format!("From: {sender}\n")).unwrap_or_default();
        let headers = "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nAuto-Submitted: auto-generated\n";
        let message = format!("{sender}To: {address}\nSubject: {subject}\n{headers}\n{text}\n");
        let command = self.command.clone();
        tokio::task::spawn_blocking(move || run(Command::new(command), &message))
            .await
            .unwrap_or(Err(MailError::Stopping))
    }
}

/// Runs the program, without a shell.
fn run(mut command: Command, message: &str) -> Result<(), MailError> {
    command.args(["-t", "-i"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut program = command.spawn().map_err(MailError::NotStarted)?;
    // The write cannot block on a program that does not read: the message is smaller than a pipe's buffer.
    let written = program.stdin.take().map(|mut input| input.write_all(message.as_bytes()));
    let ended = wait(&mut program);
    written.transpose().map_err(MailError::NotAccepted)?;
    ended
}

#[expect(clippy::disallowed_methods, reason = "a blocking thread limits how long another program may take")]
fn wait(program: &mut Child) -> Result<(), MailError> {
    let until = Instant::now() + TIMEOUT;
    while Instant::now() < until {
        match program.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err(MailError::Refused),
            Ok(None) => std::thread::sleep(POLL_INTERVAL),
            Err(error) => return Err(MailError::NotAccepted(error)),
        }
    }
    program.kill().and_then(|()| program.wait()).ok();
    Err(MailError::TooSlow)
}

/// Generates a random password.
pub(crate) fn temporary_password(rng: &dyn Rng, length: usize) -> String {
    // Bytes from `usable` on are skipped, because they would make some characters more likely.
    let usable = 256 / CHARACTERS.len() * CHARACTERS.len();
    let mut password = String::with_capacity(length);
    while password.len() < length {
        let mut bytes = [0; 64];
        rng.fill(&mut bytes);
        let letters = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < usable);
        let letters = letters.filter_map(|byte| CHARACTERS.get(byte % CHARACTERS.len()));
        password.extend(letters.map(|letter| char::from(*letter)).take(length - password.len()));
    }
    password
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Yields every byte in turn.
    struct Counting(AtomicU8);

    impl Rng for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes.iter_mut() {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_temporary_password_has_its_length_and_every_character_is_equally_likely() {
        let password = temporary_password(&Counting(AtomicU8::new(0)), 245);
        assert_eq!(password.len(), 245);
        for letter in CHARACTERS {
            assert_eq!(password.bytes().filter(|byte| byte == letter).count(), 7);
        }
    }
}
