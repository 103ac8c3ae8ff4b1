//! Classes of database errors, by whether a retry helps.

use fleet::TxError;

use crate::database::WriteConflict;

/// The class of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// Another transaction was faster (deadlock, lock timeout, Galera certification): a retry succeeds.
    Race,
    /// The row exists already. If another transaction added it meanwhile, the rules see it in the retry.
    Duplicate,
    /// The connection or the server is gone: a retry needs another connection.
    Gone,
    /// A retry does not help.
    Lasting,
}

/// Error numbers from the server's documentation.
const RACES: [u16; 3] = [1213, 1205, 1020];
const DUPLICATES: [u16; 1] = [1062];
/// Shutting down, killed, not ready (Galera without a majority), read-only.
const GONE: [u16; 10] = [1047, 1053, 1152, 1158, 1159, 1160, 1161, 1290, 1927, 1836];

impl ErrorClass {
    /// The class of an error of the server or of the connection.
    pub(super) fn of(error: &mysql::Error) -> Self {
        match error {
            mysql::Error::MySqlError(error) if RACES.contains(&error.code) => Self::Race,
            mysql::Error::MySqlError(error) if DUPLICATES.contains(&error.code) => Self::Duplicate,
            mysql::Error::MySqlError(error) if GONE.contains(&error.code) => Self::Gone,
            mysql::Error::IoError(_) | mysql::Error::CodecError(_) | mysql::Error::TlsError(_) => Self::Gone,
            _ => Self::Lasting,
        }
    }

    /// The class of a command's error.
    pub(super) fn of_command(error: &TxError) -> Self {
        let TxError::Database(cause) = error else { return Self::Lasting };
        if cause.is::<WriteConflict>() {
            return Self::Race;
        }
        cause.downcast_ref().map_or(Self::Lasting, Self::of)
    }

    /// Whether a command may be retried after this number of retries.
    pub(super) fn allows_retry(self, times: u32) -> bool {
        match self {
            Self::Race => times < 20,
            Self::Duplicate | Self::Gone => times < 3,
            Self::Lasting => false,
        }
    }
}
