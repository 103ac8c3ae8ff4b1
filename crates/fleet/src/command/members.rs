//! Which logins may join an alias: the setting `alias_members`.

use crate::placement::Registration;
use crate::seating::{self, Sight};
use crate::{FleetTx, TxError};

/// The first of the logins that would join whose phone has never been seen registered, where the house wants that of members.
/// One that is registered right now has been, even if that is not written down yet.
pub(crate) fn first_never_registered<'a>(
    tx: &mut dyn FleetTx,
    sight: &dyn Sight,
    logins: impl Iterator<Item = &'a str>,
) -> Result<Option<&'a str>, TxError> {
    if !sight.rules().registered_members {
        return Ok(None);
    }
    for login in logins {
        let Some(phone) = tx.phone_of_login(login)? else { continue };
        let Some(line) = seating::line(&phone) else { continue };
        let is_registered = sight.registration(&phone.server_ip, &line) == Registration::Registered;
        if !is_registered && !tx.line_was_seen(&phone.server_ip, &line)? {
            return Ok(Some(login));
        }
    }
    Ok(None)
}
