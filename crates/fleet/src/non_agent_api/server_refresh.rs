//! `server_refresh`: every dialer reads its configuration again.

use crate::audit_log::AuditAction;
use crate::field::{AliasId, AliasName, Field, PhoneLogins, Stage};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields.
    pub struct ServerRefresh {
        /// Contains `REFRESH`.
        pub stage: Stage,
        /// An alias's fields mean nothing here; VICIdial repeats them in its error.
        pub alias_id: AliasId,
        /// As `alias_id`.
        pub alias_name: AliasName,
        /// As `alias_id`.
        pub phone_logins: PhoneLogins,
    }
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This many dialers were asked.
    Triggered(usize),
    /// The stage is not that of a refresh.
    FieldsRequired,
}

impl ServerRefresh {
    /// Carries the command out.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !self.stage.as_str().contains("REFRESH") {
            return Ok(Outcome::FieldsRequired);
        }
        let servers = tx.ask_rebuild_everywhere()?;
        by.actor.log(tx, AuditAction::RefreshDialers, "refresh", format!("servers: {servers}"))?;
        Ok(Outcome::Triggered(servers))
    }
}
