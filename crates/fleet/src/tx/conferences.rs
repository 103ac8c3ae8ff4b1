//! What the rules ask of a database about conferences of the dialers, and calls that are queued to them.

use std::ops::RangeInclusive;

use crate::TxError;
use crate::diagnostics::dialers::RoomCount;
use crate::sessions::{Call, Engine, Place, Rooms};

/// Conferences of the dialers, and calls that are queued to them.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait ConferencesTx {
    /// The rooms of a dialer that this channel can have.
    fn rooms(&mut self, server_ip: &str, engine: Engine, channel: &str) -> Result<Rooms, TxError>;

    /// Reserves a room for this channel.
    fn take_room(&mut self, server_ip: &str, engine: Engine, conf_exten: &str, channel: &str) -> Result<(), TxError>;

    /// Gives a room back if it is this channel's.
    fn leave_room(&mut self, place: &Place) -> Result<(), TxError>;

    /// How many rooms of this engine a dialer has.
    fn count_rooms(&mut self, server_ip: &str, engine: Engine) -> Result<RoomCount, TxError>;

    /// Gives a dialer rooms with these numbers if it has none. Whether it had none.
    fn make_rooms(&mut self, server_ip: &str, numbers: RangeInclusive<u32>) -> Result<bool, TxError>;

    /// Writes a call down for the cluster's daemons.
    fn queue_call(&mut self, call: &Call) -> Result<(), TxError>;
}
