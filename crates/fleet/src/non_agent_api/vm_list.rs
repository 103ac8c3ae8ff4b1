//! `vm_list`: mailboxes, as a page on which an administrator picks one.

use crate::authorization::Visibility;
use crate::campaigns::Mailbox;
use crate::field::Comments;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields, all of them optional.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct VmList {
        pub comments: Comments,
    }
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
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let visibility = Visibility::of(tx, by.user)?;
        let Prepared::Mailboxes { mailboxes, of_phones } = by.prepared else {
            return Ok(Outcome { mailboxes: Vec::new(), of_phones: Vec::new() });
        };
        let seen = |all: &[Mailbox]| {
            let is_seen = |mailbox: &&Mailbox| visibility.see_group(&mailbox.user_group);
            all.iter().filter(is_seen).cloned().collect()
        };
        Ok(Outcome { mailboxes: seen(mailboxes), of_phones: seen(of_phones) })
    }
}
