//! What the rules ask of a database about dialers' configuration files.

use crate::TxError;
use crate::dialer_files::{DialerRows, Loaded};

/// Dialers' configuration files.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait DialerFilesTx {
    /// What a dialer's files are written from; `None` if there is no such dialer.
    fn dialer_rows(&mut self, server_ip: &str) -> Result<Option<DialerRows>, TxError>;

    /// Asks a dialer to read its configuration again, if it has one from here
    /// (`generate_vicidial_conf` and `active_asterisk_server` are `Y`).
    fn ask_rebuild(&mut self, server_ip: &str) -> Result<(), TxError>;

    /// Asks every dialer to read its configuration again. Returns how many there are to do it.
    fn ask_rebuild_everywhere(&mut self) -> Result<usize, TxError>;

    /// Whether the dialer was asked to read its configuration again, and has not since (`servers.rebuild_conf_files`).
    fn rebuild_requested(&mut self, server_ip: &str) -> Result<bool, TxError>;

    /// The dialer has what it was asked to read.
    fn mark_rebuilt(&mut self, server_ip: &str) -> Result<(), TxError>;

    /// Keeps what a dialer says of a file; `loaded` without a time leaves the time that is kept.
    fn keep_loaded(&mut self, server_ip: &str, loaded: &Loaded) -> Result<(), TxError>;

    /// What a dialer said last, of each file.
    fn loaded_files(&mut self, server_ip: &str) -> Result<Vec<Loaded>, TxError>;
}
