//! `/api/v1/openapi.json`: what the JSON API takes and answers, for programs. It is made of what stands beside each handler
//! (`describe`), so that who changes one sees the other; refusals are described by the refusals themselves.

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

/// The schemes of who may.
pub(super) const ACCOUNT: &str = "account";
pub(super) const TOKEN: &str = "token";
pub(super) const SESSION_KEY: &str = "session_key";

/// A part of the API: its name, which is the first part of its addresses, what it is about, and who describes
/// its operations.
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) describe: &'static [fn(&mut Spec)],
}

/// What the chapters write into.
#[derive(Default)]
pub(super) struct Spec {
    operations: Vec<Operation>,
    shapes: Vec<(&'static str, Shape)>,
}

impl Spec {
    /// An operation.
    pub(super) fn operation(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// A shape that others name.
    pub(super) fn shape(&mut self, name: &'static str, shape: impl Into<Shape>) {
        self.shapes.push((name, shape.into()));
    }
}

/// The document as JSON, made once.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| match document().to_pretty_json() {
    Ok(text) => text + "\n",
    Err(error) => {
        tracing::error!(%error, "the description of the API could not be written");
        String::new()
    }
});

/// The document as JSON.
pub(crate) fn text_of_all() -> &'static str {
    &DOCUMENT
}

/// `GET`: the document, for everybody: it tells nothing of this system.
pub(super) async fn show() -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], text_of_all()).into_response()
}

/// What it says about itself.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("Problem", problem());
    keys::describe(spec);
    let shown = Operation::get("/openapi.json", "getOpenapi").says("Get this document", "It needs no login.");
    let shape = Object::answered("An OpenAPI 3.1 document.").has("openapi", text("The version."));
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

const ABOUT: &str = "Phones, phone aliases, dialers and agents' sessions.\n\nBodies are JSON, up to 256 KiB. A refusal is \
    application/problem+json (RFC 9457); its type is one word behind urn:hotdesk:problem:, which stays the same.\n\nWho comes \
    with an account or a token is told in RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (seconds) how fast it may go \
    on. Times are RFC 3339, in UTC.";

fn with_schemes(mut components: Components) -> Components {
    let basic = Http::builder().scheme(HttpAuthScheme::Basic);
    let bearer = || Http::builder().scheme(HttpAuthScheme::Bearer);
    let schemes = [
        (ACCOUNT, basic.description(Some("An account of level 7 or above with vdc_agent_api_access."))),
        (
            TOKEN,
            bearer()
                .bearer_format("hdt_…")
                .description(Some("A token: the account's rights, as far as its scopes go.")),
        ),
        (SESSION_KEY, bearer().description(Some("The key that a login answered: for that session alone."))),
    ];
    for (name, scheme) in schemes {
        components.add_security_scheme(name, SecurityScheme::Http(scheme.build()));
    }
    components
}

fn problem() -> Object {
    let error = Object::answered("A mistake.").has("field", text("The field.")).has("detail", text("What is wrong."));
    Object::answered("A refusal (RFC 9457).")
        .has("type", text("What it is, for programs: a word behind urn:hotdesk:problem:."))
        .has("title", text("What is the matter, for people."))
        .has("status", shape::number("The status of the answer.", 400, 599))
        .may_have("detail", text("What is the matter this time, and what to do."))
        .may_have("field", text("The field that is wrong."))
        .may_have("errors", list("Every mistake, where there may be several.", error))
        .may_have("reasons", list("A line for each phone that was looked at or tried.", text("")))
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
    fn every_address_is_described_and_no_other() {
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

    /// Every `$ref` below a value.
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
    fn what_is_named_is_described() {
        let document = read();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 10);
        for name in found {
            assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name}");
        }
    }

    /// What of an example is not as its shape says, by its place.
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
    fn every_example_is_as_its_shape_says() {
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
                    // What happened in a session has more fields, as it is.
                    let found: Vec<_> = found.iter().filter(|place| !place.contains(".timeline[].")).collect();
                    assert!(found.is_empty(), "{found:?}");
                }
            }
        }
        assert!(looked_at > 15, "{looked_at}");
    }
}
