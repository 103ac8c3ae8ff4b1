//! `/api/v1/batch`: many changes, executed all or none, or each on its own.

mod described;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::actor::Actor;
use fleet::authorization::{Scope, scope_of};
use fleet::rows::change::{ChangeContext, Condition, RowAction, RowChange, execute};
use fleet::schema::{Object, Table, Value};
use fleet::sessions::LiveStatus;
use fleet::{FleetTx, OperationError, TxError, settle};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use store::WriteError;
use utoipa::{ToSchema, openapi};

use super::super::caller::Caller;
use super::super::messages::{self, resources as words};
use super::super::{body, found, preconditions};
use super::answer::{ChangeReply, Repeated, not_written, once};
use super::row_path::{COLLECTIONS, repeated};
use super::{SideEffects, read, tag_key};
use crate::App;
use crate::http::problem::Problem;
pub(in crate::rest) use described::describe;

/// Most changes in a batch.
pub(super) const AT_MOST: usize = 10_000;

/// Longest body in bytes.
pub(in crate::rest) const SIZE: usize = 8 * 1024 * 1024;

/// Most passwords in a batch. Each one takes long to digest.
const PASSWORDS: usize = 200;

/// Most changes in one transaction if each is executed on its own, so that no other request waits long.
const TOGETHER: usize = 100;

/// What to do where a batch cannot be atomic.
const NOT_ATOMIC: &str = "Send it with atomic false, which executes each change on its own.";

/// Changes to execute.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchRequest {
    /// Whether the changes are executed all or none, in one transaction (the default), or each on its own.
    #[serde(default = "by_default_atomic")]
    #[schema(required = false)]
    atomic: bool,
    #[serde(default)]
    #[schema(schema_with = described::changes, required = true)]
    changes: Vec<Json>,
}

const fn by_default_atomic() -> bool {
    true
}

/// A change. Its key and value have the same fields as in the request for a single change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchChange {
    #[serde(default)]
    #[schema(schema_with = described::op, required = true)]
    op: String,
    #[serde(default)]
    #[schema(schema_with = described::kind, required = true)]
    kind: String,
    #[serde(default)]
    #[schema(schema_with = described::key, required = false)]
    key: Map<String, Json>,
    #[serde(default)]
    #[schema(schema_with = described::value, required = false)]
    value: Map<String, Json>,
    #[schema(schema_with = described::if_match)]
    if_match: Option<String>,
}

/// A change, or the problem with it.
pub(super) type ReadChange = Result<RowChange, Problem>;

/// Result of one change.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(super) enum ChangeOutcome {
    Done {
        index: usize,
        status: u16,
        #[serde(skip_serializing_if = "String::is_empty")]
        location: String,
        #[serde(skip_serializing_if = "String::is_empty")]
        etag: String,
    },
    Refused {
        index: usize,
        #[serde(flatten)]
        problem: Problem,
    },
}

impl ChangeOutcome {
    fn of(index: usize, answered: Result<ChangeReply, Problem>) -> Self {
        match answered {
            Ok(ChangeReply { status, location, etag, .. }) => {
                Self::Done { index, status: status.as_u16(), location, etag }
            }
            Err(problem) => Self::Refused { index, problem },
        }
    }

    /// The index and the problem of a refused change.
    pub(super) fn refusal(&self) -> Option<(usize, &Problem)> {
        match self {
            Self::Done { .. } => None,
            Self::Refused { index, problem } => Some((*index, problem)),
        }
    }

    fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// Results of all changes.
#[derive(Serialize)]
struct Results {
    results: Vec<ChangeOutcome>,
}

/// Context in which changes are executed.
#[derive(Clone)]
pub(super) struct BatchContext {
    pub(super) by: Actor,
    pub(super) tag_key: String,
    pub(super) live_status: Arc<dyn LiveStatus>,
}

impl BatchContext {
    fn execute(&self, tx: &mut dyn FleetTx, change: &ReadChange) -> Result<ChangeReply, OperationError<Problem>> {
        let change = change.as_ref().map_err(|problem| OperationError::Refused(problem.clone()))?;
        let live_status = self.live_status.as_ref();
        let context = ChangeContext { actor: &self.by, tag_key: &self.tag_key, live_status };
        ChangeReply::to(change, execute(tx, change, context), &self.tag_key)
    }
}

/// `POST`: executes the changes in their order.
pub(in crate::rest) async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    method: Method,
    sent: Bytes,
) -> Result<Response, Problem> {
    // An account without any permission is refused before the body is read.
    let account = caller.enter(&app).await?;
    let BatchRequest { atomic: is_atomic, changes } = body::read(&caller.headers, &sent)?;
    if is_atomic && app.store.is_shared_with_vicidial() {
        return Err(words::atomic_unsupported(NOT_ATOMIC));
    }
    if !(1..=AT_MOST).contains(&changes.len()) {
        return Err(words::no_changes(AT_MOST));
    }
    let schema = body::schema::<BatchChange>();
    let asked: Vec<Result<SentChange, Problem>> =
        changes.into_iter().map(|sent| SentChange::read(sent, &schema)).collect();
    if let (false, Some(refused)) = (is_atomic, malformed(&asked)) {
        return Err(refused);
    }
    let changes: Vec<ReadChange> = asked.into_iter().map(|asked| asked?.change(&app)).collect();
    let scopes: Vec<Scope> = scopes(&changes);
    let by = caller.write_as(account, &scopes)?;
    let changes = digested(&app, changes).await?;
    let tag_key = tag_key(&app).await?.to_owned();
    let repeated = repeated(&caller.headers, &method, "/batch", &sent, &by, &tag_key)?;
    let context = BatchContext { by: by.clone(), tag_key, live_status: app.floor.live_status() };
    if is_atomic {
        let changes = Arc::new(changes);
        let reply = all_or_nothing(&app, repeated, &changes, context).await;
        let reply = reply.map_err(|error| {
            error.map_refusal(|refused| words::batch_refused(&refused)).refusal_or(|problem| problem)
        })?;
        SideEffects::by(changes.iter().flatten()).follow(&app, &by).await;
        return Ok(reply.into_response());
    }
    if repeated.is_some() {
        return Err(words::repeats_are_atomic());
    }
    let results = each(&app, &changes, &context).await;
    let done = changes.iter().zip(&results).filter(|(_, outcome)| !outcome.is_refused());
    let effects = SideEffects::by(done.filter_map(|(change, _)| change.as_ref().ok()));
    effects.follow(&app, &by).await;
    Ok(found(&Results { results }))
}

/// A change in the request.
struct SentChange {
    op: Op,
    section: Table,
    key: Object,
    value: Object,
    condition: Condition,
}

#[derive(Clone, Copy)]
enum Op {
    Create,
    Patch,
    Delete,
    PutMember,
    DeleteMember,
}

/// Names of the operations. The last two are for aliases only.
const OPS: [(&str, Op); 5] = [
    ("create", Op::Create),
    ("patch", Op::Patch),
    ("delete", Op::Delete),
    ("put_member", Op::PutMember),
    ("delete_member", Op::DeleteMember),
];

impl SentChange {
    /// Reads a change. `schema` is the schema of [`BatchChange`].
    fn read(sent: Json, schema: &openapi::schema::Object) -> Result<Self, Problem> {
        let Json::Object(fields) = sent else { return Err(words::no_row()) };
        let BatchChange { op, kind, key, value, if_match } = body::parse(fields, schema)?;
        let section = COLLECTIONS.iter().find(|(known, _)| *known == kind).map(|(_, section)| *section);
        let section = section.ok_or_else(|| words::no_kind(COLLECTIONS.map(|(word, _)| word)))?;
        let op = OPS.iter().find(|(known, _)| *known == op).map(|(_, op)| *op).ok_or_else(words::no_op)?;
        let condition = if_match.map_or(Condition::None, |tag| preconditions::condition([tag.as_str()].into_iter()));
        Ok(Self { op, section, key: read::object(key)?, value: read::object(value)?, condition })
    }

    /// The change of a row.
    fn change(mut self, app: &App) -> ReadChange {
        let section = self.section;
        if matches!(self.op, Op::Create) {
            self.key.0.append(&mut self.value.0);
        }
        let login = match (self.op, section) {
            (Op::PutMember | Op::DeleteMember, Table::Alias) => member(&mut self.key)?,
            (Op::PutMember | Op::DeleteMember, _) => return Err(words::no_op()),
            _ => String::new(),
        };
        let named = read::values(app, section, &self.key)?;
        let row = read::names(&named)?;
        let act = match self.op {
            Op::Create => RowAction::Create(named),
            Op::Patch => RowAction::Patch(read::values(app, section, &self.value)?),
            Op::Delete => RowAction::Delete,
            Op::PutMember => RowAction::AddMember(login),
            Op::DeleteMember => RowAction::RemoveMember(login),
        };
        Ok(RowChange { row, act, password: None, condition: self.condition })
    }
}

