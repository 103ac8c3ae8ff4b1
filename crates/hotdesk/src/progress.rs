//! What a command that takes long is at: on standard error, and only if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// What it is at. Clones show the same; it is gone from the screen when the last one is dropped.
#[derive(Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Nothing yet.
    pub fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Self(bar)
    }

    /// For what nobody waits for.
    pub fn none() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Says what is done now, of which nobody knows how much it is.
    pub fn at(&self, what: &'static str) {
        self.0.set_message(what);
    }

    /// Says that so many rows are written now.
    pub fn begin(&self, rows: usize) {
        let bar = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len}, {eta} left");
        if let Ok(bar) = bar {
            self.0.set_style(bar);
        }
        self.0.set_length(rows as u64);
        self.0.set_message("writing");
    }

    /// Says how many rows are written.
    pub fn written(&self, rows: usize) {
        self.0.set_position(rows as u64);
    }

    /// Takes it from the screen, before something else is written there.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
