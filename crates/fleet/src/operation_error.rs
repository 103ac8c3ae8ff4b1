//! Error of an operation that the rules can refuse. `?` carries refusals and failures alike.

use crate::TxError;

/// Why an operation did not succeed.
#[derive(Debug)]
pub enum OperationError<R, F = TxError> {
    /// The rules refuse it.
    Refused(R),
    /// The database failed.
    Failed(F),
}

impl<R, F> From<F> for OperationError<R, F> {
    fn from(failure: F) -> Self {
        Self::Failed(failure)
    }
}

impl<R, F> OperationError<R, F> {
    /// The error with another form of its refusal.
    pub fn map_refusal<S>(self, refused: impl FnOnce(R) -> S) -> OperationError<S, F> {
        match self {
            Self::Refused(refusal) => OperationError::Refused(refused(refusal)),
            Self::Failed(failure) => OperationError::Failed(failure),
        }
    }

    /// The refusal, or the failure as a refusal.
    pub fn refusal_or(self, failed: impl FnOnce(F) -> R) -> R {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(failure) => failed(failure),
        }
    }
}

/// Turns a refusal into a result, for callers that report refusals as outcomes.
///
/// # Errors
/// The failure.
pub fn settle<T, R, F>(result: Result<T, OperationError<R, F>>, refused: impl FnOnce(R) -> T) -> Result<T, F> {
    match result {
        Ok(done) => Ok(done),
        Err(OperationError::Refused(refusal)) => Ok(refused(refusal)),
        Err(OperationError::Failed(failure)) => Err(failure),
    }
}
