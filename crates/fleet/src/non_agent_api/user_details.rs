//! `user_details`: who a user is.

use crate::field::{AgentUser, Field, Header, Stage};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::new_users::sees;
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields. The first is required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct UserDetails {
        pub agent_user: AgentUser,
        /// `csv` or `tab`, or else `|` between the columns.
        pub stage: Stage,
        /// `YES`.
        pub header: Header,
    }
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The user.
    Found {
        /// The name for people.
        full_name: String,
        /// The group.
        user_group: String,
        /// The level.
        user_level: i64,
        /// Whether the account can be used.
        active: bool,
    },
    /// No user named.
    SearchInvalid,
    /// There is no such user, or none of a group that the caller sees.
    NotFound,
}

impl UserDetails {
    /// Carries the command out.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if self.agent_user.is_empty() {
            return Ok(Outcome::SearchInvalid);
        }
        let Some(account) = tx.account(self.agent_user.as_str())? else { return Ok(Outcome::NotFound) };
        let user = account.user;
        if !sees(tx, by, &user.user_group)? {
            return Ok(Outcome::NotFound);
        }
        Ok(Outcome::Found {
            full_name: account.full_name,
            user_group: user.user_group,
            user_level: user.user_level,
            active: user.active,
        })
    }
}
