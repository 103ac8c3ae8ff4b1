//! `add_user`: a new user.

use crate::field::{
    AgentChooseBlended, AgentChooseIngroups, AgentFullName, AgentPass, AgentUser, AgentUserGroup, AgentUserLevel,
    CloserDefaultBlended, CustomFive, CustomFour, CustomOne, CustomThree, CustomTwo, Email, Field, HotkeysActive,
    InGroups, PhoneLogin, PhonePass, VoicemailId, WrapupSecondsOverride,
};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::new_users::{NewName, sees_group};
use crate::php_number::{stored, stored_switch};
use crate::users::columns::{UserColumn, UserValues};
use crate::users::save::{UserColumns, UserWrite};
use crate::{FleetTx, TxError};

/// The highest level that fits in the column.
const HIGHEST_LEVEL: u64 = 255;

command_fields! {
    /// The command's fields. The first five are required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct AddUser {
        pub agent_user: AgentUser,
        pub agent_pass: AgentPass,
        pub agent_user_level: AgentUserLevel,
        pub agent_full_name: AgentFullName,
        pub agent_user_group: AgentUserGroup,
        pub phone_login: PhoneLogin,
        pub phone_pass: PhonePass,
        pub hotkeys_active: HotkeysActive,
        pub voicemail_id: VoicemailId,
        pub email: Email,
        pub custom_one: CustomOne,
        pub custom_two: CustomTwo,
        pub custom_three: CustomThree,
        pub custom_four: CustomFour,
        pub custom_five: CustomFive,
        pub wrapup_seconds_override: WrapupSecondsOverride,
        pub agent_choose_ingroups: AgentChooseIngroups,
        pub agent_choose_blended: AgentChooseBlended,
        pub closer_default_blended: CloserDefaultBlended,
        pub in_groups: InGroups,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The user was added, with this name.
    Added(String),
    /// A field is missing, too short or too long.
    FieldsRequired,
    /// The caller, who has this level, may not create users of the requested level.
    LevelNotAllowed(i64),
    /// There is no such user group, or the caller does not see it.
    GroupUnknown,
    /// A user of this name exists; letter case does not matter.
    UserExists,
}

impl AddUser {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !self.has_required_fields() {
            return Ok(Outcome::FieldsRequired);
        }
        if !by.user.may_create_level(self.level()) {
            return Ok(Outcome::LevelNotAllowed(by.user.user_level));
        }
        if !sees_group(tx, by.user, self.agent_user_group.as_str())? {
            return Ok(Outcome::GroupUnknown);
        }
        let new = NewName::of(tx, &self.agent_user)?;
        if new.name_taken(tx)? {
            return Ok(Outcome::UserExists);
        }
        // Without a prepared password, the one that was sent is not valid.
        let Some(password) = by.prepared.password().filter(|_| !self.has_too_long_a_field()) else {
            return Ok(Outcome::FieldsRequired);
        };
        // None of these columns is a right, so the caller cannot grant a right that they lack.
        let values = self.values();
        let columns = UserColumns::New(&values);
        let write =
            UserWrite { name: &new.name, columns, password: Some(password), admin_session: "", record_id: &new.name };
        write.execute(tx, by.actor)?;
        new.keep_number(tx)?;
        Ok(Outcome::Added(new.name))
    }

    fn has_required_fields(&self) -> bool {
        self.agent_user.len() >= 2
            && self.agent_pass.len() >= 2
            && !self.agent_user_level.is_empty()
            && !self.agent_full_name.is_empty()
            && !self.agent_user_group.is_empty()
    }

    fn has_too_long_a_field(&self) -> bool {
        self.agent_user.is_too_long()
            || self.agent_full_name.is_too_long()
            || self.phone_login.is_too_long()
            || self.phone_pass.is_too_long()
            || self.voicemail_id.is_too_long()
            || self.email.is_too_long()
            || self.in_groups.is_too_long()
    }

    fn level(&self) -> u64 {
        self.agent_user_level.as_str().parse().unwrap_or(u64::MAX)
    }

    fn values(&self) -> UserValues {
        let mut values = UserValues::default();
        values.set(UserColumn::FullName, self.agent_full_name.as_str());
        values.set(UserColumn::UserLevel, self.level().min(HIGHEST_LEVEL).to_string());
        values.set(UserColumn::UserGroup, self.agent_user_group.as_str());
        values.set(UserColumn::PhoneLogin, self.phone_login.as_str());
        values.set(UserColumn::PhonePass, self.phone_pass.as_str());
        values.set(UserColumn::VoicemailId, self.voicemail_id.as_str());
        values.set(UserColumn::Email, self.email.as_str());
        values.set(UserColumn::CustomOne, cut(&self.custom_one));
        values.set(UserColumn::CustomTwo, cut(&self.custom_two));
        values.set(UserColumn::CustomThree, cut(&self.custom_three));
        values.set(UserColumn::CustomFour, cut(&self.custom_four));
        values.set(UserColumn::CustomFive, cut(&self.custom_five));
        for (column, digit) in [
            (UserColumn::HotkeysActive, digit(&self.hotkeys_active)),
            (UserColumn::AgentChooseIngroups, digit(&self.agent_choose_ingroups)),
            (UserColumn::AgentChooseBlended, digit(&self.agent_choose_blended)),
            (UserColumn::CloserDefaultBlended, digit(&self.closer_default_blended)),
        ] {
            if let Some(digit) = digit {
                values.set(column, digit);
            }
        }
        if !self.wrapup_seconds_override.is_empty() {
            values.set(
                UserColumn::WrapupSecondsOverride,
                small_number(self.wrapup_seconds_override.as_str()).to_string(),
            );
        }
        let in_groups = self.in_groups.as_str().replace('|', " ");
        values.set(
            UserColumn::CloserCampaigns,
            if in_groups.is_empty() { String::new() } else { format!(" {in_groups} -") },
        );
        values
    }
}

/// The value of a custom field, shortened to its maximum length; VICIdial shortens it too instead of refusing it.
fn cut<F: Field>(field: &F) -> String {
    field.as_str().chars().take(F::AT_MOST).collect()
}

/// The stored value of a switch that was sent.
fn digit(field: &impl Field) -> Option<&'static str> {
    (!field.is_empty()).then(|| stored_switch(field.as_str()))
}

/// The value that a small integer column stores for digits and dashes: [`stored`], limited to 16 bits.
fn small_number(text: &str) -> i64 {
    stored(text).clamp(i16::MIN.into(), i16::MAX.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_number_is_limited_to_its_column() {
        for (text, number) in [("30", 30), ("-1", -1), ("99999", 32767), ("-99999", -32768)] {
            assert_eq!(small_number(text), number, "{text}");
        }
        assert_eq!(small_number("99999999999999999999"), 32767);
    }
}
