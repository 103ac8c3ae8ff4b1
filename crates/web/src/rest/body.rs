//! Request bodies: JSON objects, each described by a struct from which both its parsing and its schema follow.
//!
//! A body is compared with its schema first, so that a refusal names the field and says what it must be. It
//! never repeats a value: that may be a password.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaType, Type};

use super::messages;
use crate::http::problem::Problem;

/// Accepted content types; the second is that of a merge patch (RFC 7396).
const TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// Parses the body as JSON.
pub(super) fn json(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Err(messages::no_json_type());
    }
    // The refusal has the position of the error but none of the text, which may be a password.
    serde_json::from_slice(body).map_err(|error| messages::not_json(error.line(), error.column()))
}

/// Reads a body; an empty body has no fields.
pub(super) fn read<T: DeserializeOwned + PartialSchema>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let schema = schema::<T>();
    parse(fields(headers, body, &schema)?, &schema)
}

/// The fields of a body; an empty body has none.
pub(super) fn fields(headers: &HeaderMap, body: &[u8], schema: &Object) -> Result<Map<String, Value>, Problem> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match json(headers, body)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(messages::not_an_object(&names(schema))),
    }
}

/// The schema of the object that `T` describes.
pub(super) fn schema<T: PartialSchema>() -> Object {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::default(),
    }
}

/// Parses an object whose schema is that of `T`.
pub(super) fn parse<T: DeserializeOwned>(fields: Map<String, Value>, schema: &Object) -> Result<T, Problem> {
    let fields = conform(fields, schema)?;
    serde_json::from_value(Value::Object(fields)).map_err(|_| messages::not_an_object(&names(schema)))
}

fn names(schema: &Object) -> Vec<&str> {
    schema.properties.keys().map(String::as_str).collect()
}

/// Checks each field against its type in the schema. A `null` field counts as left out.
fn conform(fields: Map<String, Value>, schema: &Object) -> Result<Map<String, Value>, Problem> {
    let mut conforming = Map::new();
    for (name, value) in fields {
        let Some(shape) = schema.properties.get(&name) else {
            return Err(messages::unknown_field(&name, &names(schema)));
        };
        if !value.is_null() {
            let value = typed(&name, value, shape)?;
            conforming.insert(name, value);
        }
    }
    Ok(conforming)
}

/// Checks a value against its schema. A referenced schema is not checked here, but by the code that parses the value.
fn typed(name: &str, value: Value, shape: &RefOr<Schema>) -> Result<Value, Problem> {
    match shape {
        RefOr::T(Schema::Array(array)) => items(name, value, &array.items),
        RefOr::T(Schema::Object(object)) => match (type_of(object), value) {
            (Type::Object, Value::Object(fields)) if object.properties.is_empty() => Ok(Value::Object(fields)),
            (Type::Object, Value::Object(fields)) => conform(fields, object).map(Value::Object),
            (Type::Object, _) => Err(messages::resources::no_table(name)),
            (Type::String, Value::String(text)) => Ok(Value::String(text)),
            (Type::Boolean, Value::Bool(flag)) => Ok(Value::Bool(flag)),
            (Type::Boolean, _) => Err(messages::no_flag(name)),
            (Type::Integer, value) => whole(&value).map(Value::from).ok_or_else(|| messages::no_count(name)),
            (_, _) => Err(messages::no_text(name)),
        },
        _ => Ok(value),
    }
}

fn items(name: &str, value: Value, shape: &ArrayItems) -> Result<Value, Problem> {
    let are_texts = match shape {
        ArrayItems::RefOrSchema(shape) => {
            matches!(&**shape, RefOr::T(Schema::Object(object)) if type_of(object) == Type::String)
        }
        ArrayItems::False => false,
    };
    let refused = || if are_texts { messages::no_texts(name) } else { messages::no_list(name) };
    let (Value::Array(items), ArrayItems::RefOrSchema(shape)) = (value, shape) else { return Err(refused()) };
    let item = |value: Value| match &**shape {
        RefOr::T(Schema::Object(object)) => match (type_of(object), value) {
            (Type::Object, Value::Object(fields)) => conform(fields, object).map(Value::Object),
            (Type::String, Value::String(text)) => Ok(Value::String(text)),
            _ => Err(refused()),
        },
        _ => Ok(value),
    };
    items.into_iter().map(item).collect::<Result<_, _>>().map(Value::Array)
}

