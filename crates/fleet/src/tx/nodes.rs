//! What the rules ask of a database about nodes, their leases, and the changes that they report to each other.

use crate::TxError;
use crate::nodes::{Lease, Node, NodeChange};
use crate::sessions::Session;

/// Nodes, their leases, and the changes that they report to each other.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait NodesTx {
    /// A node is alive: its beat goes on, whatever it says in here. One that was deleted is there again.
    fn beat_node(&mut self, node: &Node) -> Result<(), TxError>;

    /// Every node that has not been deleted.
    fn nodes(&mut self) -> Result<Vec<Node>, TxError>;

    /// Deletes a node that was last seen with this beat. Whether it had no other one by now.
    fn remove_node(&mut self, node: &str, beat: i64) -> Result<bool, TxError>;

    /// Every lease.
    fn leases(&mut self) -> Result<Vec<Lease>, TxError>;

    /// Gives a lease that this node has, or nobody, to another one, or to nobody. Whether it was so.
    fn pass_lease(&mut self, server_ip: &str, from: &str, to: &str) -> Result<bool, TxError>;

    /// Whether a node has the lease of a dialer, which no other one takes until this transaction ends.
    fn holds_lease(&mut self, server_ip: &str, node: &str) -> Result<bool, TxError>;

    /// Tells the other nodes that a session is another one now (0 for none), and what else there is to tell. Returns the number
    /// of this change.
    fn tell_change(&mut self, node: &str, session_id: i64, told: &str) -> Result<i64, TxError>;

    /// What was told behind this number, in order.
    fn told_after(&mut self, change_id: i64, at_most: u32) -> Result<Vec<NodeChange>, TxError>;

    /// The last number that was told so far; 0 if there is none.
    fn last_told(&mut self) -> Result<i64, TxError>;

    /// The session of this number, and the number of its last change; 0 if that is not kept any more.
    fn session_as_of(&mut self, session_id: i64) -> Result<Option<(i64, Session)>, TxError>;

    /// Every session that has not ended, in the same way.
    fn open_sessions_as_of(&mut self) -> Result<Vec<(i64, Session)>, TxError>;

    /// Deletes what was told up to this number, at most so many rows. Returns how many that were.
    fn forget_told(&mut self, up_to: i64, at_most: u32) -> Result<usize, TxError>;
}
