//! Dialers: saving and deleting one, and what is planned for one.

pub mod delete;
pub mod planned_drains;
pub mod save;
