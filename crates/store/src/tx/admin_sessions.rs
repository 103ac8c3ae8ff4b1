//! [`AdminSessionsTx`] on any engine.

use std::net::IpAddr;

use fleet::admin_session::AdminSessionRow;
use fleet::name::key;
use fleet::tx::AdminSessionsTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::{insert, row, update};

row! { session: AdminSessionRow { user = "s.user", began = "s.began", used = "s.used", from = "s.from_ip" } }

impl<D: Database> AdminSessionsTx for SqlTx<D> {
    fn begin_admin_session(&mut self, key_digest: &str, user: &str, from: IpAddr) -> Result<(), TxError> {
        let find = "SELECT user_id FROM vicidial_users WHERE lower(rtrim(user)) = ?1";
        let user_id: Option<i64> = self.value(find, [key(user)])?;
        self.run(insert!("hotdesk_admin_session" {
            key_digest: key_digest,
            user: user,
            began: self.stamp,
            used: self.stamp,
            from_ip: from.to_string(),
            user_id: user_id.unwrap_or(0),
        }))
    }

    fn admin_session(&mut self, key_digest: &str) -> Result<Option<AdminSessionRow>, TxError> {
        self.one(
            // By the user's number too, so that a later user of the same name does not inherit the session.
            concat!(
                "SELECT ",
                session!(),
                " FROM hotdesk_admin_session s
                  JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(s.user)) AND s.user_id IN (u.user_id, 0)
             WHERE s.key_digest = ?1"
            ),
            [key_digest],
            session,
        )
    }

    fn touch_admin_session(&mut self, key_digest: &str) -> Result<(), TxError> {
        // No row is changed if the session was ended meanwhile.
        self.run(update!("hotdesk_admin_session" { used: self.stamp } "WHERE key_digest = ?", key_digest))
    }

    fn admin_sessions(&mut self) -> Result<Vec<(String, AdminSessionRow)>, TxError> {
        self.all(
            concat!(
                "SELECT s.key_digest, ",
                session!(),
                " FROM hotdesk_admin_session s ORDER BY used DESC, key_digest"
            ),
            params![],
            |row| Ok((row.read()?, session(row)?)),
        )
    }

    fn end_admin_session(&mut self, key_digest: &str) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_admin_session WHERE key_digest = ?1", [key_digest]).map(drop)
    }

    fn end_admin_sessions_of(&mut self, user: &str, but: &str) -> Result<usize, TxError> {
        self.change("DELETE FROM hotdesk_admin_session WHERE user = ?1 AND key_digest <> ?2", [user, but])
    }

    fn delete_expired_admin_sessions(&mut self, began: Timestamp, used: Timestamp) -> Result<usize, TxError> {
        self.change("DELETE FROM hotdesk_admin_session WHERE began <= ?1 OR used <= ?2", [began.stamp(), used.stamp()])
    }
}
