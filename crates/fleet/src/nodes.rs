//! Nodes: several Hotdesk processes on one database, the leases that decide which of them acts, and the messages between them.

/// The lease for work that concerns no particular dialer. It takes the place of a dialer's address.
pub const CLUSTER_WIDE: &str = "";

/// A running Hotdesk process (table `hotdesk_node`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The node's id: the owner in the ids of its calls.
    pub node: String,
    /// The display name.
    pub name: String,
    /// A value that changes as long as the node runs; it has no other meaning.
    pub beat: i64,
    /// The dialers that this node does not see as healthy.
    pub unwell: Vec<String>,
    /// Whether it keeps running and accepts work; `false` while it shuts down.
    pub stays: bool,
}

/// A lease: its node acts on a dialer's events (table `hotdesk_lease`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The dialer, or [`CLUSTER_WIDE`].
    pub server_ip: String,
    /// The node that holds it; empty for none.
    pub node: String,
}

/// A message of one node to the others (table `hotdesk_change`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeChange {
    /// The message's number. Messages can become visible out of order, but not those about the same session.
    pub change_id: i64,
    /// The session that changed; 0 for none.
    pub session_id: i64,
    /// The node that sent it.
    pub node: String,
    /// Further content as JSON; empty for none.
    pub message: String,
}
