//! Dialers: saving, deleting, and planned drains.

pub mod delete;
pub mod planned_drains;
pub mod save;
