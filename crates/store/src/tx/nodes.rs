//! [`NodesTx`] on any engine.

use fleet::TxError;
use fleet::nodes::{Lease, Node, NodeChange};
use fleet::sessions::Session;
use fleet::tx::NodesTx;

use super::SqlTx;
use super::sessions::{session, session_columns};
use crate::database::{Database, Read, params};
use crate::row::{Cell, FromCell, Reader, insert, row, upsert};

row! { change: NodeChange from "hotdesk_change" { change_id, session_id, node, message = "told" } }

row! { lease: Lease from "hotdesk_lease" { server_ip, node } }

row! { node_row: Node from "hotdesk_node" { node, name, beat, unwell, stays } }

/// Addresses of dialers, joined by commas.
impl FromCell<'_> for Vec<String> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        let list = String::from_cell(cell)?;
        Some(list.split(',').filter(|dialer| !dialer.is_empty()).map(str::to_owned).collect())
    }
}

/// Selects a session together with the number of its last change.
macro_rules! session_as_of_where {
    ($condition:literal) => {
        concat!(
            "SELECT (SELECT ifnull(max(change_id), 0) FROM hotdesk_change c WHERE c.session_id = s.session_id), ",
            session_columns!(),
            " FROM hotdesk_session s WHERE ",
            $condition
        )
    };
}

fn session_as_of(row: &mut Reader<'_>) -> Read<(i64, Session)> {
    Ok((row.read()?, session(row)?))
}

impl<D: Database> NodesTx for SqlTx<D> {
    fn beat_node(&mut self, node: &Node) -> Result<(), TxError> {
        self.run(upsert!("hotdesk_node" { node: node.node } {
            name: node.name,
            beat: node.beat,
            unwell: node.unwell.join(","),
            stays: if node.stays { "Y" } else { "N" },
        }))
    }

    fn nodes(&mut self) -> Result<Vec<Node>, TxError> {
        self.all(concat!(node_row!(), "ORDER BY node"), params![], node_row)
    }

    fn remove_node(&mut self, node: &str, beat: i64) -> Result<bool, TxError> {
        let removed = self.change("DELETE FROM hotdesk_node WHERE node = ?1 AND beat = ?2", params![node, beat])?;
        Ok(removed == 1)
    }

    fn leases(&mut self) -> Result<Vec<Lease>, TxError> {
        self.all(concat!(lease!(), "ORDER BY server_ip"), params![], lease)
    }

    fn pass_lease(&mut self, server_ip: &str, from: &str, to: &str) -> Result<bool, TxError> {
        if from.is_empty() {
            self.run(insert!(OR IGNORE "hotdesk_lease" { server_ip: server_ip }))?;
        }
        let passed = self.change(
            "UPDATE hotdesk_lease SET node = ?3, term = term + 1 WHERE server_ip = ?1 AND node = ?2",
            [server_ip, from, to],
        )?;
        Ok(passed == 1)
    }

    fn holds_lease(&mut self, server_ip: &str, node: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM hotdesk_lease WHERE server_ip = ?1 AND node = ?2 /*FOR UPDATE*/", [server_ip, node])
    }

    fn send_message(&mut self, node: &str, session_id: i64, message: &str) -> Result<i64, TxError> {
        self.run(insert!("hotdesk_change" { session_id: session_id, node: node, told: message }))?;
        Ok(self.database.last_number())
    }

    fn messages_after(&mut self, change_id: i64, at_most: u32) -> Result<Vec<NodeChange>, TxError> {
        let find = concat!(change!(), "WHERE change_id > ?1 ORDER BY change_id LIMIT ?2");
        self.all(find, params![change_id, at_most], change)
    }

    fn last_message(&mut self) -> Result<i64, TxError> {
        Ok(self.value("SELECT max(change_id) FROM hotdesk_change", params![])?.unwrap_or(0))
    }

    fn session_as_of(&mut self, session_id: i64) -> Result<Option<(i64, Session)>, TxError> {
        self.one(session_as_of_where!("s.session_id = ?1"), [session_id], session_as_of)
    }

    fn open_sessions_as_of(&mut self) -> Result<Vec<(i64, Session)>, TxError> {
        self.all(session_as_of_where!("s.ended IS NULL ORDER BY s.session_id"), params![], session_as_of)
    }

    fn delete_messages(&mut self, up_to: i64, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_change WHERE change_id <= ?1 AND change_id <=
                 (SELECT max(change_id) FROM (SELECT change_id FROM hotdesk_change ORDER BY change_id LIMIT ?2) oldest)",
            params![up_to, at_most],
        )
    }
}
