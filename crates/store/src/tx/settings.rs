//! [`SettingsTx`] on any engine.

use fleet::TxError;
use fleet::password::vicidial::HashRule;
use fleet::records::SystemSettings;
use fleet::system_settings::System;
use fleet::tx::SettingsTx;

use super::{SqlTx, missing};
use crate::database::{Database, Read, params};
use crate::row::{Reader, row, update};

row! { system: struct SystemRow {
    use_non_latin: bool, allow_ip_lists: bool, system_ip_blacklist: String, pass_hash_enabled: bool, pass_key: String,
    pass_cost: i64
} }

/// Finds the system's settings.
pub(crate) const SETTINGS: &str = concat!("SELECT ", system!(), " FROM system_settings LIMIT 1");

/// Reads the one row of `system_settings`.
pub(crate) fn read_settings(row: &mut Reader<'_>) -> Read<SystemSettings> {
    let system = system(row)?;
    let hash_rule = HashRule::from_columns(&system.pass_key, system.pass_cost).filter(|_| system.pass_hash_enabled);
    Ok(SystemSettings {
        use_non_latin: system.use_non_latin,
        allow_ip_lists: system.allow_ip_lists,
        system_ip_blacklist: system.system_ip_blacklist,
        hash_rule,
    })
}

impl<D: Database> SettingsTx for SqlTx<D> {
    fn settings(&mut self) -> Result<SystemSettings, TxError> {
        self.database.settings()
    }

    fn system(&mut self) -> Result<System, TxError> {
        let found = self.one(
            concat!("SELECT ", system!(), ", pllb_grouping_limit FROM system_settings LIMIT 1 /*FOR UPDATE*/"),
            params![],
            |row| Ok(System { settings: read_settings(row)?, pllb_grouping_limit: row.read()? }),
        )?;
        Ok(found.unwrap_or_default())
    }

    fn set_system(&mut self, system: &System) -> Result<(), TxError> {
        let digit = |flag: bool| if flag { "1" } else { "0" };
        self.database.invalidate_settings();
        self.run_one(
            update!("system_settings" {
                use_non_latin: digit(system.settings.use_non_latin),
                allow_ip_lists: digit(system.settings.allow_ip_lists),
                system_ip_blacklist: system.settings.system_ip_blacklist,
                pllb_grouping_limit: system.pllb_grouping_limit,
            } ""),
            || missing("system_settings", "use_non_latin", "its one row"),
        )
    }

    fn is_shared_with_vicidial(&self) -> bool {
        self.database.is_shared_with_vicidial()
    }

    fn grouping_limit(&mut self) -> Result<u32, TxError> {
        Ok(self.value("SELECT pllb_grouping_limit FROM system_settings LIMIT 1", params![])?.unwrap_or(0))
    }
}
