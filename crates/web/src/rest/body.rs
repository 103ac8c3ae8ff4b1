//! The JSON object in a request's body.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::messages;
use crate::http::problem::Problem;

/// The types that a body can have; a patch names only what it changes (RFC 7396).
const TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// The body's value.
pub(super) fn json(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Err(messages::no_json_type());
    }
    // The place of a mistake is told, but nothing of the text: that may be a password.
    serde_json::from_slice(body).map_err(|error| messages::no_json(error.line(), error.column()))
}

/// An object that has only known fields. It has no `Debug`: passwords are among them.
#[derive(Default)]
pub(super) struct JsonBody(Map<String, Value>);

impl JsonBody {
    /// Reads the body; an empty one has no fields.
    pub(super) fn read(headers: &HeaderMap, body: &[u8], known: &[&str]) -> Result<Self, Problem> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let Value::Object(fields) = json(headers, body)? else { return Err(messages::no_object(known)) };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(messages::unknown_field(unknown, known)),
            None => Ok(Self(fields)),
        }
    }

    /// A text; empty if there is none.
    pub(super) fn text(&self, name: &'static str) -> Result<String, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(messages::no_text(name)),
        }
    }

    /// A text that has two names; the first one wins.
    pub(super) fn either(&self, name: &'static str, other: &'static str) -> Result<String, Problem> {
        self.text(if self.0.contains_key(name) { name } else { other })
    }

    /// A list of objects, each with only known fields; empty if there is none.
    pub(super) fn objects(&self, name: &'static str, known: &[&str]) -> Result<Vec<Self>, Problem> {
        let items = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(messages::no_list(name)),
        };
        let object = |item: &Value| {
            let Value::Object(fields) = item else { return Err(messages::no_list(name)) };
            match fields.keys().find(|field| !known.contains(&field.as_str())) {
                Some(unknown) => Err(messages::unknown_field(unknown, known)),
                None => Ok(Self(fields.clone())),
            }
        };
        items.iter().map(object).collect()
    }

    /// A list of texts, if there is one.
    pub(super) fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, Problem> {
        let items = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value.as_array(),
        };
        let texts = items.and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        texts.map(Some).ok_or_else(|| messages::no_texts(name))
    }

    /// A whole number from 0 on, if there is one.
    pub(super) fn count(&self, name: &'static str) -> Result<Option<u32>, Problem> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value.as_u64().or_else(|| whole(value)).and_then(|number| u32::try_from(number).ok()),
        };
        number.map(Some).ok_or_else(|| messages::no_count(name))
    }

    /// `true` or `false`, if one is there.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or_else(|| messages::no_flag(name)),
        }
    }
}

/// A whole number that is written as a fraction, such as 3.0: to JSON it is the same.
fn whole(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
    format!("{number:.0}").parse().ok()
}
