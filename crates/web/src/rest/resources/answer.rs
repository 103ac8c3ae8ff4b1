//! Answers to changes, which are kept where a change can be repeated.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use fleet::idempotency::StoredReply;
use fleet::rows::change::{RowAction, RowChange};
use fleet::rows::{shown, tag};
use fleet::save::SaveError;
use fleet::schema::Row;
use fleet::{FleetTx, TxError};
use store::WriteError;

use super::super::messages::{self, resources as words};
use super::row_path::address;
use crate::App;
use crate::http::problem::Problem;
use crate::refusal::settled;

/// What a request is known by if it is sent again.
#[derive(Clone)]
pub(super) struct Repeated {
    /// The account.
    pub(super) user: String,
    /// The client's key.
    pub(super) key: String,
    /// The digest of what was sent.
    pub(super) request: String,
}

/// An answer to a change that was carried out.
#[derive(Clone)]
pub(super) struct ChangeReply {
    pub(super) status: StatusCode,
    pub(super) etag: String,
    pub(super) location: String,
    /// In JSON; empty for none.
    pub(super) body: String,
}

impl ChangeReply {
    /// The answer to a change that was executed, or refused.
    pub(super) fn to(
        change: &RowChange,
        ended: Result<Row, SaveError>,
        tag_key: &str,
    ) -> Result<Result<Self, Problem>, TxError> {
        let ended = settled(ended)?;
        let refused = |refusal| words::refused(change.row.table(), refusal, &|row| tag(row, tag_key));
        Ok(ended.map(|row| Self::of(change, &row, tag_key)).map_err(refused))
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

/// Carries a change out in one transaction. Where it was carried out before with this key, nothing is done, and the answer is
/// that of the first time. Nothing is kept of what is refused.
pub(super) async fn once<F>(app: &App, repeated: Option<Repeated>, mut execute: F) -> Result<ChangeReply, Problem>
where
    F: FnMut(&mut dyn FleetTx) -> Result<Result<ChangeReply, Problem>, TxError> + Send + 'static,
{
    let written = app.store.write(move |tx| {
        let Some(repeated) = &repeated else { return execute(tx) };
        match tx.repeat(&repeated.user, &repeated.key)? {
            Some(before) if before.request == repeated.request => return Ok(Ok(before.into())),
            Some(_) => return Ok(Err(words::idempotency_key_reused())),
            None => {}
        }
        let answered = execute(tx)?;
        if let Ok(answer) = &answered {
            tx.keep_repeat(&answer.kept(repeated))?;
        }
        Ok(answered)
    });
    written.await.map_err(not_written)?
}

/// Why nothing was written: mostly the system's trouble, but a value may not fit into a column that is narrower here.
pub(super) fn not_written(error: WriteError) -> Problem {
    match error {
        WriteError::Command(TxError::DoesNotFit(_)) => words::value_too_long(),
        // Who gives up says why themself.
        WriteError::Command(TxError::GivenUp) => messages::unavailable(),
        error => error.into(),
    }
}
