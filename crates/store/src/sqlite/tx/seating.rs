//! Seats, rooms and sessions.

use fleet::fleet_file::weights::{self, CONTAINER};
use fleet::name::key;
use fleet::records::{OwnPhone, Phone, User};
use fleet::seating::{Campaign, DialerRow, Engine, QueuedCall, Rooms, SeatingTx, Session};
use fleet::{FleetTx, Moment, TxError};
use rusqlite::params;

use super::{SqliteTx, flag, missing, text};

impl SeatingTx for SqliteTx<'_> {
    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError> {
        self.all(
            "SELECT phone_login, phone_pass FROM
                 (SELECT 1 AS turn, phone_login, phone_pass FROM vicidial_users WHERE user_id = ?1
                  UNION ALL SELECT 2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?2)
             WHERE phone_login <> '' ORDER BY turn",
            params![user.user_id, key(&user.user)],
            |row| Ok(OwnPhone { login: text(row, 0)?, pass: text(row, 1)? }),
        )
    }

    fn campaign(&mut self, campaign_id: &str) -> Result<Option<Campaign>, TxError> {
        self.one(
            "SELECT campaign_id, active, pllb_grouping, pllb_grouping_limit, campaign_cid FROM vicidial_campaigns
             WHERE campaign_id = ?1 COLLATE NOCASE",
            [campaign_id.trim_end_matches(' ')],
            |row| {
                Ok(Campaign {
                    campaign_id: text(row, 0)?,
                    active: flag(row, 1)?,
                    pllb_grouping: text(row, 2)?,
                    pllb_grouping_limit: row.get(3)?,
                    campaign_cid: text(row, 4)?,
                })
            },
        )
    }

    fn phone_of_login(&mut self, login: &str) -> Result<Option<Phone>, TxError> {
        let key = self.phones_with_login(login)?.into_iter().next();
        key.map_or(Ok(None), |key| self.phone(&key))
    }

    fn dialer(&mut self, server_ip: &str) -> Result<Option<DialerRow>, TxError> {
        self.one(
            "SELECT server_ip, active, active_agent_login_server, active_twin_server_ip, conf_engine FROM servers
             WHERE lower(rtrim(server_ip)) = ?1",
            [key(server_ip)],
            |row| {
                let engine = text(row, 4)?;
                Ok(DialerRow {
                    server_ip: text(row, 0)?,
                    active: flag(row, 1)?,
                    accepts_agents: flag(row, 2)?,
                    active_twin_server_ip: text(row, 3)?,
                    engine: if engine == "CONFBRIDGE" { Engine::Confbridge } else { Engine::Meetme },
                })
            },
        )
    }

    fn heartbeat_age(&mut self, server_ip: &str) -> Result<Option<i64>, TxError> {
        let last =
            self.one("SELECT last_update FROM server_updater WHERE server_ip = ?1", [server_ip], |row| text(row, 0))?;
        let last = last.as_deref().and_then(Moment::from_stamp);
        Ok(last.map(|last| self.now().unix() - last.unix()))
    }

    fn seats(&mut self, server_ip: &str, but: &str) -> Result<u32, TxError> {
        let seats = self.one(
            "SELECT count(*) FROM vicidial_live_agents
             WHERE server_ip = ?1 AND extension IS NOT NULL AND extension NOT LIKE 'r%' AND user <> ?2",
            [server_ip, but],
            |row| row.get(0),
        )?;
        Ok(seats.unwrap_or(0))
    }

    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str, but: &str) -> Result<u32, TxError> {
        let seats = self.one(
            "SELECT count(*) FROM vicidial_live_agents WHERE server_ip = ?1 AND campaign_id = ?2 AND user <> ?3",
            [server_ip, campaign_id, but],
            |row| row.get(0),
        )?;
        Ok(seats.unwrap_or(0))
    }

    fn agent_on(&mut self, server_ip: &str, channel: &str, but: &str) -> Result<Option<String>, TxError> {
        self.one(
            "SELECT user FROM vicidial_live_agents WHERE server_ip = ?1 AND extension = ?2 AND user <> ?3 LIMIT 1",
            [server_ip, channel, but],
            |row| text(row, 0),
        )
    }

    fn rooms(&mut self, server_ip: &str, engine: Engine, channel: &str) -> Result<Rooms, TxError> {
        let (own, free) = match engine {
            Engine::Meetme => (
                "SELECT conf_exten FROM vicidial_conferences WHERE server_ip = ?1 AND extension = ?2 AND ?2 <> ''
                 ORDER BY conf_exten LIMIT 1",
                "SELECT conf_exten FROM vicidial_conferences WHERE server_ip = ?1 AND ifnull(extension, '') = ''
                 ORDER BY conf_exten LIMIT 1",
            ),
            Engine::Confbridge => (
                "SELECT conf_exten FROM vicidial_confbridges WHERE server_ip = ?1 AND extension = ?2 AND ?2 <> ''
                 ORDER BY conf_exten LIMIT 1",
                "SELECT conf_exten FROM vicidial_confbridges WHERE server_ip = ?1 AND ifnull(extension, '') = ''
                 ORDER BY conf_exten LIMIT 1",
            ),
        };
        Ok(Rooms {
            own: self.one(own, [server_ip, channel], |row| text(row, 0))?,
            free: self.one(free, [server_ip], |row| text(row, 0))?,
        })
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

    fn grouping_limit(&mut self) -> Result<u32, TxError> {
        let limit = self.one("SELECT pllb_grouping_limit FROM system_settings LIMIT 1", [], |row| row.get(0))?;
        Ok(limit.unwrap_or(0))
    }

    fn take_room(&mut self, server_ip: &str, engine: Engine, conf_exten: &str, channel: &str) -> Result<(), TxError> {
        let take = match engine {
            Engine::Meetme => "UPDATE vicidial_conferences SET extension = ?3 WHERE server_ip = ?1 AND conf_exten = ?2",
            Engine::Confbridge => {
                "UPDATE vicidial_confbridges SET extension = ?3 WHERE server_ip = ?1 AND conf_exten = ?2"
            }
        };
        self.change_one(take, [server_ip, conf_exten, channel], || {
            missing("vicidial_conferences", "conf_exten", conf_exten)
        })
    }

    fn open_session(&mut self, session: &Session<'_>) -> Result<i64, TxError> {
        self.change(
            "UPDATE hotdesk_session SET ended = ?2, end_reason = 'replaced' WHERE user = ?1 AND ended IS NULL",
            [session.user, &self.stamp],
        )?;
        self.change(
            "INSERT INTO hotdesk_session (user, phone_login, server_ip, conf_exten, campaign_id, began)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                session.user,
                session.phone_login,
                session.server_ip,
                session.conf_exten,
                session.campaign_id,
                self.stamp
            ],
        )?;
        let session_id = self.connection.last_insert_rowid();
        self.change("DELETE FROM vicidial_live_agents WHERE user = ?1", [session.user])?;
        self.change(
            "INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, campaign_id, last_update_time)
             VALUES (?1, ?2, ?3, ?4, 'PAUSED', ?5, ?6)",
            params![
                session.user,
                session.server_ip,
                session.conf_exten,
                session.channel,
                session.campaign_id,
                self.stamp
            ],
        )?;
        Ok(session_id)
    }

    fn queue_call(&mut self, call: &QueuedCall) -> Result<(), TxError> {
        self.change(
            "INSERT INTO vicidial_manager (entry_date, status, response, server_ip, action, callerid, cmd_line_b, cmd_line_c,
                    cmd_line_d, cmd_line_e, cmd_line_f)
             VALUES (?1, 'NEW', 'N', ?2, 'Originate', ?3, ?4, ?5, ?6, 'Priority: 1', ?7)",
            params![
                self.stamp,
                call.server_ip,
                call.callerid,
                format!("Channel: {}", call.channel),
                format!("Context: {}", call.context),
                format!("Exten: {}", call.exten),
                format!("Callerid: \"{}\" <{}>", call.callerid, call.caller_number)
            ],
        )
        .map(drop)
    }
}
