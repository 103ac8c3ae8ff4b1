//! Asterisk dialers.

pub mod action;
pub mod connection;
pub mod dialer;
pub mod event;
pub mod frame;
pub mod line;
pub mod mark;
