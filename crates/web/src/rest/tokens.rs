//! `/api/v1/tokens`: API tokens of programs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use fleet::authorization::Scope;
use fleet::tokens::{Create, Created, DAYS, DAYS_AT_MOST, InvalidToken, NAME_AT_MOST, Secret, Token, TokenQuery};
use fleet::{Timestamp, tokens};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use utoipa::ToSchema;

use super::caller::{Account, Caller};
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{
    NUMBER, Object as Described, Shape, line, list as list_of, named, number as number_of, object, or_null, scopes,
    text,
};
use super::list_query::{ListQuery, Parameter};
use super::{body, found, messages};
use crate::App;
use crate::http::problem::{Problem, json};

/// An API token, without its secret.
#[derive(Serialize, ToSchema)]
struct TokenView {
    /// Id of the token.
    #[schema(minimum = 0)]
    token_id: i64,
    /// User name of the account.
    user: String,
    /// Purpose of the token.
    name: String,
    #[schema(schema_with = granted_scopes)]
    scopes: Vec<&'static str>,
    /// Time of its creation.
    #[schema(format = DateTime)]
    created_at: String,
    /// Time at which it expires.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether it has expired.
    expired: bool,
    /// Time of its last use, to the minute; null if it was never used.
    #[schema(format = DateTime, required = true)]
    last_used_at: Option<String>,
}

fn granted_scopes() -> Shape {
    scopes("Scopes of the token.", 0)
}

/// Request to create a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    #[serde(default)]
    #[schema(schema_with = name, required = true)]
    name: String,
    #[serde(default)]
    #[schema(schema_with = requested_scopes, required = true)]
    scopes: Vec<String>,
    #[schema(schema_with = days)]
    days: Option<u32>,
}

fn name() -> Shape {
    line("Purpose of the token: one line of 1 to 60 characters.", NAME_AT_MOST)
}

fn requested_scopes() -> Shape {
    scopes("Scopes of the token: one or more.", 1)
}

fn days() -> Shape {
    or_null(number_of("Validity in days; 90 by default.", 1, i64::from(DAYS_AT_MOST)))
}

impl TokenView {
    fn of(token: Token, now: Timestamp) -> Self {
        let written = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        Self {
            expired: token.is_over(now),
            token_id: token.token_id,
            user: token.user,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::word).collect(),
            created_at: written(token.made).unwrap_or_default(),
            expires_at: written(token.expires).unwrap_or_default(),
            last_used_at: written(token.used),
        }
    }
}

/// A new token with its secret, which no other response has.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    view: TokenView,
    token: String,
}

#[derive(Serialize)]
struct Tokens {
    tokens: Vec<TokenView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Filters of the list.
const FILTERS: [Parameter; 1] = [Parameter::new("user", || text("Filter: the user name of the account."), "6666")];

/// `GET`: the account's tokens; for administrators of level 9, the tokens of all accounts.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Account { user, .. } = caller.account(&app, Scope::Read).await?;
    let query = ListQuery::paged(query, &FILTERS)?;
    let limit = query.limit()?;
    // One more row shows whether there is a next page.
    let (after, at_most) = (query.number()?.unwrap_or(0), limit.saturating_add(1));
    let wanted = TokenQuery { user: query.text("user").to_owned(), after, at_most };
    let listed = app.store.read(move |tx| tokens::list(tx, &user.user, &wanted)).await?;
    let mut listed = listed.ok_or_else(messages::may_not_look)?;
    let is_full = listed.len() > limit as usize;
    listed.truncate(limit as usize);
    let next = listed.last().filter(|_| is_full).map(|last| last.token_id.to_string());
    let now = app.store.now();
    let tokens = listed.into_iter().map(|token| TokenView::of(token, now)).collect();
    Ok(query.page("/api/v1/tokens", next.as_deref(), &Tokens { tokens, next: next.clone() }))
}

/// `POST`: creates a token for the caller's account, which must authenticate with its password.
pub(super) async fn create(State(app): State<Arc<App>>, caller: Caller, body: Bytes) -> Result<Response, Problem> {
    let Account { user, token } = caller.account(&app, Scope::Read).await?;
    if token.is_some() {
        return Err(messages::tokens::takes_password());
    }
    let wanted: NewToken = body::read(&caller.headers, &body)?;
    let scopes = wanted.scopes.iter().map(|word| Scope::parse(word).ok_or_else(|| messages::tokens::no_scope(word)));
    let secret = Secret::new(app.rng.as_ref());
    let create = Create {
        name: wanted.name.trim().to_owned(),
        scopes: scopes.collect::<Result<_, _>>()?,
        days: wanted.days.unwrap_or(DAYS),
        digest: secret.digest(),
        by: caller.actor(user)?,
    };
    match app.store.write(move |tx| create.execute(tx)).await? {
        Created::Done(token) => Ok(made(&app, token, &secret)),
        Created::Wrong(mistakes) => Err(messages::tokens::wrong(&mistakes)),
        Created::MayNot => Err(messages::may_not_look()),
        Created::TooMany => Err(messages::tokens::too_many()),
    }
}

