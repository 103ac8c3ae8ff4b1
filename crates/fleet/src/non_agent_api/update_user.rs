//! `update_user`: changing or deleting a user.

mod ranks;
mod values;

use crate::audit_log::AuditAction;
use crate::authorization::Visibility;
use crate::authorization::grants::check_level;
use crate::field::{
    Active, AgentFullName, AgentPass, AgentUser, AgentUserGroup, AgentUserLevel, CampRgOnly, CampaignGrade, CampaignId,
    CampaignRank, CustomFive, CustomFour, CustomOne, CustomThree, CustomTwo, DeleteUser, Email, Field, GroupId,
    HotkeysActive, IngroupGrade, IngroupRank, IngrpRgOnly, PhoneLogin, PhonePass, ResetPassword, ServerIp, VoicemailId,
    WrapupSecondsOverride,
};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::reset_password::ResetOutcome;
use crate::records::User;
use crate::users::columns::Ranked;
use crate::users::delete;
use crate::users::save::{UserColumns, UserWrite};
use crate::{FleetTx, OperationError, TxError, settle};

command_fields! {
    /// The command's fields. The first is required; empty optional fields change nothing.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct UpdateUser {
        pub agent_user: AgentUser,
        /// Only for the reply about an unknown user, which repeats it.
        pub server_ip: ServerIp,
        pub delete_user: DeleteUser,
        pub agent_pass: AgentPass,
        pub reset_password: ResetPassword,
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
        pub active: Active,
        pub wrapup_seconds_override: WrapupSecondsOverride,
        pub campaign_rank: CampaignRank,
        pub campaign_grade: CampaignGrade,
        pub camp_rg_only: CampRgOnly,
        pub campaign_id: CampaignId,
        pub ingroup_rank: IngroupRank,
        pub ingroup_grade: IngroupGrade,
        pub ingrp_rg_only: IngrpRgOnly,
        pub group_id: GroupId,
    }
}

impl From<InvalidField> for OperationError<Outcome> {
    fn from(invalid: InvalidField) -> Self {
        Self::Refused(Outcome::Invalid(invalid))
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The user was changed.
    Updated {
        /// The kinds of ranks that were set.
        ranked: Vec<Ranked>,
        /// Outcome of the password reset, if the call requested one.
        reset: Option<ResetOutcome>,
        /// Whether anything else was changed.
        changed: bool,
    },
    /// The user was deleted.
    Deleted,
    /// No user was named, or a name is longer than any user's.
    FieldsRequired,
    /// There is no such user.
    UserUnknown,
    /// The user's level is too high, or the caller does not see the user's group.
    MayNotUpdate {
        /// The caller's level.
        own: i64,
        /// Whether the caller may change users of their own level.
        same: bool,
    },
    /// The caller may change users but not delete them.
    MayNotDelete,
    /// The caller may not grant this level, or there is no such level.
    LevelInvalid {
        /// The caller's level.
        own: i64,
        /// Whether the caller may change users of their own level.
        same: bool,
    },
    /// The value of this field is not valid.
    Invalid(InvalidField),
}

/// The field with the invalid value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after its field")]
pub enum InvalidField {
    AgentPass,
    AgentFullName,
    AgentUserGroup,
    PhoneLogin,
    PhonePass,
    HotkeysActive,
    VoicemailId,
    Email,
    CustomOne,
    CustomTwo,
    CustomThree,
    CustomFour,
    CustomFive,
    Active,
    WrapupSecondsOverride,
    CampaignRank,
    CampaignGrade,
    IngroupRank,
    IngroupGrade,
}

impl UpdateUser {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        settle(self.update(tx, by), |refused| refused)
    }

    fn update(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, OperationError<Outcome>> {
        if self.agent_user.len() < 2 || self.agent_user.is_too_long() {
            return Ok(Outcome::FieldsRequired);
        }
        let Some(user) = tx.user(self.agent_user.as_str())? else { return Ok(Outcome::UserUnknown) };
        // VICIdial lets an account delete itself and lock itself out here, so neither is refused.
        let (own, same) = (by.user.user_level, by.user.modify_same_user_level);
        if check_level(by.user, user.user_level).is_err() || !Visibility::of(tx, by.user)?.see_group(&user.user_group) {
            return Ok(Outcome::MayNotUpdate { own, same });
        }
        if self.delete_user.as_str() == "Y" {
            return self.delete(tx, by, &user);
        }
        let values = self.values(tx, by.user, by.prepared.password().is_some())?;
        let ranks = self.ranks()?;
        for rank in &ranks {
            let rows = tx.rank(&user, rank)?;
            // VICIdial logs each rank separately.
            by.actor.log(tx, AuditAction::RankUser, self.agent_user.as_str(), self.rank_notes(rank, rows))?;
        }
        let ranked = ranks.iter().map(|rank| rank.ranked).collect();
        let reset = self.reset(tx, by, &user)?;
        let password = by.prepared.password();
        let changed = !values.is_empty() || password.is_some();
        if changed {
            let (columns, record_id) = (UserColumns::Changed(&user, &values), self.agent_user.as_str());
            let write = UserWrite { name: &user.user, columns, password, admin_session: "", record_id };
            write.execute(tx, by.actor)?;
        }
        Ok(Outcome::Updated { ranked, reset, changed })
    }

    /// Whether every field has a value that a user can have.
    pub(super) fn accepts_values(&self, tx: &mut dyn FleetTx, caller: &User) -> Result<bool, TxError> {
        match self.values(tx, caller, false) {
            Ok(_) => Ok(self.ranks().is_ok()),
            Err(OperationError::Refused(_)) => Ok(false),
            Err(OperationError::Failed(error)) => Err(error),
        }
    }

    fn delete(&self, tx: &mut dyn FleetTx, by: Caller<'_>, user: &User) -> Result<Outcome, OperationError<Outcome>> {
        if !by.user.delete_users {
            return Ok(Outcome::MayNotDelete);
        }
        delete::delete(tx, by.actor, user, self.agent_user.as_str())?;
        Ok(Outcome::Deleted)
    }
}
