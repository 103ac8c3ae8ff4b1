//! What somebody does to the sessions of others and to dialers: each such act is a row of the admin log, in the same
//! transaction.

use std::net::IpAddr;

use crate::sessions::{Seat, Session};
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: String,
    /// The client's address.
    pub from: IpAddr,
}

impl Actor {
    /// A dialer is being emptied from now on, or is not any more.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn drained(&self, tx: &mut dyn FleetTx, server_ip: &str, draining: bool) -> Result<(), TxError> {
        let notes = format!("draining: {}", if draining { "Y" } else { "N" });
        self.log(tx, "SERVERS", "MODIFY", server_ip, "ADMIN API SERVER DRAINING", notes)
    }

    /// A dialer is drained, or takes agents again, because it was planned so.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn drained_as_planned(
        &self,
        tx: &mut dyn FleetTx,
        server_ip: &str,
        draining: bool,
        made: &str,
    ) -> Result<(), TxError> {
        let notes = format!("draining: {}, as planned at {made}", if draining { "Y" } else { "N" });
        self.log(tx, "SERVERS", "MODIFY", server_ip, "ADMIN API SERVER DRAINING", notes)
    }

    /// A dialer is to be drained, or to take agents again, at a time; or that is not planned any more.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn planned(&self, tx: &mut dyn FleetTx, server_ip: &str, notes: String) -> Result<(), TxError> {
        self.log(tx, "SERVERS", "OTHER", server_ip, "ADMIN SERVER PLAN", notes)
    }

    /// A dialer is in use from now on, or is not any more.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn activated(&self, tx: &mut dyn FleetTx, server_ip: &str, active: bool) -> Result<(), TxError> {
        let notes = format!("active: {}", if active { "Y" } else { "N" });
        self.log(tx, "SERVERS", "MODIFY", server_ip, "ADMIN MODIFY SERVER", notes)
    }

    /// A dialer was added, changed or deleted.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn kept_dialer(
        &self,
        tx: &mut dyn FleetTx,
        event: &'static str,
        server_ip: &str,
        notes: String,
    ) -> Result<(), TxError> {
        let code = match event {
            "ADD" => "ADMIN ADD SERVER",
            "DELETE" => "ADMIN DELETE SERVER",
            _ => "ADMIN MODIFY SERVER",
        };
        self.log(tx, "SERVERS", event, server_ip, code, notes)
    }

    /// All agents are to leave a dialer.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn emptied(&self, tx: &mut dyn FleetTx, server_ip: &str, in_call: u32) -> Result<(), TxError> {
        let notes = format!("agents in a call: {in_call}");
        self.log(tx, "SERVERS", "OTHER", server_ip, "ADMIN API SERVER MOVE AGENTS", notes)
    }

    /// A session was ended.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn removed(&self, tx: &mut dyn FleetTx, session: &Session) -> Result<(), TxError> {
        let notes = format!("session: {} agent: {}", session.session_id, session.user);
        self.log(tx, "PHONES", "OTHER", &session.place.phone_login, "ADMIN API AGENT LOGGED OUT", notes)
    }

    /// An agent was put on another dialer.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn moved(&self, tx: &mut dyn FleetTx, seat: &Seat) -> Result<(), TxError> {
        let notes = format!("session: {} agent: {} to: {}", seat.session_id, seat.user, seat.place.server_ip);
        self.log(tx, "PHONES", "OTHER", &seat.place.phone_login, "ADMIN API AGENT MOVED", notes)
    }

    fn log(
        &self,
        tx: &mut dyn FleetTx,
        section: &'static str,
        event: &'static str,
        record_id: &str,
        code: &'static str,
        notes: String,
    ) -> Result<(), TxError> {
        tx.log_admin(&AdminEntry { user: &self.user, from: self.from, section, event, record_id, code, notes })
    }
}