/// The refusal of a batch with malformed changes. Such a batch is not executed in part.
fn malformed(asked: &[Result<SentChange, Problem>]) -> Option<Problem> {
    let refused = asked.iter().enumerate().filter_map(|(index, asked)| {
        asked.as_ref().err().map(|problem| ChangeOutcome::Refused { index, problem: problem.clone() })
    });
    let refused: Vec<ChangeOutcome> = refused.collect();
    (!refused.is_empty()).then(|| words::batch_refused(&refused))
}

/// Removes the member's login from the key.
fn member(key: &mut Object) -> Result<String, Problem> {
    let place = key.0.iter().position(|(name, _)| name == "login");
    match place.map(|place| key.0.remove(place)) {
        Some((_, Value::Text(login))) => Ok(login),
        _ => Err(messages::no_text("login")),
    }
}

/// Scopes that these changes need.
fn scopes(changes: &[ReadChange]) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = changes.iter().flatten().map(|change| scope_of(change.row.table())).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

async fn digested(app: &App, changes: Vec<ReadChange>) -> Result<Vec<ReadChange>, Problem> {
    if changes.iter().flatten().filter(|change| read::has_password(change)).count() > PASSWORDS {
        return Err(words::too_many_passwords(PASSWORDS));
    }
    let mut ready = Vec::with_capacity(changes.len());
    for change in changes {
        ready.push(match change {
            Ok(change) => Ok(read::digested(app, change).await?),
            Err(problem) => Err(problem),
        });
    }
    Ok(ready)
}

/// Executes all changes in one transaction, or none: then the error has every refused change.
pub(super) async fn all_or_nothing(
    app: &App,
    repeated: Option<Repeated>,
    changes: &Arc<Vec<ReadChange>>,
    context: BatchContext,
) -> Result<ChangeReply, OperationError<Vec<ChangeOutcome>, Problem>> {
    let refused: Arc<Mutex<Vec<ChangeOutcome>>> = Arc::default();
    let (requested, refusals) = (Arc::clone(changes), Arc::clone(&refused));
    let reply = once(app, repeated, move |tx| {
        let results = execute_all(tx, &requested, &context)?;
        *refusals.lock() = results.iter().filter(|outcome| outcome.is_refused()).cloned().collect();
        if results.iter().any(ChangeOutcome::is_refused) {
            // The changes before the refused one are already written: only a failure rolls them back.
            return Err(TxError::GivenUp.into());
        }
        let body = serde_json::to_string(&Results { results }).unwrap_or_default();
        Ok(ChangeReply { status: StatusCode::OK, etag: String::new(), location: String::new(), body })
    });
    let reply = reply.await;
    let refused = std::mem::take(&mut *refused.lock());
    if refused.is_empty() { Ok(reply?) } else { Err(OperationError::Refused(refused)) }
}

fn execute_all(
    tx: &mut dyn FleetTx,
    changes: &[ReadChange],
    context: &BatchContext,
) -> Result<Vec<ChangeOutcome>, TxError> {
    let execute = |(index, change)| {
        let reply = match context.execute(tx, change) {
            Err(OperationError::Failed(TxError::DoesNotFit(_))) => Err(words::value_too_long()),
            reply => settle(reply.map(Ok), Err)?,
        };
        Ok(ChangeOutcome::of(index, reply))
    };
    changes.iter().enumerate().map(execute).collect()
}

/// Executes each change independently, up to [`TOGETHER`] in one transaction.
pub(super) async fn each(app: &App, changes: &[ReadChange], context: &BatchContext) -> Vec<ChangeOutcome> {
    let mut results = Vec::with_capacity(changes.len());
    for some in changes.chunks(TOGETHER) {
        match together(app, some, context).await {
            Ok(answers) => results.extend(answers),
            // One change failed; the others run again in their own transactions.
            Err(_) => {
                for change in some {
                    let alone = together(app, std::slice::from_ref(change), context).await;
                    results.extend(alone.unwrap_or_else(|error| vec![Err(not_written(error))]));
                }
            }
        }
    }
    results.into_iter().enumerate().map(|(index, answered)| ChangeOutcome::of(index, answered)).collect()
}

async fn together(
    app: &App,
    changes: &[ReadChange],
    context: &BatchContext,
) -> Result<Vec<Result<ChangeReply, Problem>>, WriteError> {
    let (changes, context) = (changes.to_vec(), context.clone());
    let execute = move |tx: &mut dyn FleetTx| {
        changes.iter().map(|change| settle(context.execute(tx, change).map(Ok), Err)).collect()
    };
    app.store.write(execute).await
}
