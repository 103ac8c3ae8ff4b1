//! `/api/v1/import/…` and `/api/v1/export/…`: phones and aliases as CSV.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::actor::{Actor, Source};
use fleet::authorization::{MissingPermission, Scope, scope_of};
use fleet::fleet_file::{Reading, sheet};
use fleet::rows::change::{Condition, RowAction, RowChange};
use fleet::rows::list::{Order, RowQuery};
use fleet::schema::{FileError, Row, Table};
use fleet::{FleetTx, OperationError, TxError, rows};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::caller::Caller;
use super::super::document::Spec;
use super::super::document::operation::Operation;
use super::super::document::shape::{Shape, flag, list as list_of, object, text, word};
use super::super::found;
use super::super::list_query::ListQuery;
use super::super::messages::{self, resources as words};
use super::batch::{self, BatchContext, ChangeOutcome, ReadChange, all_or_nothing, each};
use super::{SideEffects, tag_key};
use crate::App;
use crate::http::csv;
use crate::http::problem::Problem;

/// Longest body in bytes.
pub(in crate::rest) const SIZE: usize = 16 * 1024 * 1024;

/// Parameter to skip invalid lines.
const KEEP_GOING: &str = "keep_going";

/// Rows that an export reads at a time.
const PAGE: u32 = 1_000;

/// Invalid line of a CSV.
#[derive(Serialize, ToSchema)]
struct LineError {
    /// Number of the line and key of its row: `line 7 (extension 103)`.
    at: String,
    /// Invalid column.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    field: String,
    /// The problem.
    detail: String,
}

impl LineError {
    fn of(mistake: &FileError) -> Self {
        let field = mistake.what.key().unwrap_or_default().to_owned();
        Self { at: mistake.place.clone(), field, detail: mistake.what.to_string() }
    }

    /// The errors of a refusal, one per field.
    fn all_of(at: &str, problem: &Problem) -> Vec<Self> {
        let (_, _, body) = problem.shown();
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let one = |field, detail| Self { at: at.to_owned(), field, detail };
        match body.get("errors").and_then(Value::as_array) {
            Some(errors) => errors.iter().map(|error| one(text(error, "field"), text(error, "detail"))).collect(),
            None => vec![one(text(&body, "field"), text(&body, "title"))],
        }
    }
}

fn left_out() -> Shape {
    list_of("Lines that were skipped.", object::<LineError>())
}

/// Result of an import.
#[derive(Serialize, ToSchema)]
struct Imported {
    /// Number of new rows.
    added: usize,
    /// Number of updated rows.
    changed: usize,
    #[schema(schema_with = left_out)]
    errors: Vec<LineError>,
}

/// What to do where an import cannot be all or none.
const NOT_ATOMIC: &str = "Send it with keep_going=true, which writes the valid rows.";

fn section(rows: &str) -> Result<Table, Problem> {
    match rows {
        "phones" => Ok(Table::Phone),
        "aliases" => Ok(Table::Alias),
        _ => Err(messages::no_such_path()),
    }
}

/// `POST`: creates and updates the rows of a CSV: all or none, in one transaction. With `keep_going`, writes the valid rows in
/// several transactions, so that no other request waits long.
pub(in crate::rest) async fn import(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(rows): Path<String>,
    RawQuery(query): RawQuery,
    sent: Bytes,
) -> Result<Response, Problem> {
    let account = caller.enter(&app).await?;
    let section = section(&rows)?;
    let by = Actor { source: Source::Csv, ..caller.write_as(account, &[scope_of(section)])? };
    let keeps_going = match ListQuery::known(query, &[KEEP_GOING])?.text(KEEP_GOING) {
        "" | "false" => false,
        "true" => true,
        _ => return Err(messages::no_flag(KEEP_GOING)),
    };
    if !keeps_going && app.store.is_shared_with_vicidial() {
        return Err(words::atomic_unsupported(NOT_ATOMIC));
    }
    let alphabet = app.alphabet();
    let reading = tokio::task::spawn_blocking(move || sheet::read(section, &sent, alphabet)).await;
    let (lines, mut errors) = valid_lines(reading.map_err(|_| messages::unavailable())?);
    if !errors.is_empty() && (!keeps_going || lines.is_empty()) {
        return Err(words::import_refused(&errors));
    }
    if !keeps_going && lines.len() > batch::AT_MOST {
        return Err(words::too_many_rows(batch::AT_MOST));
    }
    let (places, rows): (Vec<String>, Vec<Row>) = lines.into_iter().unzip();
    let changes = app.store.read(move |tx| rows.into_iter().map(|row| change(tx, row).map(Ok)).collect()).await?;
    let changes: Arc<Vec<ReadChange>> = Arc::new(changes);
    let context =
        BatchContext { by: by.clone(), tag_key: tag_key(&app).await?.to_owned(), live_status: app.floor.live_status() };
    let outcomes = if keeps_going {
        each(&app, &changes, &context).await
    } else {
        match all_or_nothing(&app, None, &changes, context).await {
            Ok(_) => Vec::new(),
            Err(OperationError::Refused(refused)) => refused,
            Err(OperationError::Failed(problem)) => return Err(problem),
        }
    };
    let wrong: HashSet<usize> = outcomes.iter().filter_map(|outcome| Some(outcome.refusal()?.0)).collect();
    for (index, problem) in outcomes.iter().filter_map(ChangeOutcome::refusal) {
        errors.extend(LineError::all_of(places.get(index).map_or("", String::as_str), problem));
    }
    if !keeps_going && !errors.is_empty() {
        return Err(words::import_refused(&errors));
    }
    let done = changes.iter().enumerate().filter(|(index, _)| !wrong.contains(index));
    let done: Vec<&RowChange> = done.filter_map(|(_, change)| change.as_ref().ok()).collect();
    SideEffects::by(done.iter().copied()).follow(&app, &by).await;
    let added = done.iter().filter(|change| matches!(change.act, RowAction::Create(_))).count();
    Ok(found(&Imported { added, changed: done.len() - added, errors }))
}

