//! Database operations on nodes, their leases, and their messages to each other.

use crate::TxError;
use crate::nodes::{Lease, Node, NodeChange};
use crate::sessions::Session;

/// Operations on nodes, their leases, and their messages to each other.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait NodesTx {
    /// Records a heartbeat of a node: advances its beat, ignoring the value in `node`. Stores the node again if it was deleted.
    fn beat_node(&mut self, node: &Node) -> Result<(), TxError>;

    /// All nodes that have not been deleted.
    fn nodes(&mut self) -> Result<Vec<Node>, TxError>;

    /// Deletes a node if it still has this beat. Returns whether it did.
    fn remove_node(&mut self, node: &str, beat: i64) -> Result<bool, TxError>;

    /// All leases.
    fn leases(&mut self) -> Result<Vec<Lease>, TxError>;

    /// Passes a lease from one node to another; an empty name means no node. Returns `false` if `from` did not hold the lease.
    fn pass_lease(&mut self, server_ip: &str, from: &str, to: &str) -> Result<bool, TxError>;

    /// Whether a node holds the lease of a dialer. Locks the lease until the transaction ends.
    fn holds_lease(&mut self, server_ip: &str, node: &str) -> Result<bool, TxError>;

    /// Sends a message to the other nodes: the changed session (0 for none) and further content. Returns the number of the
    /// message.
    fn send_message(&mut self, node: &str, session_id: i64, message: &str) -> Result<i64, TxError>;

    /// The messages after this number, in order.
    fn messages_after(&mut self, change_id: i64, at_most: u32) -> Result<Vec<NodeChange>, TxError>;

    /// The number of the last message; 0 if there is none.
    fn last_message(&mut self) -> Result<i64, TxError>;

    /// The session with this id, with the number of its last message; 0 if that is not stored any more.
    fn session_as_of(&mut self, session_id: i64) -> Result<Option<(i64, Session)>, TxError>;

    /// All open sessions, in the same form.
    fn open_sessions_as_of(&mut self) -> Result<Vec<(i64, Session)>, TxError>;

    /// Deletes messages up to this number, at most this many rows. Returns their number.
    fn delete_messages(&mut self, up_to: i64, at_most: u32) -> Result<usize, TxError>;
}
