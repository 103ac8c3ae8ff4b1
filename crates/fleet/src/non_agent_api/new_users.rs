//! What adding and copying users have in common.

use crate::field::{AgentUser, Field};
use crate::non_agent_api::Caller;
use crate::{FleetTx, TxError};

/// Asks for a number as the name, wherever it stands in the field.
const AUTOMATIC: &str = "AUTOGENERA";

/// From a number that is taken to the next one that is tried.
const STEP: i64 = 7;

/// The name of a user who is to be made.
pub(super) struct NewName {
    pub name: String,
    /// The number, if the name is one that was made here.
    number: Option<i64>,
}

impl NewName {
    /// The name that was sent, or the next number that nobody has as a name.
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

    /// Whether somebody has the name.
    pub fn name_taken(&self, tx: &mut dyn FleetTx) -> Result<bool, TxError> {
        Ok(self.number.is_none() && tx.user(&self.name)?.is_some())
    }

    /// After the user has been made: keeps the number, so that the next one is sought from there.
    pub fn keep_number(&self, tx: &mut dyn FleetTx) -> Result<(), TxError> {
        self.number.map_or(Ok(()), |number| tx.set_auto_user(number))
    }
}

/// Whether there is this group and the caller sees what belongs to it.
pub(super) fn sees_group(tx: &mut dyn FleetTx, by: Caller<'_>, user_group: &str) -> Result<bool, TxError> {
    if tx.user_group(user_group)?.is_none() {
        return Ok(false);
    }
    sees(tx, by, user_group)
}

/// Whether the caller sees what belongs to this group, if there is one. Who is of a group that does not exist sees all.
pub(super) fn sees(tx: &mut dyn FleetTx, by: Caller<'_>, user_group: &str) -> Result<bool, TxError> {
    let own = tx.user_group(&by.user.user_group)?;
    Ok(own.is_none_or(|own| own.sees(user_group)))
}
