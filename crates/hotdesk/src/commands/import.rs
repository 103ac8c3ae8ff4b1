//! `hotdesk import`.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use fleet::fleet_file::{self, Mistake, Plan, sheet};
use store::Store;

use crate::changing::{self, Held};
use crate::cli::Import;
use crate::config::Config;
use crate::diff::{self, Tense};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::system::{SystemClock, SystemEntropy};

/// Adds the rows of a CSV file and changes those that are there: all of them, or with `--keep-going` those that are right.
pub fn run(config: &Config, wanted: &Import) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    progress.at("reading the file");
    let sheet = read(&wanted.file)?;
    let mut left_out = Vec::new();
    let make = |held| {
        let (plan, mistakes) = plan_from(held, &sheet, wanted, &progress)?;
        left_out = mistakes;
        Ok(plan)
    };
    let tense = if wanted.plan {
        progress.at("comparing with the database");
        let plan = changing::plan(&config.database, make)?;
        progress.end();
        diff::print(&plan, Tense::Planned)
    } else {
        let store = Store::open(&config.database, Arc::new(SystemClock))?;
        let plan = changing::carry_out(&store, "HOTDESK IMPORT", &progress, make)?;
        progress.end();
        diff::print(&plan, Tense::Done)
    };
    tense?;
    if left_out.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    changing::tell(&wanted.file, &left_out);
    let lines: HashSet<&str> = left_out.iter().map(|mistake| mistake.place.as_str()).collect();
    Err(Failure::LinesLeftOut { path: wanted.file.clone(), count: lines.len() })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|source| Failure::File { path: path.to_owned(), source })?;
    Ok(bytes)
}

/// Finds out what has to change, and which lines are left out because they are wrong.
fn plan_from(
    (fleet, alphabet): Held,
    sheet: &[u8],
    wanted: &Import,
    progress: &Progress,
) -> Result<(Plan, Vec<Mistake>), Failure> {
    let reading = sheet::read(wanted.rows.section(), sheet, alphabet);
    // Where the first line is wrong, there is nothing to go on with.
    if wanted.keep_going && !reading.wanted.is_empty() {
        return Ok(fleet_file::plan_what_is_right(reading, fleet, &SystemEntropy));
    }
    let plan = fleet_file::plan(reading, fleet, false, &SystemEntropy).map_err(|mistakes| {
        progress.end();
        changing::tell(&wanted.file, &mistakes);
        Failure::FleetMistakes { path: wanted.file.clone(), count: mistakes.len() }
    })?;
    Ok((plan, Vec::new()))
}
