//! Refusals of changes, apart from failures of the database: a transaction ends with either, and only a refusal is answered.

use fleet::TxError;
use fleet::save::{SaveError, SaveRefusal};

/// What a transaction ends with whose change was carried out, or refused before anything was written.
pub(crate) fn settled<T>(ended: Result<T, SaveError>) -> Result<Result<T, SaveRefusal>, TxError> {
    match ended {
        Ok(done) => Ok(Ok(done)),
        Err(error) => error.into_refusal().map(Err),
    }
}
