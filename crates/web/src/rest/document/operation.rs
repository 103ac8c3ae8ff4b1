//! Builder for the description of one operation.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::http::StatusCode;
use fleet::authorization::Scope;
use serde_json::Value;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{self, Ref, RefOr, Required};

use super::shape::{Shape, day, like, named, number, text};
use super::{ACCOUNT, SESSION_KEY, TOKEN};
use crate::http::problem::{PROBLEM, Problem};
use crate::rest::list_query::{LIMIT_AT_MOST, Parameter};
use crate::rest::messages;

/// Client address in examples (RFC 5737).
const SOMEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Examples of refusals, by code and status.
pub(super) type Examples = BTreeMap<String, Example>;

/// Description of an operation.
pub(in crate::rest) struct Operation {
    pub(super) path: String,
    pub(super) method: HttpMethod,
    built: OperationBuilder,
    words: String,
    scope: Option<Scope>,
    takes_password: bool,
    has_key: bool,
    has_tag: bool,
    refusals: Vec<Problem>,
}

impl Operation {
    pub(in crate::rest) fn get(path: impl Into<String>, id: &str) -> Self {
        Self::new(HttpMethod::Get, path, id)
    }

    pub(in crate::rest) fn post(path: impl Into<String>, id: &str) -> Self {
        Self::new(HttpMethod::Post, path, id)
    }

    pub(in crate::rest) fn put(path: impl Into<String>, id: &str) -> Self {
        Self::new(HttpMethod::Put, path, id)
    }

    pub(in crate::rest) fn patch(path: impl Into<String>, id: &str) -> Self {
        Self::new(HttpMethod::Patch, path, id)
    }

    pub(in crate::rest) fn delete(path: impl Into<String>, id: &str) -> Self {
        Self::new(HttpMethod::Delete, path, id)
    }

    /// Starts the description of an operation at this path below `/api/v1`. Generated clients use `id` as the
    /// method name. The tag is the first segment of the path.
    pub(in crate::rest) fn new(method: HttpMethod, path: impl Into<String>, id: &str) -> Self {
        let path = path.into();
        let tag = path.split('/').nth(1).unwrap_or_default();
        let built = OperationBuilder::new().operation_id(Some(id)).tag(tag);
        let refusals = vec![messages::unavailable()];
        Self {
            path,
            method,
            built,
            words: String::new(),
            scope: None,
            takes_password: false,
            has_key: false,
            has_tag: false,
            refusals,
        }
    }

    /// Adds a summary in one line, and a description.
    pub(in crate::rest) fn says(mut self, line: &str, words: &str) -> Self {
        self.built = self.built.summary(Some(line));
        words.clone_into(&mut self.words);
        self
    }

