//! Query parameters of a list: filters and paging. A list declares its filters once, as [`Parameter`]s.

use axum::http::HeaderValue;
use axum::http::header::LINK;
use axum::response::Response;
use fleet::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::document::shape::Shape;
use super::{found, messages};
use crate::http::days;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// Default number of rows in a page.
pub(super) const LIMIT: u32 = 100;

/// Maximum number of rows in a page.
pub(super) const LIMIT_AT_MOST: u32 = 1000;

/// Characters that are escaped in a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*');

/// Parameters of every paged list.
pub(super) const PAGE: [&str; 2] = ["limit", "cursor"];

/// Parameters of a list with a range of days.
const DAYS: [&str; 2] = ["from", "until"];

/// Query parameter, for parsing and for the OpenAPI document.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) shape: fn() -> Shape,
    pub(super) example: &'static str,
}

impl Parameter {
    pub(super) const fn new(name: &'static str, shape: fn() -> Shape, example: &'static str) -> Self {
        Self { name, shape, example }
    }
}

/// Query of a list, with known parameters only.
pub(super) struct ListQuery(Fields);

impl ListQuery {
    /// Reads a query that may have only these parameters.
    pub(super) fn read(query: Option<String>, parameters: &[Parameter]) -> Result<Self, Problem> {
        Self::with_names(query, parameters, &[])
    }

    /// Reads the query of a paged list.
    pub(super) fn paged(query: Option<String>, parameters: &[Parameter]) -> Result<Self, Problem> {
        Self::with_names(query, parameters, &PAGE)
    }

    /// Reads the query of a paged list with a range of days.
    pub(super) fn of_days(query: Option<String>, parameters: &[Parameter]) -> Result<Self, Problem> {
        Self::with_names(query, parameters, &[DAYS, PAGE].concat())
    }

    fn with_names(query: Option<String>, parameters: &[Parameter], others: &[&str]) -> Result<Self, Problem> {
        let names = parameters.iter().map(|parameter| parameter.name);
        Self::known(query, &names.chain(others.iter().copied()).collect::<Vec<_>>())
    }

    /// Reads a query that may have only parameters with these names.
    pub(super) fn known(query: Option<String>, known: &[&str]) -> Result<Self, Problem> {
        let fields = Fields::of_query(query);
        if let Some((unknown, _)) = fields.iter().find(|(name, _)| !known.contains(name)) {
            return Err(messages::unknown_field(unknown, known));
        }
        Ok(Self(fields))
    }

    /// All parameters, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter()
    }

    /// The value of a parameter; the last one if it is repeated.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.last(name).map(str::trim)
    }

    /// The value of a parameter, or an empty string.
    pub(super) fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The requested number of rows.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        let typed = self.find("limit").map_or(Ok(LIMIT), str::parse);
        let limit = typed.ok().filter(|limit| (1..=LIMIT_AT_MOST).contains(limit));
        limit.ok_or_else(|| messages::no_limit(LIMIT_AT_MOST))
    }

    /// Beginning of the first and of the last requested day.
    pub(super) fn days(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
        let day = |name: &'static str| match self.find(name) {
            None => Ok(None),
            Some(typed) => days::begin(typed).map(Some).ok_or_else(|| messages::no_day(name)),
        };
        Ok((day("from")?, day("until")?))
    }

    /// The cursor, parsed by `read`.
    pub(super) fn cursor<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let typed = self.find("cursor");
        typed.map(|typed| read(typed).ok_or_else(messages::no_cursor)).transpose()
    }

    /// The cursor as a number: the page begins after it.
    pub(super) fn number(&self) -> Result<Option<i64>, Problem> {
        self.cursor(|typed| typed.parse().ok())
    }

    /// The response with the page, and a link to the next page if there is one (RFC 8288).
    pub(super) fn page(&self, path: &str, next: Option<&str>, body: &impl Serialize) -> Response {
        let mut response = found(body);
        let others = self.0.iter().filter(|(name, _)| *name != "cursor");
        let link = next.map(|cursor| {
            let pairs = others.chain([("cursor", cursor)]);
            let pairs = pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ESCAPED)));
            format!("<{path}?{}>; rel=\"next\"", pairs.collect::<Vec<_>>().join("&"))
        });
        if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_the_next_page_keeps_the_filters() {
        let query = ListQuery::known(Some("limit=2&cursor=old&name=a%26b*".to_owned()), &["limit", "cursor", "name"]);
        let Ok(query) = query else { panic!("the query is not understood") };
        let page = query.page("/api/v1/phones", Some("ne-w"), &());
        assert_eq!(page.headers()[LINK], "</api/v1/phones?limit=2&name=a%26b*&cursor=ne-w>; rel=\"next\"");
    }
}
