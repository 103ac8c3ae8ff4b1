//! Plots, drawn on the server as SVG. What they show is told in words or in a table too.

pub(super) mod band;
pub(super) mod bars;
pub(super) mod series;

/// What fills are told apart by: their style's class, in the order in which they are used. Each has a pattern of its own, so that
/// no colour is needed to tell them apart.
pub(super) const FILLS: [&str; 4] = ["solid", "striped", "plain", "dotted"];