/// The rows of the valid lines, each with its place in the CSV, and the errors of the other lines.
fn valid_lines(reading: Reading) -> (Vec<(String, Row)>, Vec<LineError>) {
    let wrong: HashSet<&str> = reading.mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    let lines = reading.wanted.into_iter().filter(|wanted| !wrong.contains(wanted.place.as_str()));
    let lines = lines.map(|wanted| (wanted.place, wanted.row)).collect();
    (lines, reading.mistakes.iter().map(LineError::of).collect())
}

/// The change that creates or updates this row.
fn change(tx: &mut dyn FleetTx, values: Row) -> Result<RowChange, TxError> {
    let mut row = Row::new(values.table());
    for (key, value) in values.names() {
        row.set(key.name, value.to_owned());
    }
    let is_there = tx.row(&row)?.is_some();
    let act = if is_there { RowAction::Patch(values) } else { RowAction::Create(values) };
    Ok(RowChange { row, act, password: None, condition: Condition::None })
}

/// `GET`: exports the rows that the account may view, without secrets.
pub(in crate::rest) async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(rows): Path<String>,
) -> Result<Response, Problem> {
    let user = caller.look(&app).await?;
    let section = section(&rows)?;
    let order = Order::best(section, &[]).ok_or_else(messages::no_such_path)?;
    let rows = app.store.read(move |tx| {
        let mut rows = Vec::new();
        let mut after = Some(Vec::new());
        while let Some(place) = after {
            let wanted = RowQuery { table: section, order, filters: Vec::new(), after: place, at_most: PAGE };
            let listed = rows::list(tx, &user, &wanted)?;
            rows.extend(listed.rows);
            after = listed.next;
        }
        Ok(rows)
    });
    let text = sheet::write(section, &rows.await?, false).map_err(|_| messages::unavailable())?;
    Ok(csv::content(text))
}

/// Schema of the path parameter `rows`.
fn rows() -> Shape {
    word("The kind of rows.", ["phones", "aliases"])
}

/// Describes the import in the OpenAPI document.
pub(in crate::rest) fn describe_import(spec: &mut Spec) {
    let imported = Operation::post("/import/{rows}", "importRows")
        .says(
            "Import rows from CSV",
            "Creates new rows and updates existing rows: all or none, or with keep_going only the valid ones.",
        )
        .scope(Scope::Phones)
        .path("rows", rows(), "aliases")
        .query(KEEP_GOING, flag("Whether invalid lines are skipped."), false)
        .takes_as("text/csv", "CSV whose first line has the column names.", "alias_id,alias_name,phone_logins\n", SIZE)
        .refuses([words::import_refused(&[(); 0]), words::too_many_rows(batch::AT_MOST), messages::no_flag(KEEP_GOING)])
        .refuses([words::lacks(MissingPermission::AdminAccess), messages::no_such_path()])
        .refuses([words::atomic_unsupported(NOT_ATOMIC)])
        .answers(
            StatusCode::OK,
            "The numbers of written rows.",
            object::<Imported>(),
            json!({"added": 0, "changed": 0, "errors": []}),
        );
    spec.operation(imported);
}

/// Describes the export in the OpenAPI document.
pub(in crate::rest) fn describe_export(spec: &mut Spec) {
    let exported = Operation::get("/export/{rows}", "exportRows")
        .says("Export rows as CSV", "Exports the rows that the caller may view, without secrets.")
        .scope(Scope::Read)
        .path("rows", rows(), "phones")
        .refuses([messages::no_such_path()])
        .answers_as(StatusCode::OK, "The CSV.", "text/csv", text("CSV whose first line has the column names."), None);
    spec.operation(exported);
}
