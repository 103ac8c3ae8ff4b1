//! Setting up a softphone with all phones of an alias: by a link that can be opened once.

use crate::actor::Actor;
use crate::aliases::problems::{logins, members};
use crate::audit_log::AuditAction;
use crate::authorization::administrator;
use crate::records::{Alias, Phone, User};
use crate::schema::{Row, Table};
use crate::sessions::NoLiveStatus;
use crate::time::Timestamp;
use crate::{FleetTx, TxError, rows};

/// For how many seconds a link can be opened.
pub const LASTS: i64 = 24 * 60 * 60;

/// A link is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Make {
    /// For which alias.
    pub alias_id: String,
    /// The digest of its key.
    pub key_digest: String,
    /// Who does it.
    pub by: Actor,
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It is there, and can be opened until then.
    Done(Timestamp),
    /// Who does it may not change aliases.
    MayNot,
    /// There is no such alias, or none that they see.
    NoSuchAlias,
    /// None of its phones is one that a softphone can be.
    NoAccounts,
}

impl Make {
    /// Carries it out, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Made, TxError> {
        let Some(by) = administrator(tx, &self.by.user)? else { return Ok(Made::MayNot) };
        let Some(alias) = visible(tx, &by, &self.alias_id)? else { return Ok(Made::NoSuchAlias) };
        if accounts(tx, &by, &alias.logins_list)?.is_empty() {
            return Ok(Made::NoAccounts);
        }
        let ends = tx.now().plus_seconds(LASTS);
        tx.add_softphone_link(&self.key_digest, &alias.alias_id, &self.by.user, ends)?;
        let notes = format!("until: {}", ends.stamp());
        self.by.log(tx, AuditAction::AddSoftphoneLink, &alias.alias_id, notes)?;
        Ok(Made::Done(ends))
    }
}

/// What a softphone registers with on one dialer. Its `Debug` is without the secret, as that of [`Phone`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The alias.
    pub alias_id: String,
    /// Its phones that a softphone can be.
    pub phones: Vec<Phone>,
}

/// What a softphone gets that opens a link; the link is used up by it. `None` if it was used, is over, or never was; or if who
/// made it may change aliases no more, or sees this one no more.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn open(tx: &mut dyn FleetTx, key_digest: &str) -> Result<Option<Setup>, TxError> {
    let Some((alias_id, by)) = tx.softphone_link(key_digest)? else { return Ok(None) };
    let Some(by) = administrator(tx, &by)? else { return Ok(None) };
    let Some(alias) = visible(tx, &by, &alias_id)? else { return Ok(None) };
    if !tx.open_softphone_link(key_digest)? {
        return Ok(None);
    }
    Ok(Some(Setup { phones: accounts(tx, &by, &alias.logins_list)?, alias_id: alias.alias_id }))
}

/// The alias, if there is one that this user sees.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn visible(tx: &mut dyn FleetTx, by: &User, alias_id: &str) -> Result<Option<Alias>, TxError> {
    let mut named = Row::new(Table::Alias);
    named.set("alias_id", alias_id.to_owned());
    if rows::find(tx, by, &named)?.is_some() { tx.alias(alias_id) } else { Ok(None) }
}

/// The active phones of a list that speak SIP outside of a browser, as far as this user sees them: their secrets are for nobody
/// else.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn accounts(tx: &mut dyn FleetTx, by: &User, list: &str) -> Result<Vec<Phone>, TxError> {
    let own = tx.user_group(&by.user_group)?;
    let found = members(tx, logins(list), &NoLiveStatus)?;
    let is_account = |phone: &Phone| {
        let is_sip = ["SIP", "PJSIP"].iter().any(|known| known.eq_ignore_ascii_case(&phone.protocol));
        let is_seen = own.as_ref().is_none_or(|own| own.sees(&phone.user_group));
        is_seen && is_sip && phone.active == "Y" && !phone.is_webphone.starts_with('Y')
    };
    Ok(found.into_iter().filter_map(|member| member.phone).filter(is_account).collect())
}
