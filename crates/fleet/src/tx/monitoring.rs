//! Database operations on monitoring of agents.

use crate::TxError;
use crate::monitoring::{MonitoredAgent, Monitoring};
use crate::sessions::Engine;

/// Database operations on monitoring of agents.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait MonitoringTx {
    /// A dialer's conference engine; `None` if the dialer is unknown.
    fn conf_engine(&mut self, server_ip: &str) -> Result<Option<Engine>, TxError>;

    /// Whether a dialer has this conference.
    fn conference_exists(&mut self, server_ip: &str, engine: Engine, conf_exten: &str) -> Result<bool, TxError>;

    /// The first live agent in a conference.
    fn agent_in_conference(&mut self, server_ip: &str, conf_exten: &str) -> Result<Option<MonitoredAgent>, TxError>;

    /// Whether supervisors may whisper (`system_settings.agent_whisper_enabled`).
    fn whisper_enabled(&mut self) -> Result<bool, TxError>;

    /// Whether a monitoring call has this caller code.
    fn caller_code_exists(&mut self, caller_code: &str) -> Result<bool, TxError>;

    /// Adds a monitoring call to the logs.
    fn log_monitoring(&mut self, monitoring: &Monitoring) -> Result<(), TxError>;
}
