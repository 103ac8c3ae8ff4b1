//! Row that a path names, and the request that changes it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use fleet::actor::Actor;
use fleet::authorization::scope_of;
use fleet::schema::{Object, Row, Table};
use fleet::sessions::digest_of;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::super::body;
use super::super::caller::Caller;
use super::super::messages::{self, resources as words};
use super::answer::Repeated;
use super::read;
use crate::App;
use crate::http::problem::Problem;

/// Collections by their name in paths.
pub(super) const COLLECTIONS: [(&str, Table); 8] = [
    ("phones", Table::Phone),
    ("aliases", Table::Alias),
    ("templates", Table::Template),
    ("users", Table::User),
    ("dialers", Table::Dialer),
    ("user_groups", Table::UserGroup),
    ("campaigns", Table::Campaign),
    ("ip_lists", Table::IpList),
];

/// Path parameter with the login of an alias's member.
const MEMBER: &str = "login";

/// Longest idempotency key.
const KEY_AT_MOST: usize = 255;

/// Characters that are not escaped in a path segment.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Name of a table's collection in paths.
pub(super) fn collection(section: Table) -> &'static str {
    COLLECTIONS.iter().find(|(_, known)| *known == section).map_or("", |(word, _)| word)
}

/// Path of a row.
pub(super) fn address(row: &Row) -> String {
    let segments = row.names().map(|(_, value)| format!("/{}", utf8_percent_encode(value, PLAIN)));
    format!("/api/v1/{}{}", collection(row.table()), segments.collect::<String>())
}

/// A collection, or one of its rows.
pub(in crate::rest) struct RowPath {
    /// Key of the row; empty for the collection.
    pub(super) row: Row,
    /// Login of the alias's member; empty if the path has none.
    pub(super) member: String,
}

impl RowPath {
    pub(super) fn section(&self) -> Table {
        self.row.table()
    }
}

impl FromRequestParts<Arc<App>> for RowPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let word = path.split('/').nth(3).unwrap_or_default();
        let section = COLLECTIONS.iter().find(|(known, _)| *known == word).map(|(_, section)| *section);
        let section = section.ok_or_else(messages::no_such_path)?;
        let given = RawPathParams::from_request_parts(parts, app).await;
        let given = given.map_err(|_| messages::bad_request(StatusCode::BAD_REQUEST))?;
        let (mut row, mut member) = (Row::new(section), String::new());
        for (name, value) in &given {
            if name == MEMBER { value.clone_into(&mut member) } else { row.set(name, value.to_owned()) }
        }
        Ok(Self { row, member })
    }
}

/// Request that changes rows.
pub(in crate::rest) struct RowRequest {
    pub(super) caller: Caller,
    pub(super) row_path: RowPath,
    method: Method,
    target: String,
    body: Bytes,
}

impl FromRequest<Arc<App>> for RowRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok(caller) = Caller::from_request_parts(&mut parts, app).await;
        let row_path = RowPath::from_request_parts(&mut parts, app).await?;
        let (method, target) = (parts.method.clone(), parts.uri.to_string());
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(|_| messages::bad_request(StatusCode::BAD_REQUEST))?;
        Ok(Self { caller, row_path, method, target, body })
    }
}

impl RowRequest {
    /// The actor, if the caller may change these rows.
    pub(super) async fn permit(&self, app: &App) -> Result<Actor, Problem> {
        self.caller.write(app, &[scope_of(self.row_path.section())]).await
    }

    /// The body.
    pub(super) fn object(&self) -> Result<Object, Problem> {
        match body::json(&self.caller.headers, &self.body)? {
            Value::Object(fields) => read::object(fields),
            _ => Err(words::no_row()),
        }
    }

    /// The request's idempotency key, if it has one.
    pub(super) fn repeated(&self, by: &Actor, tag_key: &str) -> Result<Option<Repeated>, Problem> {
        repeated(&self.caller.headers, &self.method, &self.target, &self.body, by, tag_key)
    }
}

/// A request's idempotency key, if it has one, with a digest of the request.
pub(super) fn repeated(
    headers: &HeaderMap,
    method: &Method,
    target: &str,
    body: &[u8],
    by: &Actor,
    tag_key: &str,
) -> Result<Option<Repeated>, Problem> {
    let Some(sent) = headers.get("idempotency-key") else { return Ok(None) };
    let sent = sent.to_str().unwrap_or_default().trim();
    if sent.is_empty() || sent.len() > KEY_AT_MOST || !sent.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(words::no_repeat_key());
    }
    let condition = headers.get("if-match").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let text =
        format!("{tag_key}\n{method} {target}\n{}\n{}", condition.unwrap_or_default(), String::from_utf8_lossy(body));
    Ok(Some(Repeated { user: by.user.clone(), key: sent.to_owned(), request: digest_of(&text) }))
}
