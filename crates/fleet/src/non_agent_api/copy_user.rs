//! `copy_user`: a new user who is like another one.

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

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The user is there, with this name.
    Copied(String),
    /// A field is missing, too short or too long.
    FieldsRequired,
    /// The caller may not make users of the level of the one who is to be copied.
    LevelNotAllowed {
        /// The level that the user would have.
        level: i64,
        /// The caller's level.
        own: i64,
    },
    /// There is no such user, whose group is empty then, or the caller does not see that group.
    GroupUnknown(String),
    /// The user who is to be copied has rights that the caller lacks. VICIdial copies them.
    RightsLacking,
    /// Somebody has this name, in whatever letter case.
    UserExists,
}

impl CopyUser {
    /// Carries the command out.
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
        if !by.user.may_make_level(u64::try_from(source.user_level).unwrap_or(0)) {
            return Ok(Outcome::LevelNotAllowed { level: source.user_level, own: by.user.user_level });
        }
        if !sees_group(tx, by, &source.user_group)? {
            return Ok(Outcome::GroupUnknown(source.user_group));
        }
        if !may_copy(by.user, &source) {
            return Ok(Outcome::RightsLacking);
        }
        let new = NewName::of(tx, &self.agent_user)?;
        if new.name_taken(tx)? {
            return Ok(Outcome::UserExists);
        }
        // Without it, the password is one that nobody can have.
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
