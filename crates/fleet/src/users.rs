//! Users: the columns that the Non-Agent API writes, saving and deleting an account, and what an account may do.

pub mod columns;
pub mod delete;
pub mod permissions;
pub mod save;
