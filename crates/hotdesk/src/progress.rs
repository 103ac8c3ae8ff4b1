//! Progress of a long command, shown on standard error if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// Progress display. Clones share it; it disappears when the last clone is dropped.
#[derive(Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Creates an empty display.
    pub fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Self(bar)
    }

    /// A display that shows nothing.
    pub fn none() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Shows the current step, whose length is unknown.
    pub fn at(&self, what: &'static str) {
        self.0.set_message(what);
    }

    /// Shows a progress bar for writing this number of rows.
    pub fn begin(&self, rows: usize) {
        let bar = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len}, {eta} left");
        if let Ok(bar) = bar {
            self.0.set_style(bar);
        }
        self.0.set_length(rows as u64);
        self.0.set_message("writing");
    }

    /// Sets the number of written rows.
    pub fn written(&self, rows: usize) {
        self.0.set_position(rows as u64);
    }

    /// Removes the display before other output.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
