//! `/admin/tokens`: API tokens, with which programs sign in to the JSON API. A new token is shown once.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::Timestamp;
use fleet::authorization::Scope;
use fleet::tokens;
use fleet::tokens::{Create, Created, DAYS, InvalidToken, Secret, Token, TokenQuery, sees_all};

use super::csrf_form::AdminForm;
use super::inputs::{Input, Problems};
use super::messages::{self, tokens as words};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::{lists, password};
use crate::error::Error;
use crate::http::fields::Fields;
use crate::{App, html};

/// Rows per page.
const ROWS: u32 = 100;

const ADDRESS: &str = "/admin/tokens";

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct TokensPage<'a> {
    frame: Frame,
    news: &'a str,
    /// The new token and its name.
    made: Option<(&'a str, &'a str)>,
    problems: Option<String>,
    inputs: Vec<Input>,
    scopes: Vec<Choice>,
    no_scope: Option<String>,
    own_pass: Input,
    may_change: bool,
    sees_all: bool,
    rows: Vec<TokenRow>,
    first: Option<String>,
    next: Option<String>,
}

/// A scope with its checkbox.
struct Choice {
    word: &'static str,
    /// Description of the scope.
    words: &'static str,
    is_ticked: bool,
}

struct TokenRow {
    token_id: i64,
    name: String,
    user: String,
    address: String,
    scopes: String,
    expires: String,
    is_over: bool,
    used: String,
}

impl TokenRow {
    fn of(token: Token, now: Timestamp) -> Self {
        let stamp = |moment: Option<Timestamp>, none: &str| moment.map_or_else(|| none.to_owned(), Timestamp::stamp);
        Self {
            is_over: token.is_over(now),
            token_id: token.token_id,
            address: lists::address("/admin/user", &[("name", &token.user)]),
            user: token.user,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::word).collect::<Vec<_>>().join(", "),
            expires: stamp(token.expires, "–"),
            used: stamp(token.used, "Never"),
        }
    }
}

/// Content of the page.
#[derive(Default)]
struct TokensPageState<'a> {
    status: StatusCode,
    after: i64,
    news: &'a str,
    made: Option<(&'a str, &'a str)>,
    /// Entered values that were refused.
    typed: Option<&'a Fields>,
    mistakes: Vec<InvalidToken>,
    /// Problem with the own password.
    own_pass: Option<String>,
}

/// `GET`: the user's own tokens; for an administrator of level 9, all tokens.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let news = if fields.is_ticked("revoked") { words::REVOKED } else { "" };
    page_of(
        &app,
        &admin_session,
        TokensPageState { after: fields.get("after").parse().unwrap_or(0), news, ..TokensPageState::default() },
    )
    .await
}

async fn page_of(app: &App, admin_session: &AdminSession, asked: TokensPageState<'_>) -> Response {
    let (own, after) = (admin_session.user.user.clone(), asked.after);
    // One extra row shows whether there is a next page.
    let wanted = TokenQuery { user: String::new(), after, at_most: ROWS + 1 };
    let listed = match app.store.read(move |tx| tokens::list(tx, &own, &wanted)).await {
        Ok(listed) => listed.unwrap_or_default(),
        Err(error) => return page::failed(&error.into()),
    };
    let (listed, is_full) = lists::page(listed, ROWS as usize);
    let last = listed.last().filter(|_| is_full).map(|last| last.token_id.to_string());
    let now = app.store.now();
    let (inputs, scopes, own_pass) = form(&asked);
    let no_scope = asked.mistakes.contains(&InvalidToken::Scopes).then(|| words::NO_SCOPE.to_owned());
    let is_refused = !asked.mistakes.is_empty() || asked.own_pass.is_some();
    let wrong = inputs.iter().chain([&own_pass]);
    let page = TokensPage {
        frame: Frame::of(admin_session, Here::Users),
        news: asked.news,
        made: asked.made,
        problems: is_refused.then(|| Problems::of(words::REFUSED, wrong).render().ok()).flatten(),
        inputs,
        scopes,
        no_scope,
        own_pass,
        may_change: admin_session.may_change(),
        sees_all: sees_all(&admin_session.user),
        rows: listed.into_iter().map(|token| TokenRow::of(token, now)).collect(),
        first: (asked.after > 0).then(|| ADDRESS.to_owned()),
        next: last.map(|last| lists::address(ADDRESS, &[("after", &last)])),
    };
    html::page(asked.status, &page)
}

