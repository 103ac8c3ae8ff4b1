//! [`FloorMinutesTx`] on any engine.

use fleet::floor_minutes::{Counted, Minute};
use fleet::tx::FloorMinutesTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, columns, params, text};

columns! { logins_columns, LOGINS: LoginsColumns { server_ip, count = "count(*)" } }

columns! { minute_columns, MINUTE: MinuteColumns { minute, server_ip, seats, logins } }

/// How `hotdesk_minute` writes a minute.
fn minute(at: Timestamp) -> String {
    let mut stamp = at.stamp();
    stamp.truncate("2026-11-21 05:31".len());
    stamp
}

impl<D: Database> FloorMinutesTx for SqlTx<D> {
    fn keep_minute(&mut self, kept: &Minute) -> Result<(), TxError> {
        let began = minute(kept.began);
        let keep = "REPLACE INTO hotdesk_minute (minute, server_ip, seats, logins) VALUES (?1, ?2, ?3, ?4)";
        self.change(keep, params![began, "", 0_u32, kept.untaken])?;
        for (server_ip, counted) in &kept.dialers {
            self.change(keep, params![began, server_ip, counted.seats, counted.logins])?;
        }
        Ok(())
    }

    fn minutes_since(&mut self, from: Timestamp) -> Result<Vec<Minute>, TxError> {
        let rows = self.all(
            concat!("SELECT ", minute_columns!(), " FROM hotdesk_minute WHERE minute >= ?1 ORDER BY minute, server_ip"),
            [minute(from)],
            |row| {
                Ok((
                    text(row, MINUTE.minute)?,
                    text(row, MINUTE.server_ip)?,
                    row.get(MINUTE.seats)?,
                    row.get(MINUTE.logins)?,
                ))
            },
        )?;
        let mut minutes: Vec<Minute> = Vec::new();
        for (at, server_ip, seats, logins) in rows {
            let Some(began) = Timestamp::from_stamp(&format!("{at}:00")) else { continue };
            if minutes.last().is_none_or(|last| last.began != began) {
                minutes.push(Minute { began, ..Minute::default() });
            }
            let Some(last) = minutes.last_mut() else { continue };
            if server_ip.is_empty() {
                last.untaken = logins;
            } else {
                last.dialers.insert(server_ip, Counted { seats, logins });
            }
        }
        Ok(minutes)
    }

    fn logins_between(&mut self, from: Timestamp, before: Timestamp) -> Result<Vec<(String, u32)>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                logins_columns!(),
                " FROM hotdesk_session WHERE began >= ?1 AND began < ?2 GROUP BY server_ip"
            ),
            [from.stamp(), before.stamp()],
            |row| Ok((text(row, LOGINS.server_ip)?, row.get(LOGINS.count)?)),
        )
    }

    fn forget_minutes(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_minute WHERE minute < ?1
             AND minute <= (SELECT max(minute) FROM (SELECT minute FROM hotdesk_minute ORDER BY minute LIMIT ?2) oldest)",
            params![minute(before), at_most],
        )
    }
}
