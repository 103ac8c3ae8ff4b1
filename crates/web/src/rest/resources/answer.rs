//! Replies to changes, and idempotency keys.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use fleet::idempotency::StoredReply;
use fleet::rows::change::{RowAction, RowChange};
use fleet::rows::{shown, tag};
use fleet::save::SaveError;
use fleet::schema::Row;
use fleet::{FleetTx, OperationError, TxError};
use store::WriteError;

use super::super::messages::{self, resources as words};
use super::row_path::address;
use crate::App;
use crate::http::problem::Problem;

/// What identifies a request that a client sends again.
#[derive(Clone)]
pub(super) struct Repeated {
    /// The account.
    pub(super) user: String,
    /// The client's key.
    pub(super) key: String,
    /// Digest of the request.
    pub(super) request: String,
}

/// Reply to an executed change.
#[derive(Clone)]
pub(super) struct ChangeReply {
    pub(super) status: StatusCode,
    pub(super) etag: String,
    pub(super) location: String,
    /// JSON, or empty.
    pub(super) body: String,
}

impl ChangeReply {
    /// The reply to a change, or its refusal as a problem.
    pub(super) fn to(
        change: &RowChange,
        outcome: Result<Row, SaveError>,
        tag_key: &str,
    ) -> Result<Self, OperationError<Problem>> {
        let refused = |refusal| words::refused(change.row.table(), refusal, &|row| tag(row, tag_key));
        outcome.map(|row| Self::of(change, &row, tag_key)).map_err(|error| error.map_refusal(refused))
    }

    fn of(change: &RowChange, row: &Row, tag_key: &str) -> Self {
        let (status, is_shown) = match change.act {
            RowAction::Create(_) => (StatusCode::CREATED, true),
            RowAction::Patch(_) | RowAction::AddMember(_) => (StatusCode::OK, true),
            RowAction::Delete | RowAction::RemoveMember(_) => (StatusCode::NO_CONTENT, false),
        };
        let body = if is_shown { serde_json::to_string(&shown(row)).unwrap_or_default() } else { String::new() };
        Self {
            status,
            etag: if change.act == RowAction::Delete { String::new() } else { tag(row, tag_key) },
            location: if status == StatusCode::CREATED { address(row) } else { String::new() },
            body,
        }
    }

    fn kept(&self, repeated: &Repeated) -> StoredReply {
        StoredReply {
            user: repeated.user.clone(),
            key: repeated.key.clone(),
            request: repeated.request.clone(),
            status: self.status.as_u16(),
            etag: self.etag.clone(),
            location: self.location.clone(),
            body: self.body.clone(),
        }
    }
}

impl From<StoredReply> for ChangeReply {
    fn from(repeat: StoredReply) -> Self {
        let status = StatusCode::from_u16(repeat.status).unwrap_or(StatusCode::OK);
        Self { status, etag: repeat.etag, location: repeat.location, body: repeat.body }
    }
}

impl IntoResponse for ChangeReply {
    fn into_response(self) -> Response {
        let no_store = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        let has_body = !self.body.is_empty();
        let mut response = if has_body {
            let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            (self.status, no_store, json, self.body).into_response()
        } else {
            (self.status, no_store).into_response()
        };
        let tag = (!self.etag.is_empty()).then(|| format!("\"{}\"", self.etag));
        let location = Some(self.location).filter(|location| !location.is_empty());
        for (name, value) in [(ETAG, tag), (LOCATION, location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Executes a change in one transaction. If the same request was executed before with this idempotency key, returns the first reply
/// and changes nothing. The replies of refused requests are not stored.
pub(super) async fn once<F>(app: &App, repeated: Option<Repeated>, mut execute: F) -> Result<ChangeReply, Problem>
where
    F: FnMut(&mut dyn FleetTx) -> Result<ChangeReply, OperationError<Problem>> + Send + 'static,
{
    let written = app.store.write_or_refuse(move |tx| {
        let Some(repeated) = &repeated else { return execute(tx) };
        match tx.repeat(&repeated.user, &repeated.key)? {
            Some(before) if before.request == repeated.request => return Ok(before.into()),
            Some(_) => return Err(OperationError::Refused(words::idempotency_key_reused())),
            None => {}
        }
        let reply = execute(tx)?;
        tx.keep_repeat(&reply.kept(repeated))?;
        Ok(reply)
    });
    written.await.map_err(|error| error.refusal_or(not_written))
}

/// The problem of a change that could not be written. A value may not fit if this database has a narrower column.
pub(super) fn not_written(error: WriteError) -> Problem {
    match error {
        WriteError::Command(TxError::DoesNotFit(_)) => words::value_too_long(),
        // The batch that gave up reports the reason.
        WriteError::Command(TxError::GivenUp) => messages::unavailable(),
        error => error.into(),
    }
}
