//! `vm_list`: mailboxes, as a page on which an administrator picks one.

use crate::campaigns::Mailbox;
use crate::field::{Comments, Reader};
use crate::non_agent_api::{Caller, Prepared};
use crate::{FleetTx, TxError};

/// The command's fields, all of them optional.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
pub struct VmList {
    pub comments: Comments,
}

/// The mailboxes that the caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Mailboxes that belong to no phone.
    pub mailboxes: Vec<Mailbox>,
    /// Mailboxes of phones.
    pub of_phones: Vec<Mailbox>,
}

impl VmList {
    /// Reads the command's fields.
    #[must_use]
    pub fn read(fields: Reader<'_>) -> Self {
        Self { comments: fields.get() }
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let own = tx.user_group(&by.user.user_group)?;
        let Prepared::Mailboxes { mailboxes, of_phones } = by.prepared else {
            return Ok(Outcome { mailboxes: Vec::new(), of_phones: Vec::new() });
        };
        let seen = |all: &[Mailbox]| {
            let is_seen = |mailbox: &&Mailbox| own.as_ref().is_none_or(|own| own.sees(&mailbox.user_group));
            all.iter().filter(is_seen).cloned().collect()
        };
        Ok(Outcome { mailboxes: seen(mailboxes), of_phones: seen(of_phones) })
    }
}
