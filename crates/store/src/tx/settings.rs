//! [`SettingsTx`] on any engine.

use fleet::TxError;
use fleet::password::vicidial::HashRule;
use fleet::records::SystemSettings;
use fleet::system_settings::System;
use fleet::tx::SettingsTx;

use super::{SqlTx, missing};
use crate::database::{Database, Read, ResultRow, flag, number, params, text};

/// Finds the system's settings, in the order in which [`read_settings`] reads them.
pub(crate) const SETTINGS: &str =
    "SELECT use_non_latin, allow_ip_lists, system_ip_blacklist, pass_hash_enabled, pass_key, pass_cost FROM system_settings
     LIMIT 1";

/// Reads the one row of `system_settings`.
pub(crate) fn read_settings(row: &ResultRow<'_>) -> Read<SystemSettings> {
    Ok(SystemSettings {
        use_non_latin: flag(row, 0)?,
        allow_ip_lists: flag(row, 1)?,
        system_ip_blacklist: text(row, 2)?,
        hash_rule: if flag(row, 3)? { HashRule::from_columns(&text(row, 4)?, number(row, 5)?) } else { None },
    })
}

impl<D: Database> SettingsTx for SqlTx<D> {
    fn settings(&mut self) -> Result<SystemSettings, TxError> {
        self.database.settings()
    }

    fn system(&mut self) -> Result<System, TxError> {
        let found = self.one(
            "SELECT use_non_latin, allow_ip_lists, system_ip_blacklist, pass_hash_enabled, pass_key, pass_cost,
                    pllb_grouping_limit
             FROM system_settings LIMIT 1 /*FOR UPDATE*/",
            params![],
            |row| Ok(System { settings: read_settings(row)?, pllb_grouping_limit: row.get(6)? }),
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
