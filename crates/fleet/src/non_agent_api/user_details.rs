//! `user_details`: a user's name, group, level and status.

use crate::authorization::Visibility;
use crate::field::{AgentUser, Field, Header, Stage};
use crate::non_agent_api::Caller;
use crate::non_agent_api::agent_status::SEARCHED;
use crate::non_agent_api::command_fields::command_fields;
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields. The first is required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct UserDetails {
        pub agent_user: AgentUser,
        /// `csv` or `tab`; otherwise `|` separates the columns.
        pub stage: Stage,
        /// `YES` for a header line.
        pub header: Header,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The user.
    Found {
        /// The display name.
        full_name: String,
        /// The group.
        user_group: String,
        /// The level.
        user_level: i64,
        /// Whether the account is active.
        active: bool,
    },
    /// No user was named, or one with 100 or more characters.
    SearchInvalid,
    /// There is no such user, or the caller does not see the user's group.
    NotFound,
}

impl UserDetails {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !SEARCHED.contains(&self.agent_user.len()) {
            return Ok(Outcome::SearchInvalid);
        }
        let Some(account) = tx.account(self.agent_user.as_str())? else { return Ok(Outcome::NotFound) };
        let user = account.user;
        if !Visibility::of(tx, by.user)?.see_group(&user.user_group) {
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
