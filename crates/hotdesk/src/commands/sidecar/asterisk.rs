//! Reload of Asterisk modules through the manager interface, for the sidecar.

use std::collections::BTreeSet;
use std::time::Duration;

use dialers::action::{Account, Action, Secret};
use dialers::connection::{ActionError, Connection, OpenTimeouts};
use fleet::dialer_files::FileName;
use tokio::net::lookup_host;

use crate::config::secrets::AMI_SECRET;
use crate::failure::Failure;

/// Timeout of each step of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Timeout of a reload: a few thousand phones take a second.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Asterisk's message about a module that is not loaded.
const NO_SUCH_MODULE: &str = "No such module";

/// Outcome of a reload.
pub enum ReloadOutcome {
    /// The module has loaded its file.
    Done,
    /// Asterisk has not loaded the module.
    NoSuchModule,
    /// The reload failed, with a message.
    Failed(String),
}

/// Address and account of the manager interface.
pub struct Asterisk {
    place: String,
    account: Account,
}

impl Asterisk {
    /// Reads the secret from the environment.
    pub fn new(place: &str, user: &str) -> Result<Self, Failure> {
        let reason = "is not set: it must be the secret of the AMI user".to_owned();
        let secret = std::env::var(AMI_SECRET).map_err(|_| Failure::Setting { setting: AMI_SECRET, reason })?;
        let account = Account { user: user.to_owned(), secret: Secret::new(secret) };
        Ok(Self { place: place.to_owned(), account })
    }

    /// Reloads only the modules of these files. Returns the outcome of each.
    pub async fn reload(&self, files: &BTreeSet<FileName>) -> Vec<(FileName, ReloadOutcome)> {
        let connection = match self.connect().await {
            Ok(connection) => connection,
            Err(words) => return files.iter().map(|name| (*name, ReloadOutcome::Failed(words.clone()))).collect(),
        };
        let mut outcomes = Vec::new();
        for name in files {
            let action = Action::Reload { module: Some(name.module().to_owned()) };
            let outcome = match connection.act(&action, RELOAD_TIMEOUT).await {
                Ok(_) => ReloadOutcome::Done,
                Err(ActionError::Refused(words)) if words == NO_SUCH_MODULE => ReloadOutcome::NoSuchModule,
                Err(error) => ReloadOutcome::Failed(format!("was not loaded by {}: {error}", name.module())),
            };
            outcomes.push((*name, outcome));
        }
        outcomes
    }

    async fn connect(&self) -> Result<Connection, String> {
        let failed = |words: String| format!("was not loaded: the manager interface at {} {words}", self.place);
        let found = lookup_host(&self.place).await.map_err(|error| failed(format!("has no IP address: {error}")))?;
        let within = OpenTimeouts { connect: CONNECT_TIMEOUT, banner: CONNECT_TIMEOUT, login: CONNECT_TIMEOUT };
        let mut error = failed("has no IP address".to_owned());
        for address in found {
            match Connection::open(address, None, &self.account, within).await {
                Ok((connection, mut events)) => {
                    // The events end with the connection. They must be read, or they would block the replies.
                    tokio::spawn(async move { while events.recv().await.is_some() {} });
                    return Ok(connection);
                }
                Err(refused) => error = failed(format!("is not usable: {refused}")),
            }
        }
        Err(error)
    }
}
