//! [`SoftphoneLinksTx`] on any engine.

use fleet::name::key;
use fleet::tx::SoftphoneLinksTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, columns, params, text};

columns! { link_columns, LINK: LinkColumns { alias_id, user } }

impl<D: Database> SoftphoneLinksTx for SqlTx<D> {
    fn add_softphone_link(
        &mut self,
        key_digest: &str,
        alias_id: &str,
        user: &str,
        ends: Timestamp,
    ) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_softphone_link WHERE ends <= ?1", [&self.stamp])?;
        self.change(
            "INSERT INTO hotdesk_softphone_link (key_digest, alias_id, made, ends, user) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![key_digest, key(alias_id), self.stamp, ends.stamp(), user],
        )
        .map(drop)
    }

    fn softphone_link(&mut self, key_digest: &str) -> Result<Option<(String, String)>, TxError> {
        self.one(
            concat!(
                "SELECT ",
                link_columns!(),
                " FROM hotdesk_softphone_link WHERE key_digest = ?1 AND used IS NULL AND ends > ?2"
            ),
            [key_digest, &self.stamp],
            |row| Ok((text(row, LINK.alias_id)?, text(row, LINK.user)?)),
        )
    }

    fn open_softphone_link(&mut self, key_digest: &str) -> Result<bool, TxError> {
        let open = "UPDATE hotdesk_softphone_link SET used = ?2 WHERE key_digest = ?1 AND used IS NULL AND ends > ?2";
        Ok(self.change(open, [key_digest, &self.stamp])? == 1)
    }
}
