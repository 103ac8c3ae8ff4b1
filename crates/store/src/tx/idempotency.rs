//! [`IdempotencyTx`] on any engine.

use fleet::idempotency::{KEPT, StoredReply};
use fleet::sessions::digest_of;
use fleet::tx::IdempotencyTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::Database;
use crate::row::{row, upsert};

row! { stored_reply: StoredReply from "hotdesk_repeat" {
    user, key = "repeat_key", request, status, etag, location, body
} }

impl<D: Database> IdempotencyTx for SqlTx<D> {
    fn repeat(&mut self, user: &str, key: &str) -> Result<Option<StoredReply>, TxError> {
        // A part of the digest instead of the key: the database never forgets a held name, and there are 256 of these.
        let part: String = digest_of(&format!("{user} {key}")).chars().take(2).collect();
        self.database.hold(&format!("repeat {part}"))?;
        let since = Timestamp::from_unix(self.now.unix() - KEPT).stamp();
        self.one(
            concat!(stored_reply!(), "WHERE user = ?1 AND repeat_key = ?2 AND began > ?3 /*FOR UPDATE*/"),
            [user, key, &since],
            stored_reply,
        )
    }

    fn keep_repeat(&mut self, repeat: &StoredReply) -> Result<(), TxError> {
        self.run(upsert!("hotdesk_repeat" { user: repeat.user, repeat_key: repeat.key } {
            request: repeat.request,
            status: repeat.status,
            etag: repeat.etag,
            location: repeat.location,
            body: repeat.body,
            began: self.stamp,
        }))
    }
}
