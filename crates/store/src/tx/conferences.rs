//! [`ConferencesTx`] on any engine.

use std::ops::RangeInclusive;

use fleet::TxError;
use fleet::diagnostics::dialers::ConferenceCount;
use fleet::sessions::{Call, ConferenceOptions, Engine, Place};
use fleet::tx::ConferencesTx;

use super::{SqlTx, missing};
use crate::database::Database;
use crate::row::{insert, row};

row! { count: ConferenceCount { all = "count(*)", free = "sum(ifnull(extension, '') = '')" } }

/// The first free conference of a dialer. The index that finds it does not have the conferences in use.
macro_rules! free_conference {
    ($conferences:literal, $server_ip:literal) => {
        concat!(
            "SELECT conf_exten FROM ",
            $conferences,
            " WHERE server_ip = ",
            $server_ip,
            " AND /*SQLITE*/ifnull(extension, '') = '' ORDER BY conf_exten\
             /*MARIADB (extension = '' OR extension IS NULL) ORDER BY extension, conf_exten*/ LIMIT 1"
        )
    };
}
pub(super) use free_conference;

/// The same by number, where conferences are empty and NULL side by side: each kind comes from the index by itself.
macro_rules! first_free_conference {
    ($conferences:literal) => {
        concat!(
            "/*SQLITE*/SELECT conf_exten FROM ",
            $conferences,
            " WHERE server_ip = ?1 AND ifnull(extension, '') = '' ORDER BY conf_exten LIMIT 1\
             /*MARIADB SELECT conf_exten FROM (SELECT min(conf_exten) AS conf_exten FROM ",
            $conferences,
            " WHERE server_ip = ?1 AND extension = '' UNION ALL SELECT min(conf_exten) FROM ",
            $conferences,
            " WHERE server_ip = ?1 AND extension IS NULL) free WHERE conf_exten IS NOT NULL ORDER BY conf_exten LIMIT 1*/"
        )
    };
}

fn first_free_conference(engine: Engine) -> &'static str {
    match engine {
        Engine::Meetme => first_free_conference!("vicidial_conferences"),
        Engine::Confbridge => first_free_conference!("vicidial_confbridges"),
    }
}

impl<D: Database> ConferencesTx for SqlTx<D> {
    fn conference_options(
        &mut self,
        server_ip: &str,
        engine: Engine,
        channel: &str,
    ) -> Result<ConferenceOptions, TxError> {
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
        Ok(ConferenceOptions {
            own: self.value(own, [server_ip, channel])?,
            free: self.value(first_free_conference(engine), [server_ip])?,
        })
    }

    fn free_conferences(&mut self, server_ip: &str, engine: Engine) -> Result<Vec<String>, TxError> {
        let free = match engine {
            Engine::Meetme => {
                "SELECT conf_exten FROM vicidial_conferences
                 WHERE server_ip = ?1 AND ifnull(extension, '') = '' ORDER BY conf_exten LIMIT 1000"
            }
            Engine::Confbridge => {
                "SELECT conf_exten FROM vicidial_confbridges
                 WHERE server_ip = ?1 AND ifnull(extension, '') = '' ORDER BY conf_exten LIMIT 1000"
            }
        };
        self.values(free, [server_ip])
    }

    fn reserve_conference(
        &mut self,
        server_ip: &str,
        engine: Engine,
        conf_exten: &str,
        channel: &str,
    ) -> Result<(), TxError> {
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

    fn release_conference(&mut self, place: &Place) -> Result<(), TxError> {
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

    fn count_conferences(&mut self, server_ip: &str, engine: Engine) -> Result<ConferenceCount, TxError> {
        let select = match engine {
            Engine::Meetme => concat!("SELECT ", count!(), " FROM vicidial_conferences WHERE server_ip = ?1"),
            Engine::Confbridge => concat!("SELECT ", count!(), " FROM vicidial_confbridges WHERE server_ip = ?1"),
        };
        Ok(self.one(select, [server_ip], count)?.unwrap_or_default())
    }

    fn create_conferences(&mut self, server_ip: &str, numbers: RangeInclusive<u32>) -> Result<bool, TxError> {
        let has_conferences = self.exists(
            "SELECT 1 FROM vicidial_conferences WHERE server_ip = ?1
             UNION ALL SELECT 1 FROM vicidial_confbridges WHERE server_ip = ?1",
            [server_ip],
        )?;
        if has_conferences {
            return Ok(false);
        }
        self.database.mark_files_changed();
        for number in numbers {
            self.run(insert!("vicidial_conferences" { conf_exten: number, server_ip: server_ip }))?;
            self.run(insert!("vicidial_confbridges" { conf_exten: number, server_ip: server_ip }))?;
        }
        Ok(true)
    }

    fn queue_call(&mut self, call: &Call) -> Result<i64, TxError> {
        self.run(insert!("vicidial_manager" {
            entry_date: self.stamp => "/*TO LOCAL*/(?)",
            status: "NEW",
            response: "N",
            server_ip: call.server_ip,
            action: "Originate",
            callerid: call.callerid,
            cmd_line_b: format!("Channel: {}", call.channel),
            cmd_line_c: format!("Context: {}", call.context),
            cmd_line_d: format!("Exten: {}", call.exten),
            cmd_line_e: "Priority: 1",
            cmd_line_f: format!("Callerid: \"{}\" <{}>", call.callerid, call.caller_number),
        }))?;
        Ok(self.database.last_number())
    }
}
