//! The settings of the whole system that Hotdesk heeds, for administrators of the highest level.

use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::authorization::Role;
use crate::login::may_come_from;
use crate::records::SystemSettings;
use crate::schema::Table;
use crate::sessions::digest_of;
use crate::{FleetTx, TxError};

/// The level that may change them.
pub const LEVEL: i64 = 9;

/// The highest `pllb_grouping_limit`.
pub const MOST_GROUPED: u32 = 10_000;

/// The columns of `system_settings` that Hotdesk heeds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// What every call asks for.
    pub settings: SystemSettings,
    /// With how many agents of a campaign a dialer is full for `CASCADING`.
    pub pllb_grouping_limit: u32,
}

impl System {
    /// Stands for these values.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }

    /// The columns, as they are written.
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

    /// What differs, in words for the admin log.
    fn difference(&self, after: &Self) -> String {
        let pairs = self.columns().into_iter().zip(after.columns());
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        changed
            .map(|((name, before), (_, after))| format!("{name}: {before} to {after}"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// A change of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveSystemSettings {
    /// What they are to be.
    pub system: System,
    /// The [`System::version`] that was looked at.
    pub version: String,
    /// Who changes them.
    pub actor: Actor,
}

/// How a change ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemSettingsOutcome {
    /// It is so now.
    Done,
    /// Who changes them may not.
    MayNot,
    /// There is no address on a list of this name.
    NoSuchList,
    /// The limit is not from 1 to [`MOST_GROUPED`].
    NoSuchLimit,
    /// Who changes them could not come in again from where they are.
    LocksOneselfOut,
    /// Somebody else changed them since they were looked at: they are so now.
    Outdated(System),
}

impl SaveSystemSettings {
    /// Carries the change out, with its row of the admin log.
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
        if !(1..=MOST_GROUPED).contains(&after.pllb_grouping_limit) {
            return Ok(SystemSettingsOutcome::NoSuchLimit);
        }
        if !may_come_from(tx, &by, &after.settings, self.actor.from)? {
            return Ok(SystemSettingsOutcome::LocksOneselfOut);
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

/// Whether who has this level and role may change them.
#[must_use]
pub fn may_change(level: i64, role: Option<Role>) -> bool {
    level >= LEVEL && role == Some(Role::Administrator)
}
