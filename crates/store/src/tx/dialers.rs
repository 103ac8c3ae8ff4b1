//! [`DialersTx`] on any engine.

use fleet::fleet_file::weights;
use fleet::fleet_file::weights::CONTAINER;
use fleet::name::key;
use fleet::sessions::{DialerRow, Engine, ManagerRow};
use fleet::tx::DialersTx;
use fleet::{Timestamp, TxError};

use super::conferences::free_room;
use super::{SqlTx, missing};
use crate::database::{Database, columns, flag, number, params, text};

// Whether there is a free room comes behind these columns.
columns! { seated_columns, SEATED: SeatedColumns {
    server_ip = "s.server_ip", active = "s.active", active_agent_login_server = "s.active_agent_login_server",
    active_twin_server_ip = "s.active_twin_server_ip", conf_engine = "s.conf_engine", draining = "d.draining",
    last_update = "u.last_update",
    // With the address as a value, MariaDB counts the seats of this dialer and no other.
    seats = "(SELECT seats FROM hotdesk_seats t WHERE t.server_ip = /*SQLITE*/s.server_ip/*MARIADB ?1*/)"
} }

columns! { manager_columns, MANAGER: ManagerColumns {
    server_ip = "s.server_ip", active = "s.active", active_agent_login_server = "s.active_agent_login_server",
    draining = "d.draining", server_id = "s.server_id", host = "ifnull(d.ami_host, s.telnet_host)",
    port = "ifnull(d.ami_port, s.telnet_port)", ami_user = "ifnull(d.ami_user, s.ASTmgrUSERNAME)",
    secret = "ifnull(d.ami_secret, s.ASTmgrSECRET)", ami_tls = "d.ami_tls"
} }

impl<D: Database> DialersTx for SqlTx<D> {
    fn dialer(&mut self, server_ip: &str) -> Result<Option<DialerRow>, TxError> {
        // Whoever chooses by the seats takes one: nobody else may choose by them meanwhile.
        self.database.hold("seats")?;
        self.one(
            concat!(
                "SELECT ",
                seated_columns!(),
                ", CASE s.conf_engine WHEN 'CONFBRIDGE' THEN (",
                free_room!("vicidial_confbridges", "s.server_ip"),
                ") ELSE (",
                free_room!("vicidial_conferences", "s.server_ip"),
                ") END IS NOT NULL
                 FROM servers s LEFT JOIN hotdesk_dialer d ON d.server_ip = s.server_ip
                      LEFT JOIN server_updater u ON u.server_ip = s.server_ip
                 WHERE lower(rtrim(s.server_ip)) = ?1"
            ),
            [key(server_ip)],
            |row| {
                let engine = text(row, SEATED.conf_engine)?;
                Ok(DialerRow {
                    server_ip: text(row, SEATED.server_ip)?,
                    active: flag(row, SEATED.active)?,
                    accepts_agents: flag(row, SEATED.active_agent_login_server)?,
                    active_twin_server_ip: text(row, SEATED.active_twin_server_ip)?,
                    engine: if engine == "CONFBRIDGE" { Engine::Confbridge } else { Engine::Meetme },
                    draining: flag(row, SEATED.draining)?,
                    last_update: Timestamp::from_stamp(&text(row, SEATED.last_update)?),
                    seats: u32::try_from(number(row, SEATED.seats)?).unwrap_or(0),
                    has_free_room: row.get(SEATED.seats + 1)?,
                })
            },
        )
    }

    fn dialer_exists(&mut self, server_ip: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM servers WHERE lower(rtrim(server_ip)) = ?1", [key(server_ip)])
    }

    fn active_dialer_gmt(&mut self) -> Result<Option<String>, TxError> {
        self.one(
            "SELECT local_gmt FROM servers WHERE active = 'Y' ORDER BY lower(rtrim(server_ip)) LIMIT 1",
            params![],
            |row| text(row, 0),
        )
    }

    fn managers(&mut self) -> Result<Vec<ManagerRow>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                manager_columns!(),
                " FROM servers s LEFT JOIN hotdesk_dialer d ON d.server_ip = s.server_ip ORDER BY s.server_ip"
            ),
            params![],
            |row| {
                let server_ip = text(row, MANAGER.server_ip)?;
                // As the dialer itself sees it, since VICIdial's own programs run there.
                let host = Some(text(row, MANAGER.host)?).filter(|host| !matches!(host.as_str(), "" | "localhost"));
                Ok(ManagerRow {
                    active: flag(row, MANAGER.active)?,
                    accepts_agents: flag(row, MANAGER.active_agent_login_server)?,
                    draining: flag(row, MANAGER.draining)?,
                    server_id: text(row, MANAGER.server_id)?,
                    host: host.unwrap_or_else(|| server_ip.clone()),
                    port: u16::try_from(number(row, MANAGER.port)?).unwrap_or(0),
                    user: text(row, MANAGER.ami_user)?,
                    secret: text(row, MANAGER.secret)?,
                    tls: flag(row, MANAGER.ami_tls)?,
                    server_ip,
                })
            },
        )
    }

    fn set_active(&mut self, server_ip: &str, active: bool) -> Result<(), TxError> {
        self.change_one(
            "UPDATE servers SET active = ?2 WHERE lower(rtrim(server_ip)) = ?1",
            [key(server_ip).as_str(), if active { "Y" } else { "N" }],
            || missing("servers", "server_ip", server_ip),
        )
    }

    fn set_draining(&mut self, server_ip: &str, draining: bool) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_dialer (server_ip, draining) VALUES (?1, ?2)
             ON CONFLICT (server_ip) DO UPDATE SET draining = excluded.draining",
            [server_ip, if draining { "Y" } else { "N" }],
        )
        .map(drop)
    }

    fn heartbeat(&mut self, server_ip: &str) -> Result<Option<Timestamp>, TxError> {
        let last =
            self.one("SELECT last_update FROM server_updater WHERE server_ip = ?1", [server_ip], |row| text(row, 0))?;
        Ok(last.as_deref().and_then(Timestamp::from_stamp))
    }

    fn beat(&mut self, server_ip: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO server_updater (server_ip, last_update) VALUES (?1, ?2)
             ON CONFLICT (server_ip) DO UPDATE SET last_update = excluded.last_update",
            [server_ip, &self.stamp],
        )
        .map(drop)
    }

    fn weights(&mut self) -> Result<Vec<(String, u32)>, TxError> {
        let entry = self.one(
            "SELECT container_entry FROM vicidial_settings_containers WHERE container_id = ?1",
            [CONTAINER],
            |row| text(row, 0),
        )?;
        let weights = weights::read(&entry.unwrap_or_default());
        Ok(weights.into_iter().filter_map(|(server_ip, weight)| Some((server_ip, weight.parse().ok()?))).collect())
    }

    fn begin_run(&mut self, owner: &str) -> Result<(), TxError> {
        self.database.recount_seats()?;
        self.change("REPLACE INTO hotdesk_run (owner, began) VALUES (?1, ?2)", [owner, &self.stamp]).map(drop)
    }

    fn runs(&mut self) -> Result<Vec<String>, TxError> {
        self.all("SELECT owner FROM hotdesk_run", params![], |row| text(row, 0))
    }
}
