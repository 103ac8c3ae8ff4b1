//! Query of a list: its filters, and which page.

use axum::http::HeaderValue;
use axum::http::header::LINK;
use axum::response::Response;
use fleet::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{found, messages};
use crate::http::days;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// Rows of a page, unless another number is asked for.
pub(super) const LIMIT: u32 = 100;

/// Rows of a page at most.
pub(super) const LIMIT_AT_MOST: u32 = 1000;

/// Fields that every list has.
const PAGE: [&str; 2] = ["limit", "cursor"];

/// Reads a query that may have only fields with these names.
pub(super) fn read_known(query: Option<String>, known: &[&str]) -> Result<Fields, Problem> {
    let fields = Fields::of_query(query);
    if let Some((unknown, _)) = fields.iter().find(|(name, _)| !known.contains(name)) {
        return Err(messages::unknown_field(unknown, known));
    }
    Ok(fields)
}

/// A query of a list, which has only known names.
pub(super) struct ListQuery(Fields);

impl ListQuery {
    /// Reads it.
    pub(super) fn read(query: Option<String>, known: &[&str]) -> Result<Self, Problem> {
        let known: Vec<&str> = known.iter().chain(&PAGE).copied().collect();
        read_known(query, &known).map(Self)
    }

    /// What was sent under this name. The last one counts.
    fn find(&self, name: &str) -> Option<&str> {
        self.0.last(name).map(str::trim)
    }

    /// A text; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// How many rows are wanted.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        let typed = self.find("limit").map_or(Ok(LIMIT), str::parse);
        let limit = typed.ok().filter(|limit| (1..=LIMIT_AT_MOST).contains(limit));
        limit.ok_or_else(|| messages::no_limit(LIMIT_AT_MOST))
    }

    /// From which day until which, where these are named: when each begins.
    pub(super) fn days(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
        let day = |name: &'static str| match self.find(name) {
            None => Ok(None),
            Some(typed) => days::begin(typed).map(Some).ok_or_else(|| messages::no_day(name)),
        };
        Ok((day("from")?, day("until")?))
    }

    /// Where the page begins, as `read` makes sense of it.
    pub(super) fn cursor<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let typed = self.find("cursor");
        typed.map(|typed| read(typed).ok_or_else(messages::no_cursor)).transpose()
    }

    /// The number behind which to go on, if there is one.
    pub(super) fn number(&self) -> Result<Option<i64>, Problem> {
        self.cursor(|typed| typed.parse().ok())
    }

    /// The page that this query asked for, with the address of the next one (RFC 8288) where there is one.
    pub(super) fn page(&self, path: &str, next: Option<&str>, body: &impl Serialize) -> Response {
        let mut response = found(body);
        let others = self.0.iter().filter(|(name, _)| *name != "cursor");
        let link = next.map(|cursor| {
            let pairs = others.chain([("cursor", cursor)]);
            let pairs = pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
            format!("<{path}?{}>; rel=\"next\"", pairs.collect::<Vec<_>>().join("&"))
        });
        if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}
