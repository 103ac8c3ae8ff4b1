//! Dialers, for who watches them.

use std::ops::RangeInclusive;

use fleet::TxError;
use fleet::diagnostics::dialers::RoomCount;
use fleet::name::key;
use fleet::sessions::{DialerTx, Engine, ManagerRow};

use super::{SqlTx, missing};
use crate::database::{Database, flag, number, params, text};

impl<D: Database> DialerTx for SqlTx<D> {
    fn begin_run(&mut self, owner: &str) -> Result<(), TxError> {
        self.database.recount_seats()?;
        self.change("REPLACE INTO hotdesk_run (owner, began) VALUES (?1, ?2)", [owner, &self.stamp]).map(drop)
    }

    fn runs(&mut self) -> Result<Vec<String>, TxError> {
        self.all("SELECT owner FROM hotdesk_run", params![], |row| text(row, 0))
    }

    fn managers(&mut self) -> Result<Vec<ManagerRow>, TxError> {
        self.all(
            "SELECT s.server_ip, s.active, s.active_agent_login_server, d.draining, s.server_id,
                    ifnull(d.ami_host, s.telnet_host), ifnull(d.ami_port, s.telnet_port),
                    ifnull(d.ami_user, s.ASTmgrUSERNAME), ifnull(d.ami_secret, s.ASTmgrSECRET), d.ami_tls
             FROM servers s LEFT JOIN hotdesk_dialer d ON d.server_ip = s.server_ip ORDER BY s.server_ip",
            params![],
            |row| {
                let server_ip = text(row, 0)?;
                // As the dialer itself sees it, since VICIdial's own programs run there.
                let host = Some(text(row, 5)?).filter(|host| !matches!(host.as_str(), "" | "localhost"));
                Ok(ManagerRow {
                    active: flag(row, 1)?,
                    accepts_agents: flag(row, 2)?,
                    draining: flag(row, 3)?,
                    server_id: text(row, 4)?,
                    host: host.unwrap_or_else(|| server_ip.clone()),
                    port: u16::try_from(number(row, 6)?).unwrap_or(0),
                    user: text(row, 7)?,
                    secret: text(row, 8)?,
                    tls: flag(row, 9)?,
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

    fn count_phones(&mut self, server_ip: &str) -> Result<u32, TxError> {
        let count = "SELECT count(*) FROM phones WHERE lower(rtrim(server_ip)) = ?1";
        Ok(self.one(count, [key(server_ip)], |row| row.get(0))?.unwrap_or(0))
    }

    fn set_draining(&mut self, server_ip: &str, draining: bool) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_dialer (server_ip, draining) VALUES (?1, ?2)
             ON CONFLICT (server_ip) DO UPDATE SET draining = excluded.draining",
            [server_ip, if draining { "Y" } else { "N" }],
        )
        .map(drop)
    }

    fn beat(&mut self, server_ip: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO server_updater (server_ip, last_update) VALUES (?1, ?2)
             ON CONFLICT (server_ip) DO UPDATE SET last_update = excluded.last_update",
            [server_ip, &self.stamp],
        )
        .map(drop)
    }

    fn count_rooms(&mut self, server_ip: &str, engine: Engine) -> Result<RoomCount, TxError> {
        let count = match engine {
            Engine::Meetme => {
                "SELECT count(*), ifnull(sum(ifnull(extension, '') = ''), 0) FROM vicidial_conferences
                 WHERE server_ip = ?1"
            }
            Engine::Confbridge => {
                "SELECT count(*), ifnull(sum(ifnull(extension, '') = ''), 0) FROM vicidial_confbridges
                 WHERE server_ip = ?1"
            }
        };
        let rooms = self.one(count, [server_ip], |row| Ok(RoomCount { all: row.get(0)?, free: row.get(1)? }))?;
        Ok(rooms.unwrap_or_default())
    }

    fn make_rooms(&mut self, server_ip: &str, numbers: RangeInclusive<u32>) -> Result<bool, TxError> {
        let has_rooms = self.exists(
            "SELECT 1 FROM vicidial_conferences WHERE server_ip = ?1
             UNION ALL SELECT 1 FROM vicidial_confbridges WHERE server_ip = ?1",
            [server_ip],
        )?;
        if has_rooms {
            return Ok(false);
        }
        self.database.mark_files_changed();
        for number in numbers {
            self.change(
                "INSERT INTO vicidial_conferences (conf_exten, server_ip) VALUES (?1, ?2)",
                params![number, server_ip],
            )?;
            self.change(
                "INSERT INTO vicidial_confbridges (conf_exten, server_ip) VALUES (?1, ?2)",
                params![number, server_ip],
            )?;
        }
        Ok(true)
    }
}
