//! [`SettingsTx`] on any engine.

use fleet::TxError;
use fleet::password::vicidial::HashRule;
use fleet::records::SystemSettings;
use fleet::system_settings::System;
use fleet::tx::SettingsTx;

use super::{SqlTx, missing};
use crate::database::{Database, Read, ResultRow, columns, flag, number, params, text};

columns! { system_columns, SYSTEM: SystemColumns {
    use_non_latin, allow_ip_lists, system_ip_blacklist, pass_hash_enabled, pass_key, pass_cost
} }

/// A column behind those of the settings.
const BEHIND: usize = SYSTEM.pass_cost + 1;

/// Finds the system's settings.
pub(crate) const SETTINGS: &str = concat!("SELECT ", system_columns!(), " FROM system_settings LIMIT 1");

/// Reads the one row of `system_settings`.
pub(crate) fn read_settings(row: &ResultRow<'_>) -> Read<SystemSettings> {
    Ok(SystemSettings {
        use_non_latin: flag(row, SYSTEM.use_non_latin)?,
        allow_ip_lists: flag(row, SYSTEM.allow_ip_lists)?,
        system_ip_blacklist: text(row, SYSTEM.system_ip_blacklist)?,
        hash_rule: if flag(row, SYSTEM.pass_hash_enabled)? {
            HashRule::from_columns(&text(row, SYSTEM.pass_key)?, number(row, SYSTEM.pass_cost)?)
        } else {
            None
        },
    })
}

impl<D: Database> SettingsTx for SqlTx<D> {
    fn settings(&mut self) -> Result<SystemSettings, TxError> {
        self.database.settings()
    }

    fn system(&mut self) -> Result<System, TxError> {
        let found = self.one(
            concat!("SELECT ", system_columns!(), ", pllb_grouping_limit FROM system_settings LIMIT 1 /*FOR UPDATE*/"),
            params![],
            |row| Ok(System { settings: read_settings(row)?, pllb_grouping_limit: row.get(BEHIND)? }),
        )?;
        Ok(found.unwrap_or_default())
    }

    fn set_system(&mut self, system: &System) -> Result<(), TxError> {
        let [non_latin, ip_lists, blacklist, limit] = system.columns().map(|(_, value)| value);
        self.database.invalidate_settings();
        self.change_one(
            "UPDATE system_settings SET use_non_latin = ?1, allow_ip_lists = ?2, system_ip_blacklist = ?3,
                    pllb_grouping_limit = ?4",
            [non_latin, ip_lists, blacklist, limit],
            || missing("system_settings", "use_non_latin", "its one row"),
        )
    }

    fn grouping_limit(&mut self) -> Result<u32, TxError> {
        let limit = self.one("SELECT pllb_grouping_limit FROM system_settings LIMIT 1", params![], |row| row.get(0))?;
        Ok(limit.unwrap_or(0))
    }
}
