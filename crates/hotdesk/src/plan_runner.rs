//! Planning and execution of changes, for `apply` and `import`.

use std::path::Path;
use std::sync::Arc;

use fleet::actor::{Actor, Source};
use fleet::fleet_file;
use fleet::fleet_file::{Fleet, FleetPlan};
use fleet::schema::FileError;
use fleet::text::Alphabet;
use fleet::{FleetTx, TxError};
use store::{Inspection, Location, Store};

use crate::failure::Failure;
use crate::inspect;
use crate::progress::Progress;
use crate::system::SystemClock;

/// Maximum number of attempts when the database changes between planning and execution.
const ATTEMPTS: usize = 5;

/// Contents of the database: its rows, and the alphabet of its texts.
pub type DatabaseState = (Fleet, Alphabet);

/// Makes a plan without changing anything; it does not even create a missing database.
pub fn plan<T>(location: &Location, make: impl FnOnce(DatabaseState) -> Result<T, Failure>) -> Result<T, Failure> {
    let inspection = match inspect::open(location)? {
        Some(inspection) => inspection,
        None => Inspection::of_nothing(Arc::new(SystemClock))?,
    };
    make(inspection.read(read_state)?)
}

/// Makes a plan and executes it in one transaction. The audit log names `source`.
pub fn execute(
    store: &Store,
    source: Source,
    progress: &Progress,
    mut make: impl FnMut(DatabaseState) -> Result<FleetPlan, Failure>,
) -> Result<Arc<FleetPlan>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    for _ in 0..ATTEMPTS {
        progress.at("comparing with the database");
        let plan = Arc::new(make(runtime.block_on(store.read(read_state))?)?);
        if plan.changes.is_empty() {
            return Ok(plan);
        }
        progress.begin(plan.changes.len());
        let (carried, bar) = (Arc::clone(&plan), progress.clone());
        let actor = Actor::command(source);
        let write = move |tx: &mut dyn FleetTx| fleet_file::execute(tx, &carried, &actor, &|rows| bar.written(rows));
        if runtime.block_on(store.write(write))? {
            return Ok(plan);
        }
    }
    Err(Failure::Refused(
        "other changes to the database prevented this change; nothing was changed: try again".to_owned(),
    ))
}

fn read_state(tx: &mut dyn FleetTx) -> Result<DatabaseState, TxError> {
    let alphabet = tx.settings()?.alphabet();
    Ok((Fleet::read(tx)?, alphabet))
}

/// Prints every error in a file.
pub fn print_mistakes(path: &Path, mistakes: &[FileError]) {
    for mistake in mistakes {
        eprintln!("hotdesk: {}: {mistake}", path.display());
    }
}
