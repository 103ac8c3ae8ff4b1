//! `reset_password` of `update_user`: emails the user a new password.

use std::net::IpAddr;

use crate::audit_log::AuditAction;
use crate::authorization::Visibility;
use crate::authorization::grants::check_level;
use crate::field::Field;
use crate::login::{allows_address, is_locked};
use crate::non_agent_api::update_user::UpdateUser;
use crate::non_agent_api::{Call, Caller, Command, Prepared};
use crate::password::NewPassword;
use crate::records::User;
use crate::{FleetTx, TxError};

/// The shortest password to generate. A smaller requested length means no reset.
const SHORTEST: usize = 8;

/// The longest password to generate.
const LONGEST: usize = 100;

/// A shorter `email` in the request is ignored.
const SHORTEST_ADDRESS: usize = 5;

/// Result of sending the email, before the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResetMail {
    /// No message was sent, because the call will be refused for another reason.
    NotReached,
    /// This address is not valid.
    NoAddress(String),
    /// The message to this address was not sent, for this reason.
    Failed(String, String),
    /// A message with this password was sent to this address.
    Sent(String, NewPassword),
}

/// Outcome of a reset, with the email address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResetOutcome {
    /// The emailed password is now the user's password.
    Reset(String),
    /// The address is not valid.
    NoAddress(String),
    /// The message was not sent, for this reason.
    MailFailed(String, String),
}

/// Whether this is an email address. A valid address contains no characters that could break a message header.
#[must_use]
pub fn is_address(address: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_{}~-".contains(&byte);
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('-') && part.bytes().all(is_allowed);
    address.split_once('@').is_some_and(|(local, domain)| is_part(local) && is_part(domain))
}

impl UpdateUser {
    /// The length of the new password; `None` if the call requests no reset.
    #[must_use]
    pub fn reset_length(&self) -> Option<usize> {
        let digits = self.reset_password.as_str().trim_start_matches('0');
        // A number that overflows exceeds the longest password anyway.
        let length = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(LONGEST) };
        (length >= SHORTEST).then_some(length.min(LONGEST))
    }

    /// The recipient of a new password.
    fn reset_address(&self, tx: &mut dyn FleetTx, user: &User) -> Result<String, TxError> {
        if self.email.len() >= SHORTEST_ADDRESS { Ok(self.email.as_str().to_owned()) } else { tx.user_email(user) }
    }

    /// Stores the password that was emailed.
    pub(super) fn reset(
        &self,
        tx: &mut dyn FleetTx,
        by: Caller<'_>,
        user: &User,
    ) -> Result<Option<ResetOutcome>, TxError> {
        let Prepared::Reset(mail) = by.prepared else { return Ok(None) };
        Ok(match mail.clone() {
            ResetMail::NotReached => None,
            ResetMail::NoAddress(address) => Some(ResetOutcome::NoAddress(address)),
            ResetMail::Failed(address, reason) => Some(ResetOutcome::MailFailed(address, reason)),
            ResetMail::Sent(address, password) => {
                tx.store_password(user, &password)?;
                tx.require_password_change(user)?;
                let name = self.agent_user.as_str();
                by.actor.log(tx, AuditAction::ResetPassword, name, format!("user: {name}"))?;
                Some(ResetOutcome::Reset(address))
            }
        })
    }
}

/// The recipient of a new password, and whether the address is valid; `None` if the call will be refused. Runs before the
/// transaction, and makes every check that the call makes later.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn mail_to(tx: &mut dyn FleetTx, call: &Call, from: IpAddr) -> Result<Option<(String, bool)>, TxError> {
    let Command::UpdateUser(command) = &call.command else { return Ok(None) };
    let Some(caller) = tx.user(call.user.as_str())? else { return Ok(None) };
    let settings = tx.settings()?;
    let may_call = caller.active
        && !is_locked(&caller, tx.now())
        && call.source.len() >= 2
        && call.is_open_to(&caller)
        && allows_address(tx, &caller, &settings, from)?;
    if !may_call || command.agent_user.len() < 2 || command.delete_user.as_str() == "Y" {
        return Ok(None);
    }
    let Some(user) = tx.user(command.agent_user.as_str())? else { return Ok(None) };
    let sees = Visibility::of(tx, &caller)?.see_group(&user.user_group);
    if check_level(&caller, user.user_level).is_err() || !sees || !command.accepts_values(tx, &caller)? {
        return Ok(None);
    }
    let address = command.reset_address(tx, &user)?;
    let is_valid = is_address(&address);
    Ok(Some((address, is_valid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_and_nothing_that_breaks_a_header() {
        for valid in ["one@example.com", "o'brien@example.com", "a+b@c"] {
            assert!(is_address(valid), "{valid}");
        }
        for invalid in ["", "one", "@b", "a@", "a b@c", "a@b\r\nBcc: x@y", "a@b,c@d", "a@b@c", "-f@b", "<a@b>", "a@-b"]
        {
            assert!(!is_address(invalid), "{invalid:?}");
        }
    }
}
