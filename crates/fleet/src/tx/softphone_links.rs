//! What the rules ask of a database about links that set up a softphone (table `hotdesk_softphone_link`), by the digests of their keys.

use crate::{Timestamp, TxError};

/// Links that set up a softphone (table `hotdesk_softphone_link`), by the digests of their keys.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait SoftphoneLinksTx {
    /// Keeps a link that ends at this time, and forgets those that have ended.
    fn add_softphone_link(
        &mut self,
        key_digest: &str,
        alias_id: &str,
        user: &str,
        ends: Timestamp,
    ) -> Result<(), TxError>;

    /// The alias of a link that can be opened now, and who made it.
    fn softphone_link(&mut self, key_digest: &str) -> Result<Option<(String, String)>, TxError>;

    /// A link is opened. Whether nobody else has opened it.
    fn open_softphone_link(&mut self, key_digest: &str) -> Result<bool, TxError>;
}
