//! `/admin/phones`: the phones, a page at a time.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::panel::{By, PhoneLine, PhonesWanted};
use floor::DialerView;

use super::lists;
use super::page::{self, Frame, Here};
use super::posted::Fields;
use super::visitor::Visitor;
use super::wording;
use crate::App;

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "admin/phones.html")]
struct PhonesPage {
    frame: Frame,
    q: String,
    by_login: bool,
    dialer: String,
    dialers: Vec<DialerView>,
    phones: Vec<Row>,
    /// Where the next page is.
    next: Option<String>,
    /// Where the first page is, on another one.
    first: Option<String>,
}

struct Row {
    phone: PhoneLine,
    dialer: String,
}

/// `GET`: phones that begin so, of one dialer or all.
pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let (q, dialer) = (fields.get("q").trim().to_owned(), fields.get("dialer").to_owned());
    // All phones of one dialer are found by its own index, which has no logins.
    let by_login = fields.get("by") == "login" && (dialer.is_empty() || !q.is_empty());
    let wanted = PhonesWanted {
        by: if by_login { By::Login } else { By::Extension },
        begins: q.clone(),
        server_ip: dialer.clone(),
        after: (fields.get("after").to_owned(), fields.get("and").to_owned()),
        at_most: u32::try_from(ROWS + 1).unwrap_or(u32::MAX),
    };
    let is_first = wanted.after.0.is_empty();
    let phones = match app.store.read(move |tx| tx.list_phones(&wanted)).await {
        Ok(phones) => phones,
        Err(error) => return page::failed(&error.into()),
    };
    let (phones, has_more) = lists::page(phones, ROWS);
    let by = if by_login { "login" } else { "" };
    let searched = [("q", q.as_str()), ("by", by), ("dialer", dialer.as_str())];
    let next = phones.last().filter(|_| has_more).map(|last| {
        let number = last.number.to_string();
        let after = if by_login { (&last.login, &number) } else { (&last.extension, &last.server_ip) };
        lists::address("/admin/phones", &[&searched[..], &[("after", after.0), ("and", after.1)]].concat())
    });
    let first = (!is_first).then(|| lists::address("/admin/phones", &searched));
    let dialers = app.floor.dialers();
    let name = |server_ip: &str| {
        let known = dialers.iter().find(|dialer| dialer.server_ip == server_ip);
        known.map_or_else(|| server_ip.to_owned(), wording::dialer)
    };
    let phones = phones.into_iter().map(|phone| Row { dialer: name(&phone.server_ip), phone }).collect();
    let frame = Frame::of(&visitor, Here::Phones);
    page::show(StatusCode::OK, &PhonesPage { frame, q, by_login, dialer, dialers, phones, next, first })
}
