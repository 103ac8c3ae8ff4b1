//! `copy_user`: a new user with the columns of another user.

use crate::authorization::grants::may_copy;
use crate::field::{AgentFullName, AgentPass, AgentUser, Field, SourceUser};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::new_users::{NewName, sees_group};
use crate::users::save::{UserColumns, UserWrite};
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields. All are required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct CopyUser {
        pub agent_user: AgentUser,
        pub agent_pass: AgentPass,
        pub agent_full_name: AgentFullName,
        pub source_user: SourceUser,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The user was added, with this name.
    Copied(String),
    /// A field is missing, too short or too long.
    FieldsRequired,
    /// The caller may not create users of the source user's level.
    LevelNotAllowed {
        /// The level that the user would have.
        level: i64,
        /// The caller's level.
        own: i64,
    },
    /// There is no such user (the group is empty then), or the caller does not see that user's group.
    GroupUnknown(String),
    /// The source user has rights that the caller lacks. VICIdial copies them anyway.
    RightsLacking,
    /// A user of this name exists; letter case does not matter.
    UserExists,
}

impl CopyUser {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !self.has_required_fields() {
            return Ok(Outcome::FieldsRequired);
        }
        let Some(source) = tx.user(self.source_user.as_str())? else {
            return Ok(Outcome::GroupUnknown(String::new()));
        };
        if !by.user.may_create_level(u64::try_from(source.user_level).unwrap_or(0)) {
            return Ok(Outcome::LevelNotAllowed { level: source.user_level, own: by.user.user_level });
        }
        if !sees_group(tx, by.user, &source.user_group)? {
            return Ok(Outcome::GroupUnknown(source.user_group));
        }
        if !may_copy(by.user, &source) {
            return Ok(Outcome::RightsLacking);
        }
        let new = NewName::of(tx, &self.agent_user)?;
        if new.name_taken(tx)? {
            return Ok(Outcome::UserExists);
        }
        // Without a prepared password, the one that was sent is not valid.
        let Some(password) =
            by.prepared.password().filter(|_| !self.agent_user.is_too_long() && !self.agent_full_name.is_too_long())
        else {
            return Ok(Outcome::FieldsRequired);
        };
        let (named, full_name) = (self.source_user.as_str(), self.agent_full_name.as_str());
        let columns = UserColumns::CopyOf { source: &source, named, full_name };
        let write =
            UserWrite { name: &new.name, columns, password: Some(password), admin_session: "", record_id: &new.name };
        write.execute(tx, by.actor)?;
        new.keep_number(tx)?;
        Ok(Outcome::Copied(new.name))
    }

    fn has_required_fields(&self) -> bool {
        self.agent_user.len() >= 2
            && self.agent_pass.len() >= 2
            && !self.agent_full_name.is_empty()
            && !self.source_user.is_empty()
    }
}
