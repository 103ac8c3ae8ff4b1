//! Opening the database only to look at it.

use std::sync::Arc;

use store::{Inspection, Options, Tables};

use crate::failure::Failure;
use crate::system::SystemClock;

/// The database, to look at; `None` if there is none yet, or one without tables.
pub fn open(options: &Options) -> Result<Option<Inspection>, Failure> {
    if !options.path.exists() {
        return Ok(None);
    }
    let inspection = Inspection::open(options, Arc::new(SystemClock))?;
    match inspection.tables()? {
        Tables::Current => Ok(Some(inspection)),
        Tables::None => Ok(None),
        Tables::Older { .. } => Err(Failure::Refused(format!(
            "the tables of {} are older than this Hotdesk: run `hotdesk migrate` first",
            options.path.display()
        ))),
        Tables::Newer { found, known } => {
            Err(Failure::Open(store::OpenError::TooNew { path: options.path.clone(), found, known }))
        }
    }
}

/// The database, to look at; there must be one.
pub fn open_existing(options: &Options) -> Result<Inspection, Failure> {
    let missing = || {
        Failure::Refused(format!("there is no database {} yet: name another with --database", options.path.display()))
    };
    open(options)?.ok_or_else(missing)
}
