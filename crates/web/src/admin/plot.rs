//! Plots, drawn on the server as SVG. A text or a table gives the same information.

pub(super) mod band;
pub(super) mod bars;
pub(super) mod series;

/// CSS classes of the fills, in order of use. Each has its own pattern, so that the fills differ without colour.
pub(super) const FILLS: [&str; 4] = ["solid", "striped", "plain", "dotted"];
