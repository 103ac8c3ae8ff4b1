//! Eligible members of an alias: the setting `alias_members`.

use crate::dialer_status::Registration;
use crate::sessions::LiveStatus;
use crate::{FleetTx, TxError, sessions};

/// The first of these new members whose phone was never seen registered, if the setting requires members to have been registered.
/// A phone that is registered right now counts, even if the database does not show it yet.
pub(crate) fn first_never_registered<'a>(
    tx: &mut dyn FleetTx,
    live_status: &dyn LiveStatus,
    logins: impl Iterator<Item = &'a str>,
) -> Result<Option<&'a str>, TxError> {
    if !live_status.rules().registered_members {
        return Ok(None);
    }
    for login in logins {
        let Some(phone) = tx.phone_of_login(login)? else { continue };
        let Some(line) = sessions::line(&phone) else { continue };
        let is_registered = live_status.registration(&phone.server_ip, &line) == Registration::Registered;
        if !is_registered && !tx.ever_registered(&phone.server_ip, &line)? {
            return Ok(Some(login));
        }
    }
    Ok(None)
}
