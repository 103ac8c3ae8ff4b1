//! Read-only access to the database.

use std::sync::Arc;

use store::{Inspection, Location, Tables};

use crate::failure::Failure;
use crate::system::SystemClock;

/// Opens the database read-only; `None` if it does not exist or has no tables.
pub fn open(location: &Location) -> Result<Option<Inspection>, Failure> {
    if !location.is_there() {
        return Ok(None);
    }
    let inspection = Inspection::open(location, Arc::new(SystemClock))?;
    match inspection.tables()? {
        Tables::Current => Ok(Some(inspection)),
        Tables::None => Ok(None),
        Tables::Older { .. } => Err(Failure::Refused(format!(
            "the tables of {location} are older than this Hotdesk: run `hotdesk migrate` first"
        ))),
        Tables::Newer { found, known } => {
            Err(Failure::Open(store::OpenError::TooNew { at: location.clone(), found, known }))
        }
    }
}

/// Opens the database read-only; it must exist.
pub fn open_existing(location: &Location) -> Result<Inspection, Failure> {
    let missing =
        || Failure::Refused(format!("the database {location} does not exist: choose another with --database"));
    open(location)?.ok_or_else(missing)
}
