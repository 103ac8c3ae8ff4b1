//! Early end of an operation: with an outcome that is none of success, or since the database failed. With it, `?` carries both.

use crate::TxError;

/// Why an operation ends before it has written anything.
pub(crate) enum Stop<O> {
    /// With this outcome.
    Outcome(O),
    /// Since the database failed.
    Tx(TxError),
}

impl<O> From<TxError> for Stop<O> {
    fn from(error: TxError) -> Self {
        Self::Tx(error)
    }
}

/// How an operation ended, whether or not it stopped early.
pub(crate) fn ended<O>(result: Result<O, Stop<O>>) -> Result<O, TxError> {
    match result {
        Ok(outcome) | Err(Stop::Outcome(outcome)) => Ok(outcome),
        Err(Stop::Tx(error)) => Err(error),
    }
}
