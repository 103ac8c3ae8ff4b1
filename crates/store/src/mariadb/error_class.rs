//! Classes of database errors, by whether a retry helps.

use fleet::TxError;

use crate::database::WriteConflict;

/// The class of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// Another transaction was faster: the same again will do. Deadlock, a lock that was waited for, a Galera certification.
    Race,
    /// There is such a row already. It may have come in between, and then the rules will see it the next time.
    Duplicate,
    /// The connection or the server is gone: the same again on another connection.
    Gone,
    /// Nothing.
    Lasting,
}

/// Numbers of the server's errors, as its documentation has them.
const RACES: [u16; 3] = [1213, 1205, 1020];
const DUPLICATES: [u16; 1] = [1062];
/// Shutting down, killed, not ready (Galera without a majority), read-only.
const GONE: [u16; 10] = [1047, 1053, 1152, 1158, 1159, 1160, 1161, 1290, 1927, 1836];

impl ErrorClass {
    /// Of what the server or the connection to it said.
    pub(super) fn of(error: &mysql::Error) -> Self {
        match error {
            mysql::Error::MySqlError(error) if RACES.contains(&error.code) => Self::Race,
            mysql::Error::MySqlError(error) if DUPLICATES.contains(&error.code) => Self::Duplicate,
            mysql::Error::MySqlError(error) if GONE.contains(&error.code) => Self::Gone,
            mysql::Error::IoError(_) | mysql::Error::CodecError(_) | mysql::Error::TlsError(_) => Self::Gone,
            _ => Self::Lasting,
        }
    }

    /// Of what a command failed with.
    pub(super) fn of_command(error: &TxError) -> Self {
        let TxError::Database(cause) = error else { return Self::Lasting };
        if cause.is::<WriteConflict>() {
            return Self::Race;
        }
        cause.downcast_ref().map_or(Self::Lasting, Self::of)
    }

    /// Whether a command that was repeated so often already may be repeated once more.
    pub(super) fn allows_retry(self, times: u32) -> bool {
        match self {
            Self::Race => times < 20,
            Self::Duplicate | Self::Gone => times < 3,
            Self::Lasting => false,
        }
    }
}
