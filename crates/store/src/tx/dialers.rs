//! [`DialersTx`] on any engine.

use fleet::fleet_file::weights;
use fleet::name::{address_order, key};
use fleet::sessions::{DialerRow, Engine, ManagerRow};
use fleet::tx::DialersTx;
use fleet::{Timestamp, TxError};

use super::conferences::free_conference;
use super::{SqlTx, missing};
use crate::database::{Database, params};
use crate::row::{from_text, row, update, upsert};

row! { dialer: DialerRow {
    server_ip = "s.server_ip", active = "s.active", accepts_agents = "s.active_agent_login_server",
    active_twin_server_ip = "s.active_twin_server_ip", engine = "s.conf_engine", asterisk_version = "s.asterisk_version", draining = "d.draining",
    last_update = "/*FROM LOCAL*/(u.last_update)",
    // MariaDB counts only the seats of this dialer if the address is a bound value.
    seats = "(SELECT seats FROM hotdesk_seats t WHERE t.server_ip = /*SQLITE*/s.server_ip/*MARIADB ?1*/)",
    has_free_conference = concat!("CASE s.conf_engine WHEN 'CONFBRIDGE' THEN (", free_conference!("vicidial_confbridges", "s.server_ip"),
        ") ELSE (", free_conference!("vicidial_conferences", "s.server_ip"), ") END IS NOT NULL")
} }

row! { manager: ManagerRow from "servers s LEFT JOIN hotdesk_dialer d ON d.server_ip = s.server_ip" {
    server_ip = "s.server_ip", active = "s.active", accepts_agents = "s.active_agent_login_server",
    draining = "d.draining", server_id = "s.server_id", host = "ifnull(d.ami_host, s.telnet_host)",
    port = "ifnull(d.ami_port, s.telnet_port)", user = "ifnull(d.ami_user, s.ASTmgrUSERNAME)",
    secret = "ifnull(d.ami_secret, s.ASTmgrSECRET)", tls = "d.ami_tls"
} }

from_text! { Engine: |word| Some(if word == "CONFBRIDGE" { Self::Confbridge } else { Self::Meetme }); }

impl<D: Database> DialersTx for SqlTx<D> {
    fn dialer(&mut self, server_ip: &str) -> Result<Option<DialerRow>, TxError> {
        // A login that chooses by the seats also takes one, so no other login may choose meanwhile.
        self.database.hold("seats")?;
        self.one(
            concat!(
                "SELECT ",
                dialer!(),
                " FROM servers s LEFT JOIN hotdesk_dialer d ON d.server_ip = s.server_ip
                      LEFT JOIN server_updater u ON u.server_ip = s.server_ip
                 WHERE lower(rtrim(s.server_ip)) = ?1"
            ),
            [key(server_ip)],
            dialer,
        )
    }

    fn dialer_exists(&mut self, server_ip: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM servers WHERE lower(rtrim(server_ip)) = ?1", [key(server_ip)])
    }

    fn active_dialer_gmt(&mut self) -> Result<Option<String>, TxError> {
        let find = "SELECT local_gmt FROM servers WHERE active = 'Y' ORDER BY lower(rtrim(server_ip)) LIMIT 1";
        self.value(find, params![])
    }

    fn managers(&mut self) -> Result<Vec<ManagerRow>, TxError> {
        let mut managers = self.all(manager!(), params![], |row| {
            let mut manager = manager(row)?;
            // VICIdial's own programs run on the dialer itself, so they can have `localhost` here.
            if matches!(manager.host.as_str(), "" | "localhost") {
                manager.host.clone_from(&manager.server_ip);
            }
            Ok(manager)
        })?;
        managers.sort_by_cached_key(|manager| address_order(&manager.server_ip));
        Ok(managers)
    }

    fn set_active(&mut self, server_ip: &str, active: bool) -> Result<(), TxError> {
        self.run_one(
            update!("servers" { active: if active { "Y" } else { "N" } }
                "WHERE lower(rtrim(server_ip)) = ?", key(server_ip)),
            || missing("servers", "server_ip", server_ip),
        )
    }

    fn set_draining(&mut self, server_ip: &str, draining: bool) -> Result<(), TxError> {
        let draining = if draining { "Y" } else { "N" };
        self.run(upsert!("hotdesk_dialer" { server_ip: server_ip } { draining: draining }))
    }

    fn heartbeat(&mut self, server_ip: &str) -> Result<Option<Timestamp>, TxError> {
        let find = "SELECT /*FROM LOCAL*/(last_update) FROM server_updater WHERE server_ip = ?1";
        Ok(self.value::<Option<Timestamp>>(find, [server_ip])?.flatten())
    }

    fn beat(&mut self, server_ip: &str) -> Result<(), TxError> {
        self.run(upsert!("server_updater" { server_ip: server_ip } { last_update: self.stamp => "/*TO LOCAL*/(?)" }))
    }

    fn weights(&mut self) -> Result<Vec<(String, u32)>, TxError> {
        let weights = weights::read(&self.weights_text()?);
        Ok(weights.into_iter().filter_map(|(server_ip, weight)| Some((server_ip, weight.parse().ok()?))).collect())
    }

    fn begin_run(&mut self, owner: &str) -> Result<(), TxError> {
        self.database.recount_seats()?;
        self.run(upsert!("hotdesk_run" { owner: owner } { began: self.stamp }))
    }

    fn runs(&mut self) -> Result<Vec<String>, TxError> {
        self.values("SELECT owner FROM hotdesk_run", params![])
    }
}
