//! `/admin/aliases`: the aliases, and for each where a login would go now, and why.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::panel::{AliasLine, Wanted};
use fleet::seating::{Choice, Refusal, look};
use fleet::{FleetTx, TxError};

use super::lists;
use super::page::{self, Frame, Here};
use super::posted::Fields;
use super::visitor::Visitor;
use super::wording;
use crate::App;
use crate::agent::wording::{reasons, refusal};

/// Rows of a page: for each, a whole login is thought through.
const ROWS: usize = 25;

#[derive(Template)]
#[template(path = "admin/aliases.html")]
struct AliasesPage {
    frame: Frame,
    q: String,
    aliases: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

struct Row {
    alias: AliasLine,
    /// Where a login would go; `None`: nowhere.
    goes: Option<String>,
    why: String,
    left_out: Vec<String>,
}

/// `GET`: aliases that begin so.
pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let (q, after) = (fields.get("q").trim().to_owned(), fields.get("after").to_owned());
    let is_first = after.is_empty();
    let wanted = Wanted { begins: q.clone(), after, at_most: u32::try_from(ROWS + 1).unwrap_or(u32::MAX) };
    let sight = app.floor.sight();
    let found = app.store.read(move |tx| {
        let (aliases, has_more) = lists::page(tx.list_aliases(&wanted)?, ROWS);
        let think = |alias: AliasLine| {
            let choice = look(tx as &mut dyn FleetTx, &alias.alias_id, "", sight.as_ref())?;
            Ok((alias, choice))
        };
        Ok((aliases.into_iter().map(think).collect::<Result<Vec<_>, TxError>>()?, has_more))
    });
    let (found, has_more) = match found.await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let last = found.last().filter(|_| has_more).map(|(alias, _)| alias.alias_id.clone());
    let next = last.map(|after| lists::address("/admin/aliases", &[("q", q.as_str()), ("after", &after)]));
    let first = (!is_first).then(|| lists::address("/admin/aliases", &[("q", q.as_str())]));
    let aliases = found.into_iter().map(|(alias, choice)| row(&app, alias, choice)).collect();
    page::show(StatusCode::OK, &AliasesPage { frame: Frame::of(&visitor, Here::Aliases), q, aliases, next, first })
}

fn row(app: &App, alias: AliasLine, choice: Result<Choice, Refusal>) -> Row {
    let choice = match choice {
        Ok(choice) => choice,
        Err(reason) => return Row { alias, goes: None, why: refusal(reason).to_owned(), left_out: Vec::new() },
    };
    let left_out = if choice.decision.left_out.is_empty() { Vec::new() } else { reasons(&choice) };
    let first = choice.decision.order.first().and_then(|place| choice.candidates.get(*place));
    let Some((first, dialer)) = first.and_then(|first| Some((first, first.dialer.as_ref()?))) else {
        return Row { alias, goes: None, why: wording::NOWHERE.to_owned(), left_out };
    };
    let name =
        app.floor.dialer(&dialer.server_ip).map_or_else(|| dialer.server_ip.clone(), |view| wording::dialer(&view));
    let goes = Some(wording::goes(&name, &first.login));
    let why = wording::why(choice.decision.why, dialer.seats, choice.decision.order.len());
    Row { alias, goes, why, left_out }
}
