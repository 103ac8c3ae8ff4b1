//! `/api/v1/phones` and all other collections of rows: one implementation to list, get, create, update and delete.

mod answer;
pub(super) mod batch;
pub(super) mod described;
mod listing;
mod read;
mod row_path;
pub(super) mod sheets;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, HeaderValue};
use axum::response::{IntoResponse, Response};
use fleet::actor::Actor;
use fleet::rows;
use fleet::rows::change::{ChangeContext, RowAction, RowChange, execute};
use fleet::rows::{shown, tag};
use fleet::schema::{Row, Table};
use fleet::sessions::SessionKey;

use super::caller::Caller;
use super::messages::resources as words;
use super::{found, messages, preconditions};
use crate::App;
use crate::http::problem::Problem;
use answer::ChangeReply;
use row_path::{RowPath, RowRequest, collection};

/// Key of the rows' entity tags. It is random and stored in the database, so that all nodes return the same tags, also after a restart.
async fn tag_key(app: &App) -> Result<&str, Problem> {
    let key = app.tag_key.get_or_try_init(|| async {
        if let Some(key) = app.store.read(|tx| tx.tag_key()).await? {
            return Ok::<_, Problem>(key);
        }
        let fresh = SessionKey::new(app.rng.as_ref()).digest();
        let kept = app.store.write(move |tx| {
            tx.keep_tag_key(&fresh)?;
            tx.tag_key()
        });
        kept.await?.ok_or_else(messages::unavailable)
    });
    key.await.map(String::as_str)
}

/// `GET` of a collection: a page of its rows.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    row_path: RowPath,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let user = caller.look(&app).await?;
    let (query, wanted) = listing::read(row_path.section(), query, app.alphabet())?;
    let (section, order) = (wanted.table, wanted.order);
    let listed = app.store.read(move |tx| rows::list(tx, &user, &wanted)).await?;
    let next = listed.next.map(|place| listing::cursor(section, order, &place));
    let page = listing::page(section, &listed.rows, next.as_deref());
    Ok(query.page(&format!("/api/v1/{}", collection(section)), next.as_deref(), &page))
}

/// `GET` of a row.
pub(super) async fn show(State(app): State<Arc<App>>, caller: Caller, row_path: RowPath) -> Result<Response, Problem> {
    let user = caller.look(&app).await?;
    let key = tag_key(&app).await?;
    let section = row_path.section();
    let row = app.store.read(move |tx| rows::find(tx, &user, &row_path.row)).await?;
    let row = row.ok_or_else(|| words::not_found(section))?;
    let tag = tag(&row, key);
    let mut response = if preconditions::is_known(&caller.headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        found(&shown(&row))
    };
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// `POST`: creates a row.
pub(super) async fn create(State(app): State<Arc<App>>, sent: RowRequest) -> Result<Response, Problem> {
    let by = sent.permit(&app).await?;
    let values = read::values(&app, sent.row_path.section(), &sent.object()?)?;
    let row = read::names(&values)?;
    let act = RowAction::Create(values);
    change(&app, &sent, by, row, act).await
}

/// `PATCH`: changes the fields in the body.
pub(super) async fn patch(State(app): State<Arc<App>>, sent: RowRequest) -> Result<Response, Problem> {
    let by = sent.permit(&app).await?;
    let values = read::values(&app, sent.row_path.section(), &sent.object()?)?;
    let act = RowAction::Patch(values);
    change(&app, &sent, by, sent.row_path.row.clone(), act).await
}

/// `DELETE`: deletes a row.
pub(super) async fn delete(State(app): State<Arc<App>>, sent: RowRequest) -> Result<Response, Problem> {
    let by = sent.permit(&app).await?;
    change(&app, &sent, by, sent.row_path.row.clone(), RowAction::Delete).await
}

/// `PUT` of a member: adds a login to an alias.
pub(super) async fn put_member(State(app): State<Arc<App>>, sent: RowRequest) -> Result<Response, Problem> {
    let by = sent.permit(&app).await?;
    change(&app, &sent, by, sent.row_path.row.clone(), RowAction::AddMember(sent.row_path.member.clone())).await
}

/// `DELETE` of a member: removes a login from an alias. The phone is not changed.
pub(super) async fn delete_member(State(app): State<Arc<App>>, sent: RowRequest) -> Result<Response, Problem> {
    let by = sent.permit(&app).await?;
    change(&app, &sent, by, sent.row_path.row.clone(), RowAction::RemoveMember(sent.row_path.member.clone())).await
}

/// Executes one change. A repeated request gets the first reply again.
async fn change(app: &Arc<App>, sent: &RowRequest, by: Actor, row: Row, act: RowAction) -> Result<Response, Problem> {
    let key = tag_key(app).await?;
    let repeated = sent.repeated(&by, key)?;
    let condition = preconditions::if_match(&sent.caller.headers);
    let change = RowChange { row, act, password: None, condition };
    let change = read::digested(app, change).await?;
    let (live_status, tag_key) = (app.floor.live_status(), key.to_owned());
    let (asked, logged) = (change.clone(), by.clone());
    let answer = answer::once(app, repeated, move |tx| {
        let context = ChangeContext { actor: &logged, tag_key: &tag_key, live_status: live_status.as_ref() };
        ChangeReply::to(&asked, execute(tx, &asked, context), &tag_key)
    });
    let answer = answer.await?;
    SideEffects::by([&change].into_iter()).follow(app, &by).await;
    Ok(answer.into_response())
}

/// Parts of the server that executed changes affect.
#[derive(Default)]
struct SideEffects {
    users: bool,
    dialers: bool,
    gone: Vec<String>,
}

impl SideEffects {
    fn by<'a>(changes: impl Iterator<Item = &'a RowChange>) -> Self {
        let mut effects = Self::default();
        for change in changes {
            match (change.row.table(), &change.act) {
                (Table::Dialer, RowAction::Delete) => effects.gone.push(change.row.name()),
                (Table::Dialer, _) => effects.dialers = true,
                (Table::User, _) => effects.users = true,
                _ => {}
            }
        }
        effects
    }

    async fn follow(self, app: &App, by: &Actor) {
        for server_ip in &self.gone {
            app.floor.announce_deleted_dialer(server_ip, by).await;
        }
        if self.dialers {
            app.floor.refresh_dialers().await;
        }
        if self.users {
            // The change may have ended admin sessions.
            app.session_ended.send_replace(());
        }
    }
}
