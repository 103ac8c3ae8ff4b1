//! A mail program that stores the last message, or refuses it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::scenario::Scenario;
use crate::support::{Server, request};

const SCRIPT: &str = "#!/bin/sh\ncat > \"$0.message\"\n[ ! -e \"$0.refuses\" ]\n";

pub struct TestMailer(PathBuf);

impl TestMailer {
    pub fn new(folder: &Path) -> Self {
        let path = folder.join("mailer");
        fs::write(&path, SCRIPT).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn sibling(&self, name: &str) -> PathBuf {
        self.0.with_extension(name)
    }

    /// Deletes the last message.
    pub fn prepare(&self, refuses: bool) {
        fs::remove_file(self.sibling("message")).ok();
        fs::remove_file(self.sibling("refuses")).ok();
        if refuses {
            fs::write(self.sibling("refuses"), "").unwrap();
        }
    }

    /// Checks that the recorded message was sent, and that its password is valid for the account.
    pub fn judge(&self, scenario: &Scenario, server: &Server) -> Result<(), String> {
        let Some(wanted) = &scenario.mail else { return Ok(()) };
        let message = fs::read_to_string(self.sibling("message")).ok();
        let (Some(to), Some(message)) = (wanted["to"].as_str(), &message) else {
            let is_same = wanted.is_null() == message.is_none();
            return if is_same { Ok(()) } else { Err(format!("message {message:?}, wanted {wanted}")) };
        };
        let subject = wanted["subject"].as_str().unwrap();
        let password = message.trim_end().rsplit(' ').next().unwrap();
        let is_message = message.contains(&format!("To: {to}\n")) && message.contains(&format!("Subject: {subject}\n"));
        if !is_message || Some(password.len() as u64) != wanted["password_length"].as_u64() {
            return Err(format!("message {message:?}, wanted {wanted}"));
        }
        let user = scenario.requests[0].sent("agent_user").unwrap();
        let query = format!("source=test&function=webserver&user={user}&pass={password}");
        let reply = server.send(&request("GET", &format!("/agc/api.php?{query}"), &[], b""));
        let opens = !reply.body.contains("|BAD|");
        let is_inactive = scenario.id.ends_with("ok-inactive");
        let fits = is_inactive || wanted["password_is_stored_one"] == opens;
        if fits { Ok(()) } else { Err(format!("the password opens the account: {opens}, wanted {wanted}")) }
    }
}
