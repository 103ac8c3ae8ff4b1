//! `hotdesk import`.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use fleet::actor::Source;
use fleet::fleet_file;
use fleet::fleet_file::{FleetPlan, sheet};
use fleet::schema::FileError;
use reqwest::Method;
use serde_json::Value;
use store::Store;

use crate::cli::ImportArgs;
use crate::client::{Client, line};
use crate::config::Config;
use crate::diff::{self, Tense};
use crate::failure::Failure;
use crate::output;
use crate::plan_runner::{self, DatabaseState};
use crate::progress::Progress;
use crate::system::{SystemClock, SystemEntropy};

/// Adds new rows from a CSV file and updates existing rows: all of them, or with `--keep-going` the valid ones.
pub fn run(config: &Config, args: &ImportArgs) -> Result<ExitCode, Failure> {
    let progress = Progress::new();
    progress.at("reading the file");
    let sheet = read(&args.file)?;
    if args.server.url.is_some() {
        progress.at("waiting for the server");
        return send(config, args, sheet, &progress);
    }
    let mut left_out = Vec::new();
    let make = |held| {
        let (plan, mistakes) = plan_from(held, &sheet, args, &progress)?;
        left_out = mistakes;
        Ok(plan)
    };
    let tense = if args.plan {
        progress.at("comparing with the database");
        let plan = plan_runner::plan(&config.database, make)?;
        progress.end();
        diff::print(&plan, Tense::Planned)
    } else {
        let store = Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?;
        let plan = plan_runner::execute(&store, Source::Csv, &progress, make)?;
        progress.end();
        diff::print(&plan, Tense::Done)
    };
    tense?;
    plan_runner::print_mistakes(&args.file, &left_out);
    left_out_of(args, left_out.iter().map(|mistake| mistake.place.as_str()))
}

/// The result of an import that skipped these lines.
fn left_out_of<'a>(args: &ImportArgs, places: impl Iterator<Item = &'a str>) -> Result<ExitCode, Failure> {
    match places.collect::<HashSet<_>>().len() {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Failure::LinesLeftOut { path: args.file.clone(), count }),
    }
}

/// Sends the file to a running server, which validates and writes it.
fn send(config: &Config, args: &ImportArgs, sheet: Vec<u8>, progress: &Progress) -> Result<ExitCode, Failure> {
    if args.plan {
        return Err(Failure::Usage("--plan works on a database only: leave out --url or --plan".to_owned()));
    }
    let client = Client::open(config, &args.server)?;
    let path = format!("/api/v1/import/{}?keep_going={}", args.rows.collection(), args.keep_going);
    let answer = client.exchange(Method::POST, &path, Some(("text/csv", sheet)));
    progress.end();
    let answer: Value = serde_json::from_slice(&answer?).unwrap_or_default();
    let errors = answer.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for error in errors {
        eprintln!("hotdesk: {}: {}", args.file.display(), line(error));
    }
    let count = |name| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
    output::write(&format!("{} added, {} changed, 0 removed\n", count("added"), count("changed")))?;
    left_out_of(args, errors.iter().filter_map(|error| error.get("at")?.as_str()))
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

/// Plans the changes, and finds the invalid lines, which are skipped.
fn plan_from(
    (fleet, alphabet): DatabaseState,
    sheet: &[u8],
    args: &ImportArgs,
    progress: &Progress,
) -> Result<(FleetPlan, Vec<FileError>), Failure> {
    let reading = sheet::read(args.rows.section(), sheet, alphabet);
    // Without a valid first line, no line can be read.
    if args.keep_going && !reading.wanted.is_empty() {
        return Ok(fleet_file::plan_what_is_right(reading, fleet, &SystemEntropy));
    }
    let plan = fleet_file::plan(reading, fleet, false, &SystemEntropy).map_err(|mistakes| {
        progress.end();
        plan_runner::print_mistakes(&args.file, &mistakes);
        Failure::FleetMistakes { path: args.file.clone(), count: mistakes.len() }
    })?;
    Ok((plan, Vec::new()))
}
