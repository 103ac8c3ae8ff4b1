//! Account of a command that runs on the database itself.

use std::sync::Arc;

/// The account that an in-process request acts as. It is an extension of the request, which no connection can carry.
#[derive(Debug, Clone)]
pub(crate) struct InProcessAccount(pub(crate) Arc<str>);
