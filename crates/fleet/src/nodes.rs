//! Several running Hotdesks on one database: who they are, who acts on which dialer's events, and what each tells the others.

use crate::TxError;
use crate::sessions::Session;

/// The lease of what is done once for all dialers: it stands in the place of a dialer's address.
pub const HOUSE: &str = "";

/// A running Hotdesk (table `hotdesk_node`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The owner in the marks of its calls.
    pub node: String,
    /// What people call it.
    pub name: String,
    /// Changes as long as it runs. Says nothing else.
    pub beat: i64,
    /// The dialers that it does not see well.
    pub unwell: Vec<String>,
    /// Whether it stays, and takes on what is to be done.
    pub stays: bool,
}

/// Who acts on what a dialer tells (table `hotdesk_lease`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The dialer, or [`HOUSE`].
    pub server_ip: String,
    /// The node; empty for nobody.
    pub node: String,
}

/// Something that a node did and the others are told (table `hotdesk_change`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeChange {
    /// Its number. A higher one may be seen before a lower one, but not where both are about one session.
    pub change_id: i64,
    /// The session that is another one since; 0 for none.
    pub session_id: i64,
    /// Who did it.
    pub node: String,
    /// What else there is to tell, as JSON; empty for nothing.
    pub told: String,
}

/// Nodes, and what they tell each other. None of these looks at any rule.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait NodeTx {
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
    fn has_lease(&mut self, server_ip: &str, node: &str) -> Result<bool, TxError>;

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
