//! The Asterisk that a sidecar looks after: told through its manager interface to read a file again.

use std::collections::BTreeSet;
use std::time::Duration;

use dialers::action::{Account, Action, Secret};
use dialers::connection::{ActionError, Connection, OpenTimeouts};
use fleet::dialer_files::FileName;
use tokio::net::lookup_host;

use crate::config::secrets::AMI_SECRET;
use crate::failure::Failure;

/// How long each step to a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a module may take to read its file: a few thousand phones take a second.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// What Asterisk says of a module that is not loaded.
const NO_SUCH_MODULE: &str = "No such module";

/// What came of a reload.
pub enum ReloadOutcome {
    /// The module has read its file.
    Done,
    /// It is not loaded.
    NoSuchModule,
    /// It has not, in words.
    Failed(String),
}

/// Where it is, and who asks.
pub struct Asterisk {
    place: String,
    account: Account,
}

impl Asterisk {
    /// The user's secret is in the environment.
    pub fn new(place: &str, user: &str) -> Result<Self, Failure> {
        let reason = "is not set: it is the secret of the manager interface's user".to_owned();
        let secret = std::env::var(AMI_SECRET).map_err(|_| Failure::Setting { setting: AMI_SECRET, reason })?;
        let account = Account { user: user.to_owned(), secret: Secret::new(secret) };
        Ok(Self { place: place.to_owned(), account })
    }

    /// Has the modules of these files read them, and no others: what came of each.
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
                Err(error) => ReloadOutcome::Failed(format!("was not read by {}: {error}", name.module())),
            };
            outcomes.push((*name, outcome));
        }
        outcomes
    }

    async fn connect(&self) -> Result<Connection, String> {
        let failed = |words: String| format!("was not read: the manager interface at {} {words}", self.place);
        let found = lookup_host(&self.place).await.map_err(|error| failed(format!("is nowhere: {error}")))?;
        let within = OpenTimeouts { connect: CONNECT_TIMEOUT, banner: CONNECT_TIMEOUT, login: CONNECT_TIMEOUT };
        let mut error = failed("is nowhere".to_owned());
        for address in found {
            match Connection::open(address, None, &self.account, within).await {
                Ok((connection, mut events)) => {
                    // They end with the connection; unread, they would hold replies up.
                    tokio::spawn(async move { while events.recv().await.is_some() {} });
                    return Ok(connection);
                }
                Err(refused) => error = failed(format!("cannot be used: {refused}")),
            }
        }
        Err(error)
    }
}