    /// Requires an account, or a token with this scope.
    pub(in crate::rest) fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        let refusals = [
            messages::login_required(),
            messages::login_incorrect(),
            messages::tokens::unknown(),
            messages::tokens::over(),
            messages::tokens::account_closed(),
            messages::may_not_look(),
            messages::tokens::insufficient_scope(scope, &[]),
            messages::address_not_allowed(SOMEWHERE),
            messages::locked(),
            messages::address_blocked(60),
            messages::rate_limited(1),
        ];
        self.refuses(refusals)
    }

    /// Requires an account with its password.
    pub(in crate::rest) fn password(mut self) -> Self {
        self.takes_password = true;
        let refusals = [messages::login_required(), messages::login_incorrect(), messages::may_not_look()];
        self.refuses(refusals).refuses([
            messages::tokens::takes_password(),
            messages::locked(),
            messages::rate_limited(1),
        ])
    }

    /// Also accepts the key of the session.
    pub(in crate::rest) fn or_own_key(mut self) -> Self {
        self.has_key = true;
        self.refuses([messages::invalid_key()])
    }

    /// Adds a path parameter.
    pub(in crate::rest) fn path(self, name: &str, shape: Shape, example: impl Into<Value>) -> Self {
        self.parameter(ParameterBuilder::new().parameter_in(ParameterIn::Path).name(name), true, shape, example)
    }

    /// Adds an optional query parameter.
    pub(in crate::rest) fn query(self, name: &str, shape: Shape, example: impl Into<Value>) -> Self {
        self.parameter(ParameterBuilder::new().parameter_in(ParameterIn::Query).name(name), false, shape, example)
    }

    /// Adds a required query parameter.
    pub(in crate::rest) fn needs_query(self, name: &str, shape: Shape, example: impl Into<Value>) -> Self {
        self.parameter(ParameterBuilder::new().parameter_in(ParameterIn::Query).name(name), true, shape, example)
    }

    /// Adds the query parameters of a list.
    pub(in crate::rest) fn parameters(self, parameters: &[Parameter]) -> Self {
        let described = parameters
            .iter()
            .fold(self, |operation, parameter| operation.query(parameter.name, (parameter.shape)(), parameter.example));
        described.refuses([messages::unknown_field("colour", &[])])
    }

    /// Adds the parameters of a paged list whose cursors match this pattern.
    pub(in crate::rest) fn paged(self, pattern: &str, example: &str) -> Self {
        let limit = number("Maximum number of rows in a page; 100 by default.", 1, i64::from(LIMIT_AT_MOST));
        let cursor = like("The value of next in the previous page.", pattern);
        let refused = [messages::no_limit(LIMIT_AT_MOST), messages::no_cursor()];
        self.query("limit", limit, 100).query("cursor", cursor, example).refuses(refused)
    }

    /// Adds the parameters for a range of days.
    pub(in crate::rest) fn of_days(self) -> Self {
        let from = day("First day, in UTC, such as 2026-11-21.");
        let until = day("Last day, in UTC, inclusive.");
        let refused = [messages::no_day("from"), messages::no_day("until")];
        self.query("from", from, "2026-11-20").query("until", until, "2026-11-21").refuses(refused)
    }

    /// Adds a request header.
    pub(in crate::rest) fn header(self, name: &str, shape: Shape, example: impl Into<Value>) -> Self {
        self.parameter(ParameterBuilder::new().parameter_in(ParameterIn::Header).name(name), false, shape, example)
    }

    fn parameter(
        mut self,
        parameter: ParameterBuilder,
        is_needed: bool,
        shape: Shape,
        example: impl Into<Value>,
    ) -> Self {
        let needed = if is_needed { Required::True } else { Required::False };
        let parameter = parameter.required(needed).schema(Some(shape)).example(Some(example.into()));
        self.built = self.built.parameter(parameter);
        self
    }

    /// Responses carry an `ETag`.
    pub(in crate::rest) fn tagged(mut self) -> Self {
        self.has_tag = true;
        self
    }

    /// Supports `If-None-Match`: the response is 304 if the caller's version is current.
    pub(in crate::rest) fn unless_known(self) -> Self {
        let tag = text("ETag of the version that the caller has. If it is current, the response is 304.");
        let operation = self.tagged().header("If-None-Match", tag, "\"5f0c\"");
        operation.answers_nothing(StatusCode::NOT_MODIFIED, "Not modified.")
    }

    /// Supports `If-Match`, with this refusal if the caller's version is outdated.
    pub(in crate::rest) fn only_if(self, refused: Problem) -> Self {
        let tag = text("ETag of the version that the change is based on; * for any version.");
        self.header("If-Match", tag, "*").refuses([refused])
    }

    /// Supports `Idempotency-Key`: a repeated request is executed once.
    pub(in crate::rest) fn repeatable(self, example: &str) -> Self {
        let key = like(
            "Unique key of the request. A repetition with the same key is not executed; it gets the first response.",
            "^[!-~]{1,255}$",
        );
        let refused = [messages::resources::no_repeat_key(), messages::resources::idempotency_key_reused()];
        self.header("Idempotency-Key", key, example).refuses(refused)
    }

    /// Adds a JSON request body.
    pub(in crate::rest) fn takes(mut self, shape: impl Into<Shape>, is_needed: bool, example: Value) -> Self {
        let content = ContentBuilder::new().schema(Some(shape.into())).example(Some(example)).build();
        let needed = if is_needed { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(needed)).build();
        self.built = self.built.request_body(Some(body));
        self.refuses([
            messages::not_json(1, 1),
            messages::body_refused(crate::http::form::FormError::TooLong, crate::http::form::FORM_SIZE),
            messages::body_refused(crate::http::form::FormError::TooSlow, crate::http::form::FORM_SIZE),
            messages::no_json_type(),
            messages::not_an_object(&[]),
            messages::unknown_field("colour", &[]),
        ])
    }

    /// Adds a request body of another content type, of at most `at_most` bytes.
    pub(in crate::rest) fn takes_as(mut self, kind: &str, words: &str, example: &str, at_most: usize) -> Self {
        let content = ContentBuilder::new().schema(Some(text(words))).example(Some(Value::from(example))).build();
        let body = RequestBodyBuilder::new().content(kind, content).required(Some(Required::True)).build();
        self.built = self.built.request_body(Some(body));
        self.refuses([
            messages::body_refused(crate::http::form::FormError::TooLong, at_most),
            messages::body_refused(crate::http::form::FormError::TooSlow, at_most),
        ])
    }

    /// Adds a JSON response.
    pub(in crate::rest) fn answers(
        self,
        status: StatusCode,
        words: &str,
        shape: impl Into<Shape>,
        example: Value,
    ) -> Self {
        self.answers_as(status, words, "application/json", shape, Some(example))
    }

    /// Adds a response of another content type.
    pub(in crate::rest) fn answers_as(
        mut self,
        status: StatusCode,
        words: &str,
        kind: &str,
        shape: impl Into<Shape>,
        example: Option<Value>,
    ) -> Self {
        let content = ContentBuilder::new().schema(Some(shape.into())).example(example).build();
        let mut response = ResponseBuilder::new().description(words).content(kind, content);
        if status == StatusCode::CREATED {
            let location =
                HeaderBuilder::new().description(Some("Path of the new resource.")).schema(Some(text(""))).build();
            response = response.header("Location", location);
        }
        if self.has_tag {
            response = response.header("ETag", tag_header());
        }
        self.built = self.built.response(status.as_str(), response);
        self
    }

    /// Adds a response without a body.
    pub(in crate::rest) fn answers_nothing(mut self, status: StatusCode, words: &str) -> Self {
        let mut response = ResponseBuilder::new().description(words);
        if self.has_tag && status == StatusCode::NOT_MODIFIED {
            response = response.header("ETag", tag_header());
        }
        self.built = self.built.response(status.as_str(), response);
        self
    }

    /// Adds refusals; each also becomes an example.
    pub(in crate::rest) fn refuses(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        self.refusals.extend(problems);
        self
    }

    /// Builds the operation of the document, and adds an example of each refusal to the document's examples.
    pub(super) fn build(mut self, examples: &mut Examples) -> openapi::path::Operation {
        if !matches!(self.method, HttpMethod::Get) {
            self.refusals.push(messages::cross_site());
        }
        if self.path.contains('{') {
            self.refusals.push(messages::bad_request(StatusCode::BAD_REQUEST));
        }
        let mut built = self.built;
        for (status, problems) in by_status(&self.refusals) {
            built = built.response(status.as_str(), refusal(status, problems, examples));
        }
        let mut words = self.words;
        if let Some(scope) = self.scope {
            words = format!("{words}\n\nTokens need the scope {}.", scope.word());
            built = built.securities(Some([ACCOUNT, TOKEN].map(demand)));
        } else if self.takes_password {
            built = built.securities(Some([demand(ACCOUNT)]));
        } else {
            built = built.securities(Some([SecurityRequirement::default()]));
        }
        if self.has_key {
            built = built.security(demand(SESSION_KEY));
        }
        built.description(Some(words.trim())).build()
    }
}

