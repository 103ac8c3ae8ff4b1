//! System settings that Hotdesk uses, and changes to them by administrators of the highest level.

use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::authorization::Role;
use crate::login::allows_address;
use crate::records::SystemSettings;
use crate::schema::Table;
use crate::sessions::digest_of;
use crate::{FleetTx, TxError};

/// The level required to change system settings.
pub const LEVEL: i64 = 9;

/// The highest `pllb_grouping_limit`.
pub const MAX_GROUPING_LIMIT: u32 = 10_000;

/// The columns of `system_settings` that Hotdesk uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// The settings that every call needs.
    pub settings: SystemSettings,
    /// Maximum number of a campaign's agents per dialer for `CASCADING`.
    pub pllb_grouping_limit: u32,
}

impl System {
    /// Version of these values.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }

    /// The columns with their values as text.
    #[must_use]
    pub fn columns(&self) -> [(&'static str, String); 4] {
        let digit = |flag: bool| u8::from(flag).to_string();
        [
            ("use_non_latin", digit(self.settings.use_non_latin)),
            ("allow_ip_lists", digit(self.settings.allow_ip_lists)),
            ("system_ip_blacklist", self.settings.system_ip_blacklist.clone()),
            ("pllb_grouping_limit", self.pllb_grouping_limit.to_string()),
        ]
    }

    /// The changed values, as notes for the audit log.
    fn difference(&self, after: &Self) -> String {
        let pairs = self.columns().into_iter().zip(after.columns());
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        changed
            .map(|((name, before), (_, after))| format!("{name}: {before} to {after}"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Command to change system settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveSystemSettings {
    /// The new settings.
    pub system: System,
    /// The [`System::version`] that the actor saw.
    pub version: String,
    /// The actor.
    pub actor: Actor,
}

/// Result of changing system settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemSettingsOutcome {
    /// The settings were changed, or were already equal.
    Done,
    /// The actor is not authorized.
    MayNot,
    /// The IP list of this name has no entries.
    NoSuchList,
    /// The limit is not from 1 to [`MAX_GROUPING_LIMIT`].
    NoSuchLimit,
    /// The actor could not log in from their address any more.
    LocksOwnAccountOut,
    /// The settings have changed since the actor saw them; these are the current ones.
    Outdated(System),
}

impl SaveSystemSettings {
    /// Changes the settings, and logs that.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<SystemSettingsOutcome, TxError> {
        let by = tx.user(&self.actor.user)?.filter(|user| may_change(user.user_level, Role::of(user)));
        let Some(by) = by else { return Ok(SystemSettingsOutcome::MayNot) };
        let (before, after) = (tx.system()?, &self.system);
        if before.version() != self.version {
            return Ok(SystemSettingsOutcome::Outdated(before));
        }
        let list = &after.settings.system_ip_blacklist;
        if !list.is_empty() && *list != before.settings.system_ip_blacklist && tx.ip_list(list)?.is_empty() {
            return Ok(SystemSettingsOutcome::NoSuchList);
        }
        if !(1..=MAX_GROUPING_LIMIT).contains(&after.pllb_grouping_limit) {
            return Ok(SystemSettingsOutcome::NoSuchLimit);
        }
        if !allows_address(tx, &by, &after.settings, self.actor.from)? {
            return Ok(SystemSettingsOutcome::LocksOwnAccountOut);
        }
        if before.columns() == after.columns() {
            return Ok(SystemSettingsOutcome::Done);
        }
        tx.set_system(after)?;
        let action = AuditAction::Row(RowEvent::Modify, Table::Settings);
        self.actor.log(tx, action, "system_settings", before.difference(after))?;
        Ok(SystemSettingsOutcome::Done)
    }
}

/// Whether an account with this level and role may change system settings.
#[must_use]
pub fn may_change(level: i64, role: Option<Role>) -> bool {
    level >= LEVEL && role == Some(Role::Administrator)
}
