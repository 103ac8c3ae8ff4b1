//! Several running Hotdesks on one database: who they are, who acts on which dialer's events, and what each tells the others.

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
