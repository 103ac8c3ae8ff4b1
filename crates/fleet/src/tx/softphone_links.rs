//! Database operations on softphone set-up links (table `hotdesk_softphone_link`).

use crate::{Timestamp, TxError};

/// Operations on softphone set-up links (table `hotdesk_softphone_link`), which are identified by the digests of their keys.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait SoftphoneLinksTx {
    /// Stores a link that expires at this time, and deletes expired ones.
    fn add_softphone_link(
        &mut self,
        key_digest: &str,
        alias_id: &str,
        user: &str,
        ends: Timestamp,
    ) -> Result<(), TxError>;

    /// The alias and the author of a valid link.
    fn softphone_link(&mut self, key_digest: &str) -> Result<Option<(String, String)>, TxError>;

    /// Marks a link as opened. Returns `false` if it was already opened.
    fn open_softphone_link(&mut self, key_digest: &str) -> Result<bool, TxError>;
}
