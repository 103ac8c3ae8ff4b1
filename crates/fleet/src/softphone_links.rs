//! Softphone set-up links: a link that opens once and returns the accounts of all phones of an alias.

use crate::actor::Actor;
use crate::aliases::problems::{logins, members};
use crate::audit_log::AuditAction;
use crate::authorization::{Visibility, administrator};
use crate::records::{Alias, Phone, User};
use crate::schema::{Row, Table};
use crate::sessions::NoLiveStatus;
use crate::time::Timestamp;
use crate::{FleetTx, TxError, rows};

/// Lifetime of a link, in seconds.
pub const LASTS: i64 = 24 * 60 * 60;

/// Command to create a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Make {
    /// The alias.
    pub alias_id: String,
    /// The digest of the link's key.
    pub key_digest: String,
    /// The actor.
    pub by: Actor,
}

/// Result of creating a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// The link was created and is valid until this time.
    Done(Timestamp),
    /// The actor may not change aliases.
    MayNot,
    /// There is no such alias, or the actor does not see it.
    NoSuchAlias,
    /// None of the alias's phones can be a softphone.
    NoAccounts,
}

impl Make {
    /// Creates the link, and logs that.
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

/// Accounts for a softphone. The debug output of [`Phone`] omits the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The alias.
    pub alias_id: String,
    /// The alias's phones that can be softphones.
    pub phones: Vec<Phone>,
}

/// Opens a link and returns its accounts. Each link opens once. `None` if the link was already used, has expired or never
/// existed, or if its author may not change aliases or see this alias any more.
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

/// The alias, if it exists and this user sees it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn visible(tx: &mut dyn FleetTx, by: &User, alias_id: &str) -> Result<Option<Alias>, TxError> {
    let mut named = Row::new(Table::Alias);
    named.set("alias_id", alias_id.to_owned());
    if rows::find(tx, by, &named)?.is_some() { tx.alias(alias_id) } else { Ok(None) }
}

/// The active SIP phones of a list that are not browser phones and that this user sees. Only the user who sees a phone may hand
/// out its secrets.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn accounts(tx: &mut dyn FleetTx, by: &User, list: &str) -> Result<Vec<Phone>, TxError> {
    let visibility = Visibility::of(tx, by)?;
    let found = members(tx, logins(list), &NoLiveStatus)?;
    let is_account = |phone: &Phone| {
        let is_sip = ["SIP", "PJSIP"].iter().any(|known| known.eq_ignore_ascii_case(&phone.protocol));
        let is_seen = visibility.see_group(&phone.user_group);
        is_seen && is_sip && phone.active == "Y" && !phone.is_webphone.starts_with('Y')
    };
    Ok(found.into_iter().filter_map(|member| member.phone).filter(is_account).collect())
}
