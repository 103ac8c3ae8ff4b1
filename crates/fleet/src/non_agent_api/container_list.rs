//! `container_list`: settings containers of a type, as a page on which an administrator picks one.

use crate::campaigns::Container;
use crate::field::{Comments, ContainerType, Reader};
use crate::non_agent_api::{Caller, Prepared};
use crate::{FleetTx, TxError};

/// The command's fields. The first is required.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
pub struct ContainerList {
    pub container_type: ContainerType,
    pub comments: Comments,
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The containers that the caller sees.
    Containers(Vec<Container>),
    /// The call names no type.
    TypeMissing,
}

impl ContainerList {
    /// Reads the command's fields.
    #[must_use]
    pub fn read(fields: Reader<'_>) -> Self {
        Self { container_type: fields.get(), comments: fields.get() }
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let own = tx.user_group(&by.user.user_group)?;
        let Prepared::Containers(all) = by.prepared else { return Ok(Outcome::Containers(Vec::new())) };
        let is_seen = |container: &&Container| own.as_ref().is_none_or(|own| own.sees(&container.user_group));
        Ok(Outcome::Containers(all.iter().filter(is_seen).cloned().collect()))
    }
}
