//! `container_list`: settings containers of a type, as a page on which an administrator picks one.

use crate::authorization::Visibility;
use crate::campaigns::Container;
use crate::field::{Comments, ContainerType};
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields. The first is required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct ContainerList {
        pub container_type: ContainerType,
        pub comments: Comments,
    }
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
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let visibility = Visibility::of(tx, by.user)?;
        let Prepared::Containers(all) = by.prepared else { return Ok(Outcome::Containers(Vec::new())) };
        let is_seen = |container: &&Container| visibility.see_group(&container.user_group);
        Ok(Outcome::Containers(all.iter().filter(is_seen).cloned().collect()))
    }
}
