//! [`IdempotencyTx`] on any engine.

use fleet::idempotency::{KEPT, StoredReply};
use fleet::sessions::digest_of;
use fleet::tx::IdempotencyTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, columns, number, params, text};

columns! { reply_columns, REPLY: ReplyColumns { request, status, etag, location, body } }

impl<D: Database> IdempotencyTx for SqlTx<D> {
    fn repeat(&mut self, user: &str, key: &str) -> Result<Option<StoredReply>, TxError> {
        // Not by the key itself: what was ever held is there for good.
        let part: String = digest_of(&format!("{user} {key}")).chars().take(2).collect();
        self.database.hold(&format!("repeat {part}"))?;
        let since = Timestamp::from_unix(self.now.unix() - KEPT).stamp();
        self.one(
            concat!(
                "SELECT ",
                reply_columns!(),
                " FROM hotdesk_repeat
             WHERE user = ?1 AND repeat_key = ?2 AND began > ?3 /*FOR UPDATE*/"
            ),
            [user, key, &since],
            |row| {
                Ok(StoredReply {
                    user: user.to_owned(),
                    key: key.to_owned(),
                    request: text(row, REPLY.request)?,
                    status: u16::try_from(number(row, REPLY.status)?).unwrap_or_default(),
                    etag: text(row, REPLY.etag)?,
                    location: text(row, REPLY.location)?,
                    body: text(row, REPLY.body)?,
                })
            },
        )
    }

    fn keep_repeat(&mut self, repeat: &StoredReply) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_repeat (user, repeat_key, request, status, etag, location, body, began)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (user, repeat_key) DO UPDATE SET request = excluded.request, status = excluded.status,
                    etag = excluded.etag, location = excluded.location, body = excluded.body, began = excluded.began",
            params![
                repeat.user,
                repeat.key,
                repeat.request,
                repeat.status,
                repeat.etag,
                repeat.location,
                repeat.body,
                self.stamp
            ],
        )
        .map(drop)
    }
}
