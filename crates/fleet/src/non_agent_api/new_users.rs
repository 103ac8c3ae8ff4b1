//! Shared parts of `add_user` and `copy_user`: generated names and visible user groups.

use crate::authorization::Visibility;
use crate::field::{AgentUser, Field};
use crate::records::User;
use crate::{FleetTx, TxError};

/// Requests a generated number as the name, anywhere in the field.
const AUTOMATIC: &str = "AUTOGENERA";

/// Distance from a number in use to the next candidate.
const STEP: i64 = 7;

/// The name of a new user.
pub(super) struct NewName {
    pub name: String,
    /// The number, if the name was generated.
    number: Option<i64>,
}

impl NewName {
    /// The name that was sent, or the next unused number.
    pub fn of(tx: &mut dyn FleetTx, sent: &AgentUser) -> Result<Self, TxError> {
        if !sent.as_str().contains(AUTOMATIC) {
            return Ok(Self { name: sent.as_str().to_owned(), number: None });
        }
        let mut number = tx.auto_user()?;
        while tx.user(&number.to_string())?.is_some() {
            number = number.saturating_add(STEP);
        }
        Ok(Self { name: number.to_string(), number: Some(number) })
    }

    /// Whether the name is in use.
    pub fn name_taken(&self, tx: &mut dyn FleetTx) -> Result<bool, TxError> {
        Ok(self.number.is_none() && tx.user(&self.name)?.is_some())
    }

    /// Stores the generated number after the user was added, so that the next search starts there.
    pub fn keep_number(&self, tx: &mut dyn FleetTx) -> Result<(), TxError> {
        self.number.map_or(Ok(()), |number| tx.set_auto_user(number))
    }
}

/// Whether this user group exists and the account sees it.
pub(super) fn sees_group(tx: &mut dyn FleetTx, by: &User, user_group: &str) -> Result<bool, TxError> {
    Ok(tx.user_group(user_group)?.is_some() && Visibility::of(tx, by)?.see_group(user_group))
}
