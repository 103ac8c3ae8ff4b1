//! [`ConferencesTx`] on any engine.

use std::ops::RangeInclusive;

use fleet::TxError;
use fleet::diagnostics::dialers::RoomCount;
use fleet::sessions::{Call, Engine, Place, Rooms};
use fleet::tx::ConferencesTx;

use super::{SqlTx, missing};
use crate::database::{Database, columns, params, text};

columns! { count_columns, COUNT: CountColumns {
    all = "count(*)", free = "ifnull(sum(ifnull(extension, '') = ''), 0)"
} }

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
pub(super) use free_room;

/// Finds the first room that nobody has.
fn first_free_room(engine: Engine) -> &'static str {
    match engine {
        Engine::Meetme => free_room!("vicidial_conferences", "?1"),
        Engine::Confbridge => free_room!("vicidial_confbridges", "?1"),
    }
}

impl<D: Database> ConferencesTx for SqlTx<D> {
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
            free: self.one(first_free_room(engine), [server_ip], |row| text(row, 0))?,
        })
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

    fn count_rooms(&mut self, server_ip: &str, engine: Engine) -> Result<RoomCount, TxError> {
        let count = match engine {
            Engine::Meetme => {
                concat!(
                    "SELECT ",
                    count_columns!(),
                    " FROM vicidial_conferences
                 WHERE server_ip = ?1"
                )
            }
            Engine::Confbridge => {
                concat!(
                    "SELECT ",
                    count_columns!(),
                    " FROM vicidial_confbridges
                 WHERE server_ip = ?1"
                )
            }
        };
        let rooms =
            self.one(count, [server_ip], |row| Ok(RoomCount { all: row.get(COUNT.all)?, free: row.get(COUNT.free)? }))?;
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
