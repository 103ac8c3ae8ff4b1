//! [`FloorMinutesTx`] on any engine.

use fleet::floor_minutes::{Counted, Minute};
use fleet::tx::FloorMinutesTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::{row, upsert};

row! { logins: struct Logins from "hotdesk_session" { server_ip: String, count: u32 = "count(*)" } }

row! { minute_row: struct MinuteRow from "hotdesk_minute" {
    minute: String, server_ip: String, seats: u32, logins: u32
} }

/// A minute as `hotdesk_minute` spells it.
fn minute(at: Timestamp) -> String {
    let mut stamp = at.stamp();
    stamp.truncate("2026-11-21 05:31".len());
    stamp
}

impl<D: Database> FloorMinutesTx for SqlTx<D> {
    fn store_minute(&mut self, kept: &Minute) -> Result<(), TxError> {
        let without_dialer = ("", Counted { seats: 0, logins: kept.untaken });
        let by_dialer = kept.dialers.iter().map(|(server_ip, counted)| (server_ip.as_str(), *counted));
        for (server_ip, counted) in std::iter::once(without_dialer).chain(by_dialer) {
            self.run(upsert!("hotdesk_minute" { minute: minute(kept.began), server_ip: server_ip }
                { seats: counted.seats, logins: counted.logins }))?;
        }
        Ok(())
    }

    fn minutes_since(&mut self, from: Timestamp) -> Result<Vec<Minute>, TxError> {
        let rows = self.all(
            concat!(minute_row!(), "WHERE minute >= ?1 ORDER BY minute, server_ip"),
            [minute(from)],
            minute_row,
        )?;
        let mut minutes: Vec<Minute> = Vec::new();
        for MinuteRow { minute, server_ip, seats, logins } in rows {
            let Some(began) = Timestamp::from_stamp(&format!("{minute}:00")) else { continue };
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
        let counts = self.all(
            concat!(logins!(), "WHERE began >= ?1 AND began < ?2 GROUP BY server_ip"),
            [from.stamp(), before.stamp()],
            logins,
        )?;
        Ok(counts.into_iter().map(|Logins { server_ip, count }| (server_ip, count)).collect())
    }

    fn delete_minutes(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_minute WHERE minute < ?1
             AND minute <= (SELECT max(minute) FROM (SELECT minute FROM hotdesk_minute ORDER BY minute LIMIT ?2) oldest)",
            params![minute(before), at_most],
        )
    }
}
