//! Users: the columns that the Non-Agent API writes, and what an account may do.

pub mod columns;
pub mod permissions;