fn tag_header() -> Header {
    HeaderBuilder::new().description(Some("Version of the resource.")).schema(Some(text(""))).build()
}

fn demand(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new(scheme, [""; 0])
}

fn by_status(problems: &[Problem]) -> BTreeMap<StatusCode, Vec<(String, Value)>> {
    let mut sorted: BTreeMap<StatusCode, Vec<(String, Value)>> = BTreeMap::new();
    for problem in problems {
        let (status, kind, shown) = problem.shown();
        let of_status = sorted.entry(status).or_default();
        if of_status.iter().all(|(known, _)| *known != kind) {
            of_status.push((kind, shown));
        }
    }
    sorted
}

fn refusal(status: StatusCode, problems: Vec<(String, Value)>, examples: &mut Examples) -> ResponseBuilder {
    let kinds: Vec<String> = problems.iter().map(|(kind, _)| format!("`{kind}`")).collect();
    let refer = |(kind, shown): (String, Value)| {
        let name = format!("{kind}_{}", status.as_str());
        let summary = shown.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
        let reference = Ref::new(format!("#/components/examples/{name}"));
        examples.entry(name).or_insert_with(|| ExampleBuilder::new().summary(summary).value(Some(shown)).build());
        (kind, RefOr::<Example>::Ref(reference))
    };
    let content = ContentBuilder::new().schema(Some(named("Problem")));
    let content = content.examples_from_iter(problems.into_iter().map(refer)).build();
    let response = ResponseBuilder::new().description(kinds.join(", ")).content(PROBLEM, content);
    if status == StatusCode::PRECONDITION_FAILED { response.header("ETag", tag_header()) } else { response }
}
