//! The settings of the whole system, for the panel.

use fleet::TxError;
use fleet::panel::{System, SystemTx};

use super::{SqliteTx, database, missing, read_settings};

impl SystemTx for SqliteTx<'_> {
    fn system(&mut self) -> Result<System, TxError> {
        let settings = read_settings(self.connection).map_err(database)?;
        let limit = self.one("SELECT pllb_grouping_limit FROM system_settings LIMIT 1", [], |row| row.get(0))?;
        Ok(System { settings, pllb_grouping_limit: limit.unwrap_or(0) })
    }

    fn set_system(&mut self, system: &System) -> Result<(), TxError> {
        let [non_latin, ip_lists, blacklist, limit] = system.columns().map(|(_, value)| value);
        self.has_set_system = true;
        self.change_one(
            "UPDATE system_settings SET use_non_latin = ?1, allow_ip_lists = ?2, system_ip_blacklist = ?3,
                    pllb_grouping_limit = ?4",
            [non_latin, ip_lists, blacklist, limit],
            || missing("system_settings", "use_non_latin", "its one row"),
        )
    }
}
