//! New values of a user: validation of each field.

use std::ops::RangeInclusive;

use crate::field::{Field, is_blank};
use crate::non_agent_api::new_users::sees_group;
use crate::non_agent_api::update_user::{InvalidField, Outcome, UpdateUser};
use crate::php_number::{is_within, stored, stored_switch};
use crate::records::User;
use crate::users::columns::{UserColumn, UserValues};
use crate::{FleetTx, OperationError};

/// Allowed lengths of a name, a phone password, a mailbox, an email address and a custom field, in bytes.
const FULL_NAME: RangeInclusive<usize> = 1..=50;
const PHONE_PASS: RangeInclusive<usize> = 1..=20;
const VOICEMAIL_ID: RangeInclusive<usize> = 2..=10;
const EMAIL: RangeInclusive<usize> = 5..=100;
const CUSTOM: RangeInclusive<usize> = 1..=100;

/// Allowed values of a switch.
const SWITCH: RangeInclusive<i64> = 0..=1;

/// Allowed wrap-up time after a call, in seconds; -1 for the campaign's setting.
const WRAPUP: RangeInclusive<i64> = -1..=9999;

impl UpdateUser {
    /// The new values, in the order of the fields; the first invalid value refuses the whole call. An empty field changes
    /// nothing.
    pub(super) fn values(
        &self,
        tx: &mut dyn FleetTx,
        by: &User,
        has_password: bool,
    ) -> Result<UserValues, OperationError<Outcome>> {
        let mut values = UserValues::default();
        // A password that is sent as well would be another one than the user has.
        if !self.agent_pass.is_empty() && (!has_password || self.reset_length().is_some()) {
            return Err(InvalidField::AgentPass.into());
        }
        if !self.agent_user_level.is_empty() {
            let Some(level) = self.level(by.highest_changeable_level()) else {
                let (own, same) = (by.user_level, by.modify_same_user_level);
                return Err(OperationError::Refused(Outcome::LevelInvalid { own, same }));
            };
            values.set(UserColumn::UserLevel, level.to_string());
        }
        let full_name = (UserColumn::FullName, InvalidField::AgentFullName);
        put_or_clear(&mut values, &self.agent_full_name, &FULL_NAME, full_name)?;
        if !self.agent_user_group.is_empty() {
            if !sees_group(tx, by, self.agent_user_group.as_str())? {
                return Err(InvalidField::AgentUserGroup.into());
            }
            values.set(UserColumn::UserGroup, self.agent_user_group.as_str());
        }
        if is_blank(&self.phone_login) {
            values.set(UserColumn::PhoneLogin, "");
        } else if !self.phone_login.is_empty() {
            let login = self.phone_login.as_str();
            if !tx.login_exists(login)? && !tx.alias_exists(login)? {
                return Err(InvalidField::PhoneLogin.into());
            }
            values.set(UserColumn::PhoneLogin, login);
        }
        self.plain_values(&mut values)?;
        match tx.first_too_long(&values)?.and_then(field_of) {
            Some(field) => Err(field.into()),
            None => Ok(values),
        }
    }

    /// The level that was sent, if the caller may grant it.
    fn level(&self, highest: i64) -> Option<i64> {
        self.agent_user_level.as_str().parse().ok().filter(|level| (1..=highest).contains(level))
    }

    /// The values that can be checked without the database.
    fn plain_values(&self, values: &mut UserValues) -> Result<(), InvalidField> {
        put_or_clear(values, &self.phone_pass, &PHONE_PASS, (UserColumn::PhonePass, InvalidField::PhonePass))?;
        match self.hotkeys_active.as_str() {
            "" => {}
            switch if is_within(switch, &SWITCH) => values.set(UserColumn::HotkeysActive, stored_switch(switch)),
            _ => return Err(InvalidField::HotkeysActive),
        }
        put(values, &self.voicemail_id, &VOICEMAIL_ID, (UserColumn::VoicemailId, InvalidField::VoicemailId))?;
        put_or_clear(values, &self.email, &EMAIL, (UserColumn::Email, InvalidField::Email))?;
        put_or_clear(values, &self.custom_one, &CUSTOM, (UserColumn::CustomOne, InvalidField::CustomOne))?;
        put_or_clear(values, &self.custom_two, &CUSTOM, (UserColumn::CustomTwo, InvalidField::CustomTwo))?;
        put_or_clear(values, &self.custom_three, &CUSTOM, (UserColumn::CustomThree, InvalidField::CustomThree))?;
        put_or_clear(values, &self.custom_four, &CUSTOM, (UserColumn::CustomFour, InvalidField::CustomFour))?;
        put_or_clear(values, &self.custom_five, &CUSTOM, (UserColumn::CustomFive, InvalidField::CustomFive))?;
        match self.active.as_str() {
            "" => {}
            switch @ ("Y" | "N") => values.set(UserColumn::Active, switch),
            _ => return Err(InvalidField::Active),
        }
        match self.wrapup_seconds_override.as_str() {
            "" => {}
            seconds if is_within(seconds, &WRAPUP) => {
                values.set(UserColumn::WrapupSecondsOverride, stored(seconds).to_string());
            }
            _ => return Err(InvalidField::WrapupSecondsOverride),
        }
        Ok(())
    }
}

/// The field that a text column is written from.
fn field_of(column: UserColumn) -> Option<InvalidField> {
    Some(match column {
        UserColumn::FullName => InvalidField::AgentFullName,
        UserColumn::UserGroup => InvalidField::AgentUserGroup,
        UserColumn::PhoneLogin => InvalidField::PhoneLogin,
        UserColumn::PhonePass => InvalidField::PhonePass,
        UserColumn::VoicemailId => InvalidField::VoicemailId,
        UserColumn::Email => InvalidField::Email,
        UserColumn::CustomOne => InvalidField::CustomOne,
        UserColumn::CustomTwo => InvalidField::CustomTwo,
        UserColumn::CustomThree => InvalidField::CustomThree,
        UserColumn::CustomFour => InvalidField::CustomFour,
        UserColumn::CustomFive => InvalidField::CustomFive,
        UserColumn::UserLevel
        | UserColumn::HotkeysActive
        | UserColumn::WrapupSecondsOverride
        | UserColumn::AgentChooseIngroups
        | UserColumn::AgentChooseBlended
        | UserColumn::CloserDefaultBlended
        | UserColumn::CloserCampaigns
        | UserColumn::FailedLoginCount
        | UserColumn::Active => return None,
    })
}

/// Sets a column if the field was sent and its length is valid.
fn put(
    values: &mut UserValues,
    field: &impl Field,
    lengths: &RangeInclusive<usize>,
    (column, invalid): (UserColumn, InvalidField),
) -> Result<(), InvalidField> {
    if field.is_empty() {
        return Ok(());
    }
    if !lengths.contains(&field.len()) {
        return Err(invalid);
    }
    values.set(column, field.as_str());
    Ok(())
}

/// Like [`put`], but clears the column for `--BLANK--`.
fn put_or_clear(
    values: &mut UserValues,
    field: &impl Field,
    lengths: &RangeInclusive<usize>,
    (column, invalid): (UserColumn, InvalidField),
) -> Result<(), InvalidField> {
    if is_blank(field) {
        values.set(column, "");
        return Ok(());
    }
    put(values, field, lengths, (column, invalid))
}
