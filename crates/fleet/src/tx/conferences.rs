//! Database operations on dialers' conferences and queued calls.

use std::ops::RangeInclusive;

use crate::TxError;
use crate::diagnostics::dialers::ConferenceCount;
use crate::sessions::{Call, ConferenceOptions, Engine, Place};

/// Operations on dialers' conferences and queued calls.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait ConferencesTx {
    /// The conferences of a dialer that are available to this channel.
    fn conference_options(
        &mut self,
        server_ip: &str,
        engine: Engine,
        channel: &str,
    ) -> Result<ConferenceOptions, TxError>;

    /// The conferences of a dialer that no channel has reserved, by number; at most 1000.
    fn free_conferences(&mut self, server_ip: &str, engine: Engine) -> Result<Vec<String>, TxError>;

    /// Reserves a conference for this channel.
    fn reserve_conference(
        &mut self,
        server_ip: &str,
        engine: Engine,
        conf_exten: &str,
        channel: &str,
    ) -> Result<(), TxError>;

    /// Releases a conference if this channel has it.
    fn release_conference(&mut self, place: &Place) -> Result<(), TxError>;

    /// Number of conferences of this engine on a dialer.
    fn count_conferences(&mut self, server_ip: &str, engine: Engine) -> Result<ConferenceCount, TxError>;

    /// Creates conferences with these numbers on a dialer that has none. Returns whether it had none.
    fn create_conferences(&mut self, server_ip: &str, numbers: RangeInclusive<u32>) -> Result<bool, TxError>;

    /// Queues a call for the cluster's daemons. Returns the row's number.
    fn queue_call(&mut self, call: &Call) -> Result<i64, TxError>;
}
