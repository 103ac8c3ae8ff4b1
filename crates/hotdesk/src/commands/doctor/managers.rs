//! Whether the dialers' manager interfaces let Hotdesk in.

use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::connection::{Connection, OpenError, OpenTimeouts};
use dialers::tls::{Authorities, Tls};
use fleet::diagnostics::dialers::{Dialer, can_be_host};
use fleet::sessions::ManagerRow;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Failure;

/// How long a dialer may take to let Hotdesk in.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Logs in to every dialer that is in use and has an account, to all of them at once. What is wrong, one line a dialer.
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
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    found.sort();
    Ok(found)
}

/// What is wrong with one dialer.
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
        return Err("has a host whose address nobody knows: correct telnet_host with `hotdesk apply`".to_owned());
    };
    let tls = row.tls.then(|| Tls { host: row.host, authorities });
    let account = Account { user: row.user, secret: Secret::new(row.secret) };
    let within = OpenTimeouts { connect: TIMEOUT, banner: TIMEOUT, login: TIMEOUT };
    // The connection closes as soon as it is dropped.
    Connection::open(address, tls.as_ref(), &account, within).await.map(drop).map_err(|error| advice(&error))
}

fn advice(error: &OpenError) -> String {
    let place = "correct telnet_host and telnet_port with `hotdesk apply`";
    match error {
        OpenError::Refused => {
            format!("refuses connections: start Asterisk there with `enabled = yes` in manager.conf, or {place}")
        }
        OpenError::LoginRefused { user, .. } => format!(
            "refuses the account {user}: give both sides the same ASTmgrUSERNAME and ASTmgrSECRET, there in manager.conf and \
             here with `hotdesk apply`, and permit this machine's address there"
        ),
        OpenError::Silent => "is silent: see whether Asterisk hangs there, and restart it".to_owned(),
        OpenError::NoManager => format!("is none: something else listens there, {place}"),
        OpenError::Unreachable(_) => format!("cannot be reached ({error}): mend the network between, or {place}"),
        OpenError::Closed(_) => format!("cannot be used ({error}): see the log of Asterisk there"),
        OpenError::Untrusted(_) => format!(
            "is not believed ({error}): give it a certificate for that host, signed by an authority that is in the file of \
             ami_ca"
        ),
        OpenError::NoTls(_) => format!(
            "cannot be reached with TLS ({error}): set tlsenable and tlsbindaddr there in manager.conf and the port of the latter \
             in ami_port, or set ami_tls to false with `hotdesk apply`"
        ),
        OpenError::NoAuthority => format!(
            "was not tried ({error}): set ami_ca in the settings file or HOTDESK_AMI_CA, or set ami_tls to false with `hotdesk \
             apply`"
        ),
        OpenError::Unwritable(_) => {
            format!("cannot be logged in to ({error}): correct the account with `hotdesk apply`")
        }
    }
}
