//! Login test of the dialers' manager interfaces.

use std::time::Duration;

use dialers::action::{Account, Action, Secret};
use dialers::call_id::{CallId, Owner};
use dialers::connection::{Connection, OpenError, OpenTimeouts};
use dialers::event::Event;
use dialers::rights::{self, CheckFailure};
use dialers::tls::{Authorities, Tls};
use fleet::diagnostics::dialers::{Dialer, can_be_host};
use fleet::sessions::ManagerRow;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::system::SystemEntropy;

/// Timeout of each step of a login to a dialer. Asterisk waits a second before it refuses a login.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Timeout of each step of the check of the rights.
const RIGHT_CHECK: Duration = Duration::from_secs(1);

/// Timeout of everything about one dialer.
const TOTAL: Duration = Duration::from_secs(12);

/// Logs in to every active dialer that has an account, to all of them concurrently. Returns one line per
/// dialer with a problem.
pub(super) fn try_all(dialers: Vec<Dialer>, authorities: Option<&Authorities>) -> Result<Vec<String>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let managers = dialers.into_iter().map(|dialer| dialer.manager);
    let reachable =
        managers.filter(|row| row.active && !row.user.is_empty() && row.port != 0 && can_be_host(&row.host));
    let mut found = runtime.block_on(async {
        let mut tries: JoinSet<_> = reachable.map(|row| try_one(row, authorities.cloned())).collect();
        let mut found = Vec::new();
        while let Some(words) = tries.join_next().await {
            found.extend(words.ok().flatten());
        }
        found
    });
    // A name lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    found.sort();
    Ok(found)
}

/// The problem of one dialer, if it has one.
async fn try_one(row: ManagerRow, authorities: Option<Authorities>) -> Option<String> {
    let place = format!("the manager interface of the dialer {} ({}:{})", row.server_ip, row.host, row.port);
    let words = match timeout(TOTAL, open(row, authorities)).await {
        Ok(Ok(())) => return None,
        Ok(Err(words)) => words,
        Err(_) => advice(&OpenError::Silent),
    };
    Some(format!("{place} {words}"))
}

async fn open(row: ManagerRow, authorities: Option<Authorities>) -> Result<(), String> {
    let found = tokio::net::lookup_host((row.host.as_str(), row.port)).await;
    let Some(address) = found.ok().and_then(|mut addresses| addresses.next()) else {
        return Err("has an unknown host name: correct telnet_host with `hotdesk apply`".to_owned());
    };
    let tls = row.tls.then(|| Tls { host: row.host, authorities });
    let account = Account { user: row.user, secret: Secret::new(row.secret) };
    let within = OpenTimeouts { connect: TIMEOUT, banner: TIMEOUT, login: TIMEOUT };
    // The connection closes when it is dropped.
    let opened = Connection::open(address, tls.as_ref(), &account, within).await;
    let (connection, events) = opened.map_err(|error| advice(&error))?;
    check_rights(&connection, events, &account.user).await
}

/// Checks what the account may do.
async fn check_rights(connection: &Connection, mut events: mpsc::Receiver<Event>, user: &str) -> Result<(), String> {
    let probe = Owner::new(&SystemEntropy).call_id(u32::MAX);
    let is_result = |event: &Event| matches!(event, Event::OriginateResponse { action_id, .. } if CallId::read(action_id) == Some(probe));
    let (failed_in, failed) = oneshot::channel();
    // Replies stop unless the events are read all the time.
    let reading = async {
        let mut failed_in = Some(failed_in);
        while let Some(event) = events.recv().await {
            if is_result(&event)
                && let Some(failed_in) = failed_in.take()
            {
                failed_in.send(()).ok();
            }
        }
        Err(CheckFailure::NoAnswer)
    };
    let failed = async {
        failed.await.ok();
    };
    let lists = [Action::SipPeers, Action::PjsipShowContacts];
    let checked = tokio::select! {
        checked = rights::check(connection, probe, failed, &lists, RIGHT_CHECK) => checked,
        ended = reading => ended,
    };
    match checked {
        Ok(_) => Ok(()),
        Err(CheckFailure::Missing(right)) => Err(format!("gives the account {user} too few rights: it lacks {}", right.advice())),
        Err(CheckFailure::NoAnswer) => {
            Err("did not answer when its account's rights were checked: check whether Asterisk is overloaded or shutting down".to_owned())
        }
    }
}

fn advice(error: &OpenError) -> String {
    let place = "correct telnet_host and telnet_port with `hotdesk apply`";
    match error {
        OpenError::Refused => {
            format!("refuses connections: start Asterisk with `enabled = yes` in manager.conf, or {place}")
        }
        OpenError::LoginRefused { user, .. } => format!(
            "refuses the account {user}: set the same user and secret in the dialer's manager.conf and, with `hotdesk apply`, in \
                ASTmgrUSERNAME and ASTmgrSECRET; and permit this machine's address in manager.conf"
        ),
        OpenError::Silent => "does not respond: check whether Asterisk hangs, and restart it".to_owned(),
        OpenError::NoManager => format!("is not a manager interface: another program listens at this address, {place}"),
        OpenError::Unreachable(_) => format!("is unreachable ({error}): check the network, or {place}"),
        OpenError::Closed(_) => format!("closed the connection ({error}): see Asterisk's log"),
        OpenError::Untrusted(_) => format!(
            "has a certificate that is not trusted ({error}): install one for its host name, signed by an authority in the file of \
                ami_ca"
        ),
        OpenError::NoTls(_) => format!(
            "does not support TLS ({error}): set tlsenable and tlsbindaddr in the dialer's manager.conf, and ami_port to the port of \
                tlsbindaddr, or set ami_tls to false with `hotdesk apply`"
        ),
        OpenError::NoAuthority => format!(
            "was not tested ({error}): set ami_ca in the settings file or HOTDESK_AMI_CA, or set ami_tls to false with `hotdesk \
                apply`"
        ),
        OpenError::Unwritable(_) => {
            format!("failed the login ({error}): correct the account with `hotdesk apply`")
        }
    }
}
