//! Users: saving and deleting accounts, their permissions, and the columns that the Non-Agent API writes.

pub mod columns;
pub mod delete;
pub mod permissions;
pub mod save;
