//! The query of a list: filters by name, and which page.

use super::wording;
use crate::params;
use crate::problem::Problem;

/// Rows of a page, unless another number is asked for.
const LIMIT: u32 = 100;

/// Rows of a page at most.
pub(super) const LIMIT_AT_MOST: u32 = 1000;

/// What every list is asked with besides.
const PAGE: [&str; 2] = ["limit", "cursor"];

/// A query that has only known names.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads it.
    pub(super) fn read(query: Option<String>, known: &[&str]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = params::texts(&query.unwrap_or_default()).collect();
        let known: Vec<&str> = known.iter().chain(&PAGE).copied().collect();
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((unknown, _)) => Err(wording::unknown_field(unknown, &known)),
            None => Ok(Self(pairs)),
        }
    }

    /// A text; empty if there is none. The last one counts.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// How many rows are wanted.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        match self.text("limit") {
            "" => Ok(LIMIT),
            typed => match typed.parse() {
                Ok(limit) if (1..=LIMIT_AT_MOST).contains(&limit) => Ok(limit),
                _ => Err(wording::no_limit(LIMIT_AT_MOST)),
            },
        }
    }

    /// The number behind which to go on, if there is one.
    pub(super) fn cursor(&self) -> Result<Option<i64>, Problem> {
        match self.text("cursor") {
            "" => Ok(None),
            typed => typed.parse().map(Some).map_err(|_| wording::no_cursor()),
        }
    }
}
