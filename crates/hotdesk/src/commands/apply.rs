//! `hotdesk apply`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use fleet::fleet_file::{self, Act, Change, Fleet, Plan, Table, plan};
use fleet::text::Alphabet;
use fleet::{FleetTx, TxError};
use store::{Inspection, Store};

use crate::cli::Apply;
use crate::config::Config;
use crate::failure::Failure;
use crate::system::{SystemClock, SystemEntropy};
use crate::{document, inspect, output};

/// How often a plan is made again when the database changed under it.
const ATTEMPTS: usize = 5;

/// What the database holds: its rows, and the alphabet of its texts.
type Held = (Fleet, Alphabet);

/// Makes the database match a fleet file, or says what would change.
pub fn run(config: &Config, wanted: &Apply) -> Result<ExitCode, Failure> {
    let document = document::read(&wanted.file)?;
    if wanted.plan {
        let inspection = match inspect::open(&config.database)? {
            Some(inspection) => inspection,
            None => Inspection::of_nothing(Arc::new(SystemClock))?,
        };
        let plan = plan_from(inspection.read(held)?, &document, &wanted.file, wanted.prune)?;
        let counts = Counts::of(&plan);
        return print(
            &plan,
            &format!("{} to add, {} to change, {} to remove", counts.add, counts.change, counts.remove),
        );
    }
    let store = Store::open(&config.database, Arc::new(SystemClock))?;
    let plan = apply(&store, &document, &wanted.file, wanted.prune)?;
    let counts = Counts::of(&plan);
    print(&plan, &format!("{} added, {} changed, {} removed", counts.add, counts.change, counts.remove))
}

/// Makes the database match a document, all of it or nothing, and tells what that changed.
pub fn apply(store: &Store, document: &Table, path: &Path, prune: bool) -> Result<Arc<Plan>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    for _ in 0..ATTEMPTS {
        let plan = Arc::new(plan_from(runtime.block_on(store.read(held))?, document, path, prune)?);
        let carried = Arc::clone(&plan);
        if plan.changes.is_empty() || runtime.block_on(store.write(move |tx| fleet_file::carry_out(tx, &carried)))? {
            return Ok(plan);
        }
    }
    Err(Failure::Refused("the database kept changing meanwhile, nothing was changed: try again".to_owned()))
}

fn held(tx: &mut dyn FleetTx) -> Result<Held, TxError> {
    let alphabet = if tx.settings()?.use_non_latin { Alphabet::Unicode } else { Alphabet::Latin };
    Ok((Fleet::read(tx)?, alphabet))
}

/// Finds out what has to change; prints every mistake in the file.
fn plan_from((fleet, system): Held, document: &Table, path: &Path, prune: bool) -> Result<Plan, Failure> {
    let reading = fleet_file::read(document, fleet_file::alphabet(document, system));
    plan(reading, fleet, prune, &SystemEntropy).map_err(|mistakes| {
        for mistake in &mistakes {
            eprintln!("hotdesk: {}: {mistake}", path.display());
        }
        Failure::FleetMistakes { path: path.to_owned(), count: mistakes.len() }
    })
}

struct Counts {
    add: usize,
    change: usize,
    remove: usize,
}

impl Counts {
    fn of(plan: &Plan) -> Self {
        Self { add: plan.count(Act::Add), change: plan.count(Act::Change), remove: plan.count(Act::Remove) }
    }
}

fn print(plan: &Plan, last: &str) -> Result<ExitCode, Failure> {
    let mut lines: Vec<String> = plan.changes.iter().map(line).collect();
    lines.push(if plan.changes.is_empty() { "nothing to do".to_owned() } else { last.to_owned() });
    let text = lines.join("\n") + "\n";
    output::write(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn line(change: &Change) -> String {
    let title = change.entry.title();
    match change.act {
        Act::Add => format!("+ {title}"),
        Act::Change => format!("~ {title}: {}", change.details()),
        Act::Remove => format!("- {title}"),
    }
}
