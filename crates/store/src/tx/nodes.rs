//! [`NodesTx`] on any engine.

use fleet::TxError;
use fleet::nodes::{Lease, Node, NodeChange};
use fleet::sessions::Session;
use fleet::tx::NodesTx;

use super::SqlTx;
use super::sessions::{BEHIND_SESSION, agent_session_columns, session};
use crate::database::{Database, Read, ResultRow, columns, flag, params, text};

columns! { change_columns, CHANGE: ChangeColumns { change_id, session_id, node, told } }

columns! { lease_columns, LEASE: LeaseColumns { server_ip, node } }

columns! { node_columns, NODE: NodeColumns { node, name, beat, unwell, stays } }

/// The columns of a session with the number of its last change behind them, which one statement reads together.
macro_rules! session_as_of_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            agent_session_columns!(),
            ", (SELECT ifnull(max(change_id), 0) FROM hotdesk_change c WHERE c.session_id = s.session_id)
             FROM hotdesk_session s WHERE ",
            $condition
        )
    };
}

fn session_as_of(row: &ResultRow<'_>) -> Read<(i64, Session)> {
    Ok((row.get(BEHIND_SESSION)?, session(row)?))
}

impl<D: Database> NodesTx for SqlTx<D> {
    fn beat_node(&mut self, node: &Node) -> Result<(), TxError> {
        let stays = if node.stays { "Y" } else { "N" };
        self.change(
            "INSERT INTO hotdesk_node (node, name, beat, unwell, stays) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (node) DO UPDATE SET beat = excluded.beat, name = excluded.name, unwell = excluded.unwell,
                 stays = excluded.stays",
            params![node.node, node.name, node.beat, node.unwell.join(","), stays],
        )
        .map(drop)
    }

    fn nodes(&mut self) -> Result<Vec<Node>, TxError> {
        self.all(concat!("SELECT ", node_columns!(), " FROM hotdesk_node ORDER BY node"), params![], |row| {
            let unwell = text(row, NODE.unwell)?;
            Ok(Node {
                node: text(row, NODE.node)?,
                name: text(row, NODE.name)?,
                beat: row.get(NODE.beat)?,
                unwell: unwell.split(',').filter(|dialer| !dialer.is_empty()).map(str::to_owned).collect(),
                stays: flag(row, NODE.stays)?,
            })
        })
    }

    fn remove_node(&mut self, node: &str, beat: i64) -> Result<bool, TxError> {
        let removed = self.change("DELETE FROM hotdesk_node WHERE node = ?1 AND beat = ?2", params![node, beat])?;
        Ok(removed == 1)
    }

    fn leases(&mut self) -> Result<Vec<Lease>, TxError> {
        self.all(concat!("SELECT ", lease_columns!(), " FROM hotdesk_lease ORDER BY server_ip"), params![], |row| {
            Ok(Lease { server_ip: text(row, LEASE.server_ip)?, node: text(row, LEASE.node)? })
        })
    }

    fn pass_lease(&mut self, server_ip: &str, from: &str, to: &str) -> Result<bool, TxError> {
        if from.is_empty() {
            self.change("INSERT OR IGNORE INTO hotdesk_lease (server_ip) VALUES (?1)", [server_ip])?;
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

    fn tell_change(&mut self, node: &str, session_id: i64, told: &str) -> Result<i64, TxError> {
        self.change(
            "INSERT INTO hotdesk_change (session_id, node, told) VALUES (?1, ?2, ?3)",
            params![session_id, node, told],
        )?;
        Ok(self.database.last_number())
    }

    fn told_after(&mut self, change_id: i64, at_most: u32) -> Result<Vec<NodeChange>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                change_columns!(),
                " FROM hotdesk_change WHERE change_id > ?1 ORDER BY change_id LIMIT ?2"
            ),
            params![change_id, at_most],
            |row| {
                Ok(NodeChange {
                    change_id: row.get(CHANGE.change_id)?,
                    session_id: row.get(CHANGE.session_id)?,
                    node: text(row, CHANGE.node)?,
                    told: text(row, CHANGE.told)?,
                })
            },
        )
    }

    fn last_told(&mut self) -> Result<i64, TxError> {
        let last = self.one("SELECT ifnull(max(change_id), 0) FROM hotdesk_change", params![], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }

    fn session_as_of(&mut self, session_id: i64) -> Result<Option<(i64, Session)>, TxError> {
        self.one(session_as_of_where!("s.session_id = ?1"), [session_id], session_as_of)
    }

    fn open_sessions_as_of(&mut self) -> Result<Vec<(i64, Session)>, TxError> {
        self.all(session_as_of_where!("s.ended IS NULL ORDER BY s.session_id"), params![], session_as_of)
    }

    fn forget_told(&mut self, up_to: i64, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_change WHERE change_id <= ?1 AND change_id <=
                 (SELECT max(change_id) FROM (SELECT change_id FROM hotdesk_change ORDER BY change_id LIMIT ?2) oldest)",
            params![up_to, at_most],
        )
    }
}
