//! Deletion of the rows of Hotdesk's own tables that belong to a deleted row of a shared table. On shared tables that Hotdesk created,
//! triggers do this for every program; VICIdial's own tables have no such triggers.

use fleet::TxError;
use fleet::name::key;
use fleet::records::PhoneKey;

use super::SqlTx;
use crate::database::Database;

impl<D: Database> SqlTx<D> {
    /// Deletes the rows that belong to a deleted alias.
    pub(super) fn forget_alias(&self, alias_id: &str) -> Result<(), TxError> {
        self.forget_kept(
            &[
                "DELETE FROM hotdesk_inactive_alias WHERE alias_id = ?1",
                "DELETE FROM hotdesk_softphone_link WHERE alias_id = ?1",
            ],
            &[alias_id],
        )
    }

    /// Deletes the rows that belong to a deleted dialer.
    pub(super) fn forget_dialer(&self, server_ip: &str) -> Result<(), TxError> {
        self.forget_kept(
            &[
                "DELETE FROM hotdesk_dialer WHERE server_ip = ?1",
                "DELETE FROM hotdesk_line WHERE server_ip = ?1",
                "DELETE FROM hotdesk_dialer_file WHERE server_ip = ?1",
            ],
            &[server_ip],
        )
    }

    /// Deletes the rows that belong to a deleted phone.
    pub(super) fn forget_phone(&self, phone: &PhoneKey) -> Result<(), TxError> {
        self.forget_kept(
            &["DELETE FROM hotdesk_line
               WHERE server_ip = ?1 AND channel IN ('SIP/' || ?2, 'PJSIP/' || ?2)"],
            &[&key(&phone.server_ip), &phone.extension],
        )
    }

    fn forget_kept(&self, statements: &[&str], values: &[&str]) -> Result<(), TxError> {
        if !self.database.is_shared_with_vicidial() {
            return Ok(());
        }
        statements
            .iter()
            .try_for_each(|sql| self.change(sql, values.iter().map(Into::into).collect::<Vec<_>>()).map(drop))
    }
}
