//! Dialers: saving and deleting one, and drains that are planned for later.

pub mod planned_drains;
pub mod save;