/// Type that a schema allows, apart from `null`.
fn type_of(object: &Object) -> Type {
    match &object.schema_type {
        SchemaType::Type(kind) => kind.clone(),
        SchemaType::Array(kinds) => kinds.iter().find(|kind| **kind != Type::Null).cloned().unwrap_or(Type::Null),
        SchemaType::AnyValue => Type::Null,
    }
}

/// A non-negative integer. JSON does not distinguish 3.0 from 3.
fn whole(value: &Value) -> Option<u32> {
    let whole = || {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    };
    value.as_u64().or_else(whole).and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use utoipa::ToSchema;
    use utoipa::openapi::schema::ArrayBuilder;

    use super::*;

    /// A typical body.
    #[derive(Debug, Deserialize, ToSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sent {
        #[serde(default)]
        #[schema(required = true)]
        name: String,
        days: Option<u32>,
        is_on: Option<bool>,
        topics: Option<Vec<String>>,
        #[serde(default)]
        #[schema(schema_with = files)]
        files: Vec<Nested>,
    }

    fn files() -> RefOr<Schema> {
        ArrayBuilder::new().items(Nested::schema()).into()
    }

    /// A nested object.
    #[derive(Debug, Deserialize, ToSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Nested {
        name: String,
    }

    fn read(body: &Value) -> Result<Sent, (String, String, String)> {
        let Value::Object(fields) = body.clone() else { panic!("{body}") };
        parse::<Sent>(fields, &schema::<Sent>()).map_err(|problem| {
            let (_, kind, shown) = problem.shown();
            let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
            (kind, text("field"), text("detail"))
        })
    }

    #[test]
    fn a_body_is_parsed_into_its_struct() {
        let sent = read(&json!({"name": "a", "days": 3.0, "topics": ["x"], "files": [{"name": "f"}], "is_on": null}));
        let expected = Sent {
            name: "a".to_owned(),
            days: Some(3),
            is_on: None,
            topics: Some(vec!["x".to_owned()]),
            files: vec![Nested { name: "f".to_owned() }],
        };
        assert_eq!(sent, Ok(expected));
        assert_eq!(read(&json!({"name": null})).unwrap().name, "");
    }

    #[test]
    fn a_refusal_names_the_field_and_the_expected_type_but_no_value() {
        for (body, kind, field, part) in [
            (json!({"frist": "secret"}), "unknown_field", "frist", "The allowed fields are: "),
            (json!({"files": [{"frist": "secret"}]}), "unknown_field", "frist", "The allowed fields are: name."),
            (json!({"name": ["secret"]}), "invalid_field", "name", "name must be a string"),
            (json!({"days": "secret"}), "invalid_field", "days", "days must be a non-negative integer"),
            (json!({"days": -1}), "invalid_field", "days", "days must be a non-negative integer"),
            (json!({"days": 4_294_967_296_u64}), "invalid_field", "days", "days must be a non-negative integer"),
            (json!({"is_on": "secret"}), "invalid_field", "is_on", "is_on must be true or false"),
            (json!({"topics": ["a", 7]}), "invalid_field", "topics", "topics must be a list of strings"),
            (json!({"topics": "secret"}), "invalid_field", "topics", "topics must be a list of strings"),
            (json!({"files": ["secret"]}), "invalid_field", "files", "files must be a list of objects"),
        ] {
            let (found, name, detail) = read(&body).unwrap_err();
            assert_eq!((found.as_str(), name.as_str()), (kind, field), "{body}");
            assert!(detail.starts_with(part) && !detail.contains("secret"), "{detail}");
        }
    }
}
