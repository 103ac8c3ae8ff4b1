//! `hotdesk apply`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use fleet::actor::Source;
use fleet::fleet_file;
use fleet::fleet_file::FleetPlan;
use fleet::schema::Object;
use store::Store;

use crate::cli::ApplyArgs;
use crate::config::Config;
use crate::diff::{self, Tense};
use crate::failure::Failure;
use crate::fleet_document;
use crate::plan_runner::{self, DatabaseState};
use crate::progress::Progress;
use crate::system::{SystemClock, SystemEntropy};

/// Makes the database match a fleet file, or prints what would change.
pub fn run(config: &Config, args: &ApplyArgs) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    progress.at("reading the fleet file");
    let document = fleet_document::read(&args.file)?;
    if args.plan {
        progress.at("comparing with the database");
        let plan =
            plan_runner::plan(&config.database, |held| plan_from(held, &document, &args.file, args.prune, &progress))?;
        progress.end();
        diff::print(&plan, Tense::Planned)?;
    } else {
        let store = Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?;
        let plan = apply(&store, &document, &args.file, args.prune, &progress)?;
        progress.end();
        diff::print(&plan, Tense::Done)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the database match a document, in one transaction, and returns the changes.
pub fn apply(
    store: &Store,
    document: &Object,
    path: &Path,
    prune: bool,
    progress: &Progress,
) -> Result<Arc<FleetPlan>, Failure> {
    plan_runner::execute(store, Source::FleetFile, progress, |held| plan_from(held, document, path, prune, progress))
}

/// Plans the changes; prints every error in the file.
fn plan_from(
    (fleet, system): DatabaseState,
    document: &Object,
    path: &Path,
    prune: bool,
    progress: &Progress,
) -> Result<FleetPlan, Failure> {
    let reading = fleet_file::read(document, fleet_file::alphabet(document, system));
    fleet_file::plan(reading, fleet, prune, &SystemEntropy).map_err(|mistakes| {
        progress.end();
        plan_runner::print_mistakes(path, &mistakes);
        Failure::FleetMistakes { path: path.to_owned(), count: mistakes.len() }
    })
}
