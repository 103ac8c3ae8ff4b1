//! `/api/v1/openapi.json`: OpenAPI description of the JSON API. Each handler's file has a function `describe`
//! for its operations; the examples of refusals are built by the same functions as the refusals.

pub(super) mod keys;
pub(super) mod operation;
pub(super) mod shape;

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use utoipa::openapi::path::PathsBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem};

use super::TAGS;
use operation::{Examples, Operation};
use shape::{Object, Shape, list, text};

/// Names of the security schemes.
pub(super) const ACCOUNT: &str = "account";
pub(super) const TOKEN: &str = "token";
pub(super) const SESSION_KEY: &str = "session_key";

/// Group of operations: its name, which is the first segment of their paths, its description, and the
/// functions that describe its operations.
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) describe: &'static [fn(&mut Spec)],
}

/// Collects the operations and schemas of the document.
#[derive(Default)]
pub(super) struct Spec {
    operations: Vec<Operation>,
    shapes: Vec<(&'static str, Shape)>,
}

impl Spec {
    /// Adds an operation.
    pub(super) fn operation(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Adds a schema that others can reference.
    pub(super) fn shape(&mut self, name: &'static str, shape: impl Into<Shape>) {
        self.shapes.push((name, shape.into()));
    }
}

/// The document as JSON, built once.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| match document().to_pretty_json() {
    Ok(text) => text + "\n",
    Err(error) => {
        tracing::error!(%error, "cannot serialize the OpenAPI document");
        String::new()
    }
});

/// The document as JSON.
pub(crate) fn text_of_all() -> &'static str {
    &DOCUMENT
}

/// `GET`: the document. It needs no authentication, since it contains nothing about this system.
pub(super) async fn show() -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], text_of_all()).into_response()
}

/// Describes this operation, and the schemas that several operations use.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("Problem", problem());
    keys::describe(spec);
    let shown =
        Operation::get("/openapi.json", "getOpenapi").says("Get the OpenAPI document", "No authentication is needed.");
    let shape =
        Object::answered("An OpenAPI 3.1 document.").has("openapi", text("Version of the OpenAPI specification."));
    spec.operation(shown.answers(StatusCode::OK, "The document.", shape, json!({"openapi": "3.1.0"})));
}

fn document() -> OpenApi {
    let mut spec = Spec::default();
    for describe in TAGS.iter().flat_map(|tag| tag.describe) {
        describe(&mut spec);
    }
    let (mut paths, mut examples) = (PathsBuilder::new(), Examples::new());
    for operation in spec.operations {
        let (path, method) = (operation.path.clone(), operation.method.clone());
        paths = paths.path(path, PathItem::new(method, operation.build(&mut examples)));
    }
    let shapes = ComponentsBuilder::new().schemas_from_iter(spec.shapes);
    let components = examples.into_iter().fold(shapes, |all, (name, example)| all.example(name, example)).build();
    let tags = TAGS.iter().map(|tag| TagBuilder::new().name(tag.name).description(Some(tag.about)).build());
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Hotdesk").version("1").description(Some(ABOUT)).build())
        .servers(Some([Server::new("/api/v1")]))
        .paths(paths.build())
        .components(Some(with_schemes(components)))
        .tags(Some(tags))
        .build()
}

const ABOUT: &str = "Manages phones, phone aliases, users, dialers and agent sessions.\n\nRequest bodies are JSON of at most \
    256 KiB. Errors are application/problem+json (RFC 9457); their type is urn:hotdesk:problem: followed by a stable code.\n\n\
    Authenticated responses carry RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (in seconds). Times are RFC 3339, \
    in UTC.";

fn with_schemes(mut components: Components) -> Components {
    let basic = Http::builder().scheme(HttpAuthScheme::Basic);
    let bearer = || Http::builder().scheme(HttpAuthScheme::Bearer);
    let schemes = [
        (ACCOUNT, basic.description(Some("An account of level 7 or above with vdc_agent_api_access."))),
        (
            TOKEN,
            bearer()
                .bearer_format("hdt_…")
                .description(Some("An API token: the rights of its account, limited to the token's scopes.")),
        ),
        (
            SESSION_KEY,
            bearer().description(Some(
                "The key of an agent session, from the response to the login. It is valid for that session only.",
            )),
        ),
    ];
    for (name, scheme) in schemes {
        components.add_security_scheme(name, SecurityScheme::Http(scheme.build()));
    }
    components
}

