//! [`AdminSessionsTx`] on any engine.

use std::net::IpAddr;

use fleet::admin_session::AdminSessionRow;
use fleet::tx::AdminSessionsTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, Read, ResultRow, columns, params, text};

columns! { session_columns, SESSION: SessionColumns {
    user = "s.user", began = "s.began", used = "s.used", from_ip = "s.from_ip", key_digest = "s.key_digest"
} }

/// An admin session.
fn admin_session_row(row: &ResultRow<'_>) -> Read<AdminSessionRow> {
    let at = |column| Ok::<_, TxError>(Timestamp::from_stamp(&text(row, column)?));
    Ok(AdminSessionRow {
        user: text(row, SESSION.user)?,
        began: at(SESSION.began)?,
        used: at(SESSION.used)?,
        from: text(row, SESSION.from_ip)?,
    })
}

impl<D: Database> AdminSessionsTx for SqlTx<D> {
    fn begin_admin_session(&mut self, key_digest: &str, user: &str, from: IpAddr) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_admin_session (key_digest, user, began, used, from_ip, user_id)
             VALUES (?1, ?2, ?3, ?3, ?4,
                    ifnull((SELECT user_id FROM vicidial_users u WHERE lower(rtrim(u.user)) = lower(rtrim(?2))), 0))",
            [key_digest, user, &self.stamp, &from.to_string()],
        )
        .map(drop)
    }

    fn admin_session(&mut self, key_digest: &str) -> Result<Option<AdminSessionRow>, TxError> {
        self.one(
            // Whoever got the name since is somebody else.
            concat!(
                "SELECT ",
                session_columns!(),
                " FROM hotdesk_admin_session s
                  JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(s.user)) AND s.user_id IN (u.user_id, 0)
             WHERE s.key_digest = ?1"
            ),
            [key_digest],
            admin_session_row,
        )
    }

    fn touch_admin_session(&mut self, key_digest: &str) -> Result<(), TxError> {
        // It may have been ended meanwhile.
        self.change("UPDATE hotdesk_admin_session SET used = ?2 WHERE key_digest = ?1", [key_digest, &self.stamp])
            .map(drop)
    }

    fn admin_sessions(&mut self) -> Result<Vec<(String, AdminSessionRow)>, TxError> {
        self.all(
            concat!("SELECT ", session_columns!(), " FROM hotdesk_admin_session s ORDER BY used DESC, key_digest"),
            params![],
            |row| Ok((text(row, SESSION.key_digest)?, admin_session_row(row)?)),
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
