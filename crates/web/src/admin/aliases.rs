//! `/admin/aliases`: list of aliases, each with the dialer and phone of its next login.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::aliases::problems::{logins, members, warnings};
use fleet::lists::{AliasSummary, NamePage};
use fleet::sessions::{Choice, Refusal, preview};
use fleet::{FleetTx, TxError, settle};

use super::alias::goes;
use super::lists;
use super::messages::{self, Dialers};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::messages::refusals::{reasons, refusal};
use crate::{App, html};

/// Rows per page. Each row needs a full placement decision.
const ROWS: usize = 25;

#[derive(Template)]
#[template(path = "admin/aliases.html")]
struct AliasesPage {
    frame: Frame,
    may_change: bool,
    news: &'static str,
    q: String,
    aliases: Vec<AliasRow>,
    next: Option<String>,
    first: Option<String>,
}

struct AliasRow {
    alias: AliasSummary,
    address: String,
    /// Number of warnings, as text; empty for none.
    warnings: String,
    /// Dialer and phone of the next login; `None` if no phone is available.
    goes: Option<String>,
    why: String,
    left_out: Vec<String>,
}

/// `GET`: aliases that begin with `q`.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (q, after) = (fields.get("q").trim().to_owned(), fields.get("after").to_owned());
    let is_first = after.is_empty();
    let wanted = NamePage { begins: q.clone(), after, at_most: u32::try_from(ROWS + 1).unwrap_or(u32::MAX) };
    let live_status = app.floor.live_status();
    let found = app.store.read(move |tx| {
        let (aliases, has_more) = lists::page(tx.list_aliases(&wanted)?, ROWS);
        let think = |alias: AliasSummary| {
            let choice = preview(tx as &mut dyn FleetTx, &alias.alias_id, "", live_status.as_ref());
            let choice = settle(choice.map(Ok), Err)?;
            let members = members(tx, logins(&alias.logins_list), live_status.as_ref())?;
            let warnings = messages::aliases::warnings(&warnings(&members), &members, str::to_owned).len();
            Ok((alias, warnings, choice))
        };
        Ok((aliases.into_iter().map(think).collect::<Result<Vec<_>, TxError>>()?, has_more))
    });
    let (found, has_more) = match found.await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let last = found.last().filter(|_| has_more).map(|(alias, ..)| alias.alias_id.clone());
    let next = last.map(|after| lists::address("/admin/aliases", &[("q", q.as_str()), ("after", &after)]));
    let first = (!is_first).then(|| lists::address("/admin/aliases", &[("q", q.as_str())]));
    let dialers = Dialers::of(&app);
    let aliases = found.into_iter().map(|(alias, warnings, choice)| row(&dialers, alias, warnings, &choice)).collect();
    let page = AliasesPage {
        frame: Frame::of(&admin_session, Here::Aliases),
        may_change: admin_session.may_change(),
        news: if fields.is_ticked("deleted") { messages::aliases::DELETED } else { "" },
        q,
        aliases,
        next,
        first,
    };
    html::page(StatusCode::OK, &page)
}

fn row(dialers: &Dialers, alias: AliasSummary, warnings: usize, choice: &Result<Choice, Refusal>) -> AliasRow {
    let address = lists::address("/admin/alias", &[("id", &alias.alias_id)]);
    let warnings = messages::aliases::warning_count(warnings);
    let (goes, why, left_out) = match choice {
        Ok(choice) => {
            let (goes, why) = goes(dialers, choice);
            let left_out = if choice.decision.left_out.is_empty() { Vec::new() } else { reasons(choice) };
            (goes, why, left_out)
        }
        Err(reason) => (None, refusal(*reason).to_owned(), Vec::new()),
    };
    AliasRow { alias, address, warnings, goes, why, left_out }
}