/// The form with the entered values except the password.
fn form(asked: &TokensPageState<'_>) -> (Vec<Input>, Vec<Choice>, Input) {
    let typed = |name: &str, usual: String| asked.typed.map_or(usual, |fields| fields.get(name).to_owned());
    let wrong = |mistake: InvalidToken, words: String| asked.mistakes.contains(&mistake).then_some(words);
    let name = Input::line("name", "Name", typed("name", String::new()))
        .hint("E.g. Wallboard.")
        .required()
        .problem(wrong(InvalidToken::Name, words::name()));
    let days = Input::line("days", "Expires after (days)", typed("days", DAYS.to_string()))
        .required()
        .problem(wrong(InvalidToken::Days, words::days()));
    let is_ticked = |word: &str| asked.typed.is_some_and(|fields| fields.all("scope").any(|ticked| ticked == word));
    let choice = |scope: Scope| {
        let word = scope.word();
        Choice { word, words: words::scope(scope), is_ticked: is_ticked(word) }
    };
    let scopes = Scope::ALL.into_iter().map(choice).collect();
    (vec![name, days], scopes, password::own().problem(asked.own_pass.clone()))
}

/// `POST`: creates a token, after the administrator has confirmed with their own password.
pub(super) async fn create(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    match execute(&app, &by, &fields).await {
        Ok(response) => response,
        Err(error) => page::failed(&error),
    }
}

async fn execute(app: &App, by: &AdminSession, fields: &Fields) -> Result<Response, Error> {
    let secret = Secret::new(app.rng.as_ref());
    let create = Create {
        name: fields.get("name").trim().to_owned(),
        scopes: fields.all("scope").filter_map(Scope::parse).collect(),
        days: fields.get("days").trim().parse().unwrap_or(0),
        digest: secret.digest(),
        by: by.actor(),
    };
    let again =
        TokensPageState { status: StatusCode::UNPROCESSABLE_ENTITY, typed: Some(fields), ..TokensPageState::default() };
    let mistakes = create.mistakes();
    if !mistakes.is_empty() {
        return Ok(page_of(app, by, TokensPageState { mistakes, ..again }).await);
    }
    match password::verify(app, by, fields).await {
        Ok(()) => {}
        Err(Refused((status, problem))) => {
            return Ok(page_of(app, by, TokensPageState { status, own_pass: Some(problem), ..again }).await);
        }
        Err(Failed(error)) => return Err(error),
    }
    Ok(match app.store.write(move |tx| create.execute(tx)).await? {
        Created::Done(token) => {
            let made = Some((secret.reveal(), token.name.as_str()));
            page_of(app, by, TokensPageState { made, ..TokensPageState::default() }).await
        }
        Created::Wrong(mistakes) => page_of(app, by, TokensPageState { mistakes, ..again }).await,
        Created::MayNot => page::message(by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Created::TooMany => page::message(by, StatusCode::CONFLICT, &words::too_many()),
    })
}

/// `POST`: revokes a token.
pub(super) async fn revoke(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let (token_id, actor) = (fields.get("token_id").parse().unwrap_or(0), by.actor());
    match app.store.write(move |tx| tokens::revoke(tx, token_id, &actor)).await {
        Ok(true) => (StatusCode::SEE_OTHER, [(LOCATION, "/admin/tokens?revoked=1")]).into_response(),
        Ok(false) => page::message(&by, StatusCode::NOT_FOUND, words::NO_SUCH_TOKEN),
        Err(error) => page::failed(&error.into()),
    }
}
