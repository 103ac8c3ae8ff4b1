//! Actor of a change: the account, the address and the interface that it comes from. Every change takes an actor as an argument
//! and writes it into the audit log.

use std::net::{IpAddr, Ipv4Addr};

use crate::audit_log::{AuditAction, RowEvent};
use crate::schema::Table;
use crate::sessions::{Seat, Session};
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// Interface through which a change arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// VICIdial's Non-Agent API.
    NonAgentApi,
    /// The JSON API.
    JsonApi,
    /// The admin panel.
    Panel,
    /// A command that works on the database directly.
    CommandLine,
    /// A fleet file.
    FleetFile,
    /// A CSV sheet.
    Csv,
    /// Hotdesk itself, for example when a planned drain is due.
    System,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 7] =
        [Self::NonAgentApi, Self::JsonApi, Self::Panel, Self::CommandLine, Self::FleetFile, Self::Csv, Self::System];

    /// Prefix of the audit log's codes for changes from this source. The prefixes of the Non-Agent API and of the panel are
    /// VICIdial's.
    #[must_use]
    pub const fn code_prefix(self) -> &'static str {
        match self {
            Self::NonAgentApi => "ADMIN API",
            Self::JsonApi => "ADMIN JSON API",
            Self::Panel => "ADMIN",
            Self::CommandLine => "ADMIN COMMAND LINE",
            Self::FleetFile => "ADMIN FLEET FILE",
            Self::Csv => "ADMIN CSV",
            Self::System => "ADMIN SYSTEM",
        }
    }
}

/// The author of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: String,
    /// The client's address.
    pub from: IpAddr,
    /// The interface.
    pub source: Source,
}

impl Actor {
    /// Actor of a command that works on the database directly, without a login.
    #[must_use]
    pub fn command(source: Source) -> Self {
        Self { user: "hotdesk".to_owned(), from: IpAddr::V4(Ipv4Addr::LOCALHOST), source }
    }

    /// Writes a change into the audit log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn log(
        &self,
        tx: &mut dyn FleetTx,
        action: AuditAction,
        record_id: &str,
        notes: String,
    ) -> Result<(), TxError> {
        tx.log_admin(&AdminEntry {
            user: &self.user,
            from: self.from,
            section: action.section(),
            event: action.event(),
            record_id,
            code: action.code(self.source),
            notes,
        })
    }

    /// Logs that a dialer starts draining, or takes agents again.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn drained(&self, tx: &mut dyn FleetTx, server_ip: &str, draining: bool) -> Result<(), TxError> {
        self.log(tx, AuditAction::DrainDialer, server_ip, format!("draining: {}", flag(draining)))
    }

    /// Logs the start or the end of a drain that was planned at `made`.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn log_planned_drain(
        &self,
        tx: &mut dyn FleetTx,
        server_ip: &str,
        draining: bool,
        made: &str,
    ) -> Result<(), TxError> {
        let notes = format!("draining: {}, as planned at {made}", flag(draining));
        self.log(tx, AuditAction::DrainDialer, server_ip, notes)
    }

    /// Logs that a dialer was activated or deactivated.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn activated(&self, tx: &mut dyn FleetTx, server_ip: &str, active: bool) -> Result<(), TxError> {
        let action = AuditAction::Row(RowEvent::Modify, Table::Dialer);
        self.log(tx, action, server_ip, format!("active: {}", flag(active)))
    }

    /// Logs that all agents are being moved away from a dialer.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn emptied(&self, tx: &mut dyn FleetTx, server_ip: &str, in_call: u32) -> Result<(), TxError> {
        self.log(tx, AuditAction::EmptyDialer, server_ip, format!("agents in a call: {in_call}"))
    }

    /// Logs that an agent session was ended.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn removed(&self, tx: &mut dyn FleetTx, session: &Session) -> Result<(), TxError> {
        let notes = format!("session: {} agent: {}", session.session_id, session.user);
        self.log(tx, AuditAction::LogOutAgent, &session.place.phone_login, notes)
    }

    /// Logs that an agent was moved to another dialer.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn moved(&self, tx: &mut dyn FleetTx, seat: &Seat) -> Result<(), TxError> {
        let notes = format!("session: {} agent: {} to: {}", seat.session_id, seat.user, seat.place.server_ip);
        self.log(tx, AuditAction::MoveAgent, &seat.place.phone_login, notes)
    }
}

fn flag(flag: bool) -> &'static str {
    if flag { "Y" } else { "N" }
}
