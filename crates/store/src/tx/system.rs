//! The settings of the whole system, for the panel.

use fleet::TxError;
use fleet::system_settings::{System, SystemTx};

use super::{SqlTx, missing, read_settings};
use crate::database::{Database, params};

impl<D: Database> SystemTx for SqlTx<D> {
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
}
