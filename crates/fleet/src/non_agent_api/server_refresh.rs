//! `server_refresh`: request that every dialer reloads its configuration.

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
        /// An alias's fields have no effect here; VICIdial repeats them in its error.
        pub alias_id: AliasId,
        /// Like `alias_id`.
        pub alias_name: AliasName,
        /// Like `alias_id`.
        pub phone_logins: PhoneLogins,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This many dialers were asked to reload.
    Triggered(usize),
    /// The stage does not request a refresh.
    FieldsRequired,
}

impl ServerRefresh {
    /// Executes the command.
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
