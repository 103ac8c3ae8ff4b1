//! [`SoftphoneLinksTx`] on any engine.

use fleet::name::key;
use fleet::tx::SoftphoneLinksTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::Database;
use crate::row::{insert, row};

row! { link: struct Link from "hotdesk_softphone_link" { alias_id: String, user: String } }

impl<D: Database> SoftphoneLinksTx for SqlTx<D> {
    fn add_softphone_link(
        &mut self,
        key_digest: &str,
        alias_id: &str,
        user: &str,
        ends: Timestamp,
    ) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_softphone_link WHERE ends <= ?1", [&self.stamp])?;
        self.run(insert!("hotdesk_softphone_link" {
            key_digest: key_digest,
            alias_id: key(alias_id),
            made: self.stamp,
            ends: ends.stamp(),
            user: user,
        }))
    }

    fn softphone_link(&mut self, key_digest: &str) -> Result<Option<(String, String)>, TxError> {
        let find = concat!(link!(), "WHERE key_digest = ?1 AND used IS NULL AND ends > ?2");
        let found = self.one(find, [key_digest, &self.stamp], link)?;
        Ok(found.map(|Link { alias_id, user }| (alias_id, user)))
    }

    fn open_softphone_link(&mut self, key_digest: &str) -> Result<bool, TxError> {
        let open = "UPDATE hotdesk_softphone_link SET used = ?2 WHERE key_digest = ?1 AND used IS NULL AND ends > ?2";
        Ok(self.change(open, [key_digest, &self.stamp])? == 1)
    }
}