fn made(app: &App, token: Token, secret: &Secret) -> Response {
    let location = format!("/api/v1/tokens/{}", token.token_id);
    let view = TokenView::of(token, app.store.now());
    let mut response = json(StatusCode::CREATED, "application/json", &Made { view, token: secret.reveal().to_owned() });
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn number(token_id: &str) -> Result<i64, Problem> {
    token_id.parse().map_err(|_| messages::tokens::none_such())
}

/// `GET`: one token.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(token_id): Path<String>,
) -> Result<Response, Problem> {
    let Account { user, .. } = caller.account(&app, Scope::Read).await?;
    let token_id = number(&token_id)?;
    let token = app.store.read(move |tx| tokens::find(tx, &user.user, token_id)).await?;
    let token = token.ok_or_else(messages::tokens::none_such)?;
    Ok(found(&TokenView::of(token, app.store.now())))
}

/// `DELETE`: revokes a token. A token may revoke only itself, whatever its scopes.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(token_id): Path<String>,
) -> Result<StatusCode, Problem> {
    let Account { user, token } = caller.enter(&app).await?;
    let token_id = number(&token_id)?;
    if token.is_some_and(|token| token.token_id != token_id) {
        return Err(messages::tokens::takes_password());
    }
    let by = caller.actor(user)?;
    let is_revoked = app.store.write(move |tx| tokens::revoke(tx, token_id, &by)).await?;
    if is_revoked { Ok(StatusCode::NO_CONTENT) } else { Err(messages::tokens::none_such()) }
}

fn example() -> Value {
    value!({
        "token_id": 7, "user": "6666", "name": "wallboard", "scopes": ["read"], "created_at": "2026-11-21T05:31:00.000Z",
        "expires_at": "2027-02-19T05:31:00.000Z", "expired": false, "last_used_at": null
    })
}

/// Describes these operations in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("Token", object::<TokenView>());
    spec.shape(
        "TokenWithSecret",
        object::<TokenView>()
            .described_as("A new token with its secret.")
            .has("token", text("The token itself. No other response contains it.")),
    );
    let tokens = Described::answered("A page of tokens.").has("tokens", list_of("", named("Token")));
    let listed = Operation::get("/tokens", "listTokens")
        .says(
            "List tokens",
            "Lists the account's own tokens; for an administrator of level 9, the tokens of all accounts.",
        )
        .scope(Scope::Read)
        .parameters(&FILTERS)
        .paged(NUMBER, "41")
        .answers(
            StatusCode::OK,
            "A page of tokens.",
            tokens.may_have("next", text("Cursor of the next page; missing on the last page.")),
            value!({"tokens": [example()]}),
        );
    spec.operation(listed);
    let mut made = example();
    made["token"] = "hdt_…".into();
    let created = Operation::post("/tokens", "createToken")
        .says("Create a token", "The account must use its password. The token is in this response only.")
        .password()
        .takes(object::<NewToken>(), true, value!({"name": "wallboard", "scopes": ["read"], "days": 90}))
        .refuses([messages::tokens::wrong(&[InvalidToken::Name]), messages::tokens::too_many()])
        .answers(StatusCode::CREATED, "The token.", named("TokenWithSecret"), made);
    spec.operation(created);
    let one = |operation: Operation| {
        operation.path("token_id", text("Id of the token."), 7).refuses([messages::tokens::none_such()])
    };
    let shown = one(Operation::get("/tokens/{token_id}", "getToken"))
        .says("Get a token", "The secret is not included.")
        .scope(Scope::Read);
    spec.operation(shown.answers(StatusCode::OK, "The token.", named("Token"), example()));
    let revoked = one(Operation::delete("/tokens/{token_id}", "revokeToken"))
        .says(
            "Revoke a token",
            "It becomes invalid at once. A token can revoke only itself; other tokens need the account's password.",
        )
        .scope(Scope::Read)
        .refuses([messages::tokens::takes_password()]);
    spec.operation(revoked.answers_nothing(StatusCode::NO_CONTENT, "The token was revoked."));
}
