//! Database operations on dialers' configuration files.

use crate::TxError;
use crate::dialer_files::{DialerRows, Loaded};

/// Operations on dialers' configuration files.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait DialerFilesTx {
    /// The rows for generating a dialer's files; `None` if there is no such dialer.
    fn dialer_rows(&mut self, server_ip: &str) -> Result<Option<DialerRows>, TxError>;

    /// Requests a configuration reload from a dialer, if its configuration is generated (`generate_vicidial_conf` and
    /// `active_asterisk_server` are `Y`).
    fn ask_rebuild(&mut self, server_ip: &str) -> Result<(), TxError>;

    /// Requests a configuration reload from all dialers. Returns the number of dialers that will do it.
    fn ask_rebuild_everywhere(&mut self) -> Result<usize, TxError>;

    /// Whether a requested reload is still pending (`servers.rebuild_conf_files`).
    fn rebuild_requested(&mut self, server_ip: &str) -> Result<bool, TxError>;

    /// Records that the dialer executed the requested reload.
    fn mark_rebuilt(&mut self, server_ip: &str) -> Result<(), TxError>;

    /// Stores a dialer's report on a file. An empty `loaded` keeps the stored time.
    fn store_file_state(&mut self, server_ip: &str, loaded: &Loaded) -> Result<(), TxError>;

    /// A dialer's last report on each file.
    fn loaded_files(&mut self, server_ip: &str) -> Result<Vec<Loaded>, TxError>;
}
