//! Plots, drawn on the server as SVG.

pub(super) mod series;
