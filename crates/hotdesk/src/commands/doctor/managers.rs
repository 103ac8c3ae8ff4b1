//! Login test of the dialers' manager interfaces.

use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::connection::{Connection, OpenError, OpenTimeouts};
use dialers::tls::{Authorities, Tls};
use fleet::diagnostics::dialers::{Dialer, can_be_host};
use fleet::sessions::ManagerRow;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Failure;

/// Timeout of a login to a dialer.
const TIMEOUT: Duration = Duration::from_secs(2);

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
    let words = match timeout(TIMEOUT, open(row, authorities)).await {
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
    Connection::open(address, tls.as_ref(), &account, within).await.map(drop).map_err(|error| advice(&error))
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
