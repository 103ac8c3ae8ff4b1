//! Seats, rooms and sessions.

use fleet::fleet_file::weights::{self, CONTAINER};
use fleet::name::key;
use fleet::records::{OwnPhone, Phone, User};
use fleet::sessions::{Call, Campaign, DialerRow, Engine, LiveAgent, Place, Rooms, SeatingTx};
use fleet::{FleetTx, Timestamp, TxError};

use super::{SqlTx, missing};
use crate::database::{Database, flag, number, params, text};

/// The first room that nobody has, found by an index in which those that somebody has are not passed.
macro_rules! free_room {
    ($rooms:literal, $server_ip:literal) => {
        concat!(
            "SELECT conf_exten FROM ",
            $rooms,
            " WHERE server_ip = ",
            $server_ip,
            " AND /*SQLITE*/ifnull(extension, '') = '' ORDER BY conf_exten\
             /*MARIADB (extension = '' OR extension IS NULL) ORDER BY extension, conf_exten*/ LIMIT 1"
        )
    };
}

impl<D: Database> SeatingTx for SqlTx<D> {
    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError> {
        self.all(
            "SELECT phone_login, phone_pass FROM
                 (SELECT 1 AS turn, phone_login, phone_pass FROM vicidial_users WHERE user_id = ?1
                  UNION ALL SELECT 2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?2) own
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
        // Whoever chooses by the seats takes one: nobody else may choose by them meanwhile.
        self.database.hold("seats")?;
        self.one(
            concat!(
                // Told the address, MariaDB counts the seats of this dialer and no other.
                "SELECT s.server_ip, s.active, s.active_agent_login_server, s.active_twin_server_ip, s.conf_engine, d.draining,
                        u.last_update,
                        (SELECT seats FROM hotdesk_seats t
                         WHERE t.server_ip = /*SQLITE*/s.server_ip/*MARIADB ?1*/),
                        CASE s.conf_engine WHEN 'CONFBRIDGE' THEN (",
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
                let engine = text(row, 4)?;
                Ok(DialerRow {
                    server_ip: text(row, 0)?,
                    active: flag(row, 1)?,
                    accepts_agents: flag(row, 2)?,
                    active_twin_server_ip: text(row, 3)?,
                    engine: if engine == "CONFBRIDGE" { Engine::Confbridge } else { Engine::Meetme },
                    draining: flag(row, 5)?,
                    last_update: Timestamp::from_stamp(&text(row, 6)?),
                    seats: u32::try_from(number(row, 7)?).unwrap_or(0),
                    has_free_room: row.get(8)?,
                })
            },
        )
    }

    fn heartbeat(&mut self, server_ip: &str) -> Result<Option<Timestamp>, TxError> {
        let last =
            self.one("SELECT last_update FROM server_updater WHERE server_ip = ?1", [server_ip], |row| text(row, 0))?;
        Ok(last.as_deref().and_then(Timestamp::from_stamp))
    }

    fn live_agent(&mut self, user: &str) -> Result<Option<LiveAgent>, TxError> {
        self.one(
            "SELECT server_ip, ifnull(extension NOT LIKE 'r%', 0), campaign_id FROM vicidial_live_agents WHERE user = ?1",
            [user],
            |row| Ok(LiveAgent { server_ip: text(row, 0)?, is_seat: row.get(1)?, campaign_id: text(row, 2)? }),
        )
    }

    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str) -> Result<u32, TxError> {
        let seats = self.one(
            "SELECT count(*) FROM vicidial_live_agents WHERE server_ip = ?1 AND campaign_id = ?2",
            [server_ip, campaign_id],
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
        let own = match engine {
            Engine::Meetme => {
                "SELECT conf_exten FROM vicidial_conferences WHERE server_ip = ?1 AND extension = ?2 AND extension <> ''
                 ORDER BY conf_exten LIMIT 1"
            }
            Engine::Confbridge => {
                "SELECT conf_exten FROM vicidial_confbridges WHERE server_ip = ?1 AND extension = ?2 AND extension <> ''
                 ORDER BY conf_exten LIMIT 1"
            }
        };
        Ok(Rooms {
            own: self.one(own, [server_ip, channel], |row| text(row, 0))?,
            free: self.one(free_room(engine), [server_ip], |row| text(row, 0))?,
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
        let limit = self.one("SELECT pllb_grouping_limit FROM system_settings LIMIT 1", params![], |row| row.get(0))?;
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

    fn leave_room(&mut self, place: &Place) -> Result<(), TxError> {
        let held = [&place.server_ip, &place.conf_exten, &place.channel];
        let left = self.change(
            "UPDATE vicidial_conferences SET extension = '' WHERE server_ip = ?1 AND conf_exten = ?2 AND extension = ?3",
            held,
        )?;
        if left == 0 {
            self.change(
                "UPDATE vicidial_confbridges SET extension = ''
                 WHERE server_ip = ?1 AND conf_exten = ?2 AND extension = ?3",
                held,
            )?;
        }
        Ok(())
    }

    fn queue_call(&mut self, call: &Call) -> Result<(), TxError> {
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

/// Finds the first room that nobody has.
fn free_room(engine: Engine) -> &'static str {
    match engine {
        Engine::Meetme => free_room!("vicidial_conferences", "?1"),
        Engine::Confbridge => free_room!("vicidial_confbridges", "?1"),
    }
}