fn problem() -> Object {
    let error = Object::answered("An invalid field.")
        .has("field", text("Name of the field."))
        .has("detail", text("Explanation of the error."));
    Object::answered("Problem details of an error (RFC 9457).")
        .has("type", text("Stable code of the error: urn:hotdesk:problem: and a word."))
        .has("title", text("Summary of the error."))
        .has("status", shape::number("HTTP status of the response.", 400, 599))
        .may_have("detail", text("Explanation of this occurrence, and what to do about it."))
        .may_have("field", text("Name of the invalid field or parameter."))
        .may_have("errors", list("All invalid fields, where several are checked.", error))
        .may_have("reasons", list("One sentence for each phone that was considered or rung.", text("")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn read() -> Value {
        serde_json::from_str(text_of_all()).unwrap()
    }

    #[test]
    fn every_route_is_described_and_no_other() {
        let answering: BTreeSet<(String, String)> = super::super::ROUTES
            .iter()
            .map(|route| (route.path.trim_start_matches("/api/v1").to_owned(), route.method.to_ascii_lowercase()))
            .collect();
        let document = read();
        let paths = document["paths"].as_object().unwrap();
        let described = paths.iter().flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (path.clone(), method.clone()))
        });
        assert_eq!(described.collect::<BTreeSet<_>>(), answering);
    }

    /// Collects every `$ref` in a value.
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_referenced_schema_exists() {
        let document = read();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 10);
        for name in found {
            assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name}");
        }
    }

    /// Deviations of an example from its schema, each with its position.
    fn strange(document: &Value, shape: &Value, example: &Value, place: &str) -> Vec<String> {
        if let Some(name) = shape["$ref"].as_str() {
            return strange(document, document.pointer(&name[1..]).unwrap(), example, place);
        }
        if let Some(shapes) = shape["anyOf"].as_array() {
            let is_one = shapes.iter().any(|shape| strange(document, shape, example, place).is_empty());
            return if is_one { vec![] } else { vec![place.to_owned()] };
        }
        let kind = match example {
            Value::Object(_) => "object",
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::Null => "null",
        };
        let kinds = shape["type"].as_array().cloned().unwrap_or_else(|| vec![shape["type"].clone()]);
        if !kinds.iter().any(|known| known == kind) {
            return vec![format!("{place}: {kind}")];
        }
        let below = |name: &String, value| match &shape["properties"][name] {
            Value::Null => vec![format!("{place}.{name}: not described")],
            shape => strange(document, shape, value, &format!("{place}.{name}")),
        };
        match example {
            Value::Object(fields) if shape["properties"].is_object() => {
                let needed = shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let missing = needed.filter(|name| !fields.contains_key(*name));
                let missing = missing.map(|name| format!("{place}.{name}: missing"));
                missing.chain(fields.iter().flat_map(|(name, value)| below(name, value))).collect()
            }
            Value::Array(items) => {
                items.iter().flat_map(|item| strange(document, &shape["items"], item, &format!("{place}[]"))).collect()
            }
            _ if shape["enum"].as_array().is_some_and(|known| !known.contains(example)) => {
                vec![format!("{place}: {example}")]
            }
            _ => vec![],
        }
    }

    #[test]
    fn every_example_matches_its_schema() {
        let document = read();
        let mut looked_at = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let answers = operation["responses"].as_object().unwrap().values();
                let contents =
                    answers.chain([&operation["requestBody"]]).map(|body| &body["content"]["application/json"]);
                for content in contents.filter(|content| content["example"].is_object()) {
                    looked_at += 1;
                    let found =
                        strange(&document, &content["schema"], &content["example"], &format!("{method} {path}"));
                    // A step of a timeline has more fields, depending on its kind.
                    let found: Vec<_> = found.iter().filter(|place| !place.contains(".timeline[].")).collect();
                    assert!(found.is_empty(), "{found:?}");
                }
            }
        }
        assert!(looked_at > 15, "{looked_at}");
    }
}
