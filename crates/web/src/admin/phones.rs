//! `/admin/phones`: list of phones.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::dialer_status::Registration;
use fleet::lists::{PhoneOrder, PhonePage, PhoneSummary};
use fleet::sessions::LiveStatus;
use fleet::{FleetTx, TxError};
use floor::DialerView;

use super::messages::{self, Tone, phones as words};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::{lists, phone};
use crate::http::fields::Fields;
use crate::{App, html};

/// Rows per page.
const ROWS: usize = 50;

/// Maximum number of rows searched for a page when a filter has no index. The next page continues from there.
const LOOKED_AT: usize = 5_000;

/// Rows read at once.
const CHUNK: usize = 500;

const PROTOCOLS: [&str; 5] = ["SIP", "PJSIP", "IAX2", "Zap", "EXTERNAL"];

#[derive(Template)]
#[template(path = "admin/phones.html")]
struct PhonesPage {
    frame: Frame,
    q: String,
    by_login: bool,
    dialer: String,
    dialers: Vec<DialerView>,
    selects: [Select; 3],
    phones: Vec<PhoneRow>,
    /// Note that not all phones were searched.
    looked_at: Option<String>,
    /// Address of the next page.
    next: Option<String>,
    /// Address of the first page, on other pages.
    first: Option<String>,
    is_filtered: bool,
    may_change: bool,
    news: &'static str,
}

/// A drop-down list of the search.
struct Select {
    name: &'static str,
    label: &'static str,
    options: Vec<(&'static str, &'static str, bool)>,
}

struct PhoneRow {
    phone: PhoneSummary,
    address: String,
    dialer: String,
    line: (&'static str, Tone),
}

/// Filters without an index.
#[derive(Default)]
struct PhoneFilter {
    state: String,
    protocol: String,
    line: String,
}

impl PhoneFilter {
    /// Whether it can drop rows that the query finds.
    fn is_needed(&self, by_login: bool) -> bool {
        self.state == "active"
            || (by_login && self.state == "inactive")
            || !self.protocol.is_empty()
            || !self.line.is_empty()
    }

    fn fits(&self, phone: &PhoneSummary, registration: Registration) -> bool {
        let state = match self.state.as_str() {
            "active" => phone.active,
            "inactive" => !phone.active,
            _ => true,
        };
        let line = match self.line.as_str() {
            "registered" => registration == Registration::Registered,
            "not" => registration == Registration::NotRegistered,
            _ => true,
        };
        state && line && (self.protocol.is_empty() || phone.protocol.eq_ignore_ascii_case(&self.protocol))
    }

    fn selects(&self) -> [Select; 3] {
        let options = |chosen: &str, options: &[(&'static str, &'static str)]| {
            options.iter().map(|(sent, words)| (*sent, *words, *sent == chosen)).collect()
        };
        let state = [("", "All"), ("active", "Active"), ("inactive", "Not active")];
        let line = [("", "All"), ("registered", "Registered"), ("not", "Not registered")];
        let protocols: Vec<_> = std::iter::once(("", "All")).chain(PROTOCOLS.map(|word| (word, word))).collect();
        [
            Select { name: "state", label: "State", options: options(&self.state, &state) },
            Select { name: "protocol", label: "Protocol", options: options(&self.protocol, &protocols) },
            Select { name: "line", label: "Registration", options: options(&self.line, &line) },
        ]
    }
}

/// Rows of a page.
#[derive(Default)]
struct PhoneRows {
    phones: Vec<(PhoneSummary, Registration)>,
    /// The last row searched, if there are more.
    last: Option<PhoneSummary>,
    looked_at: usize,
}

fn registration(live_status: &dyn LiveStatus, phone: &PhoneSummary) -> Registration {
    let line = fleet::registrations::line(&phone.protocol, &phone.extension, &phone.is_webphone);
    line.map_or(Registration::NotNeeded, |channel| live_status.registration(&phone.server_ip, &channel))
}

/// Reads rows until the page is full, no rows are left, or the search limit is reached.
fn find(
    tx: &mut dyn FleetTx,
    mut wanted: PhonePage,
    filter: &PhoneFilter,
    live_status: &dyn LiveStatus,
) -> Result<PhoneRows, TxError> {
    let is_by_login = wanted.by == PhoneOrder::Login;
    let chunk = if filter.is_needed(is_by_login) { CHUNK } else { ROWS + 1 };
    wanted.at_most = u32::try_from(chunk).unwrap_or(u32::MAX);
    let mut found = PhoneRows::default();
    loop {
        let rows = tx.list_phones(&wanted)?;
        let is_end = rows.len() < chunk;
        for phone in rows {
            let registration = registration(live_status, &phone);
            if filter.fits(&phone, registration) {
                if found.phones.len() == ROWS {
                    return Ok(found);
                }
                found.phones.push((phone.clone(), registration));
            }
            found.looked_at += 1;
            found.last = Some(phone);
        }
        let Some(last) = found.last.as_ref().filter(|_| !is_end) else {
            return Ok(PhoneRows { last: None, ..found });
        };
        if found.looked_at >= LOOKED_AT {
            return Ok(found);
        }
        wanted.after = behind(last, is_by_login);
    }
}

/// Key of the row after which the next page begins.
fn behind(last: &PhoneSummary, by_login: bool) -> (String, String) {
    if by_login {
        (last.login.clone(), last.number.to_string())
    } else {
        (last.extension.clone(), last.server_ip.clone())
    }
}

/// `GET`: phones that begin with `q`, of one dialer or all.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (q, dialer) = (fields.get("q").trim().to_owned(), fields.get("dialer").to_owned());
    let [state, protocol, line] = ["state", "protocol", "line"].map(|name| fields.get(name).to_owned());
    let filter = PhoneFilter { state, protocol, line };
    let by_login = fields.get("by") == "login";
    let wanted = PhonePage {
        by: if by_login { PhoneOrder::Login } else { PhoneOrder::Extension },
        begins: q.clone(),
        server_ip: dialer.clone(),
        inactive: filter.state == "inactive" && !by_login,
        after: (fields.get("after").to_owned(), fields.get("and").to_owned()),
        at_most: 0,
    };
    let is_first = wanted.after.0.is_empty();
    let live_status = app.floor.live_status();
    let found = app.store.read(move |tx| Ok((find(tx, wanted, &filter, live_status.as_ref())?, filter)));
    let (found, filter) = match found.await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let by = if by_login { "login" } else { "" };
    let searched = [
        ("q", q.as_str()),
        ("by", by),
        ("dialer", dialer.as_str()),
        ("state", filter.state.as_str()),
        ("protocol", filter.protocol.as_str()),
        ("line", filter.line.as_str()),
    ];
    let next = found.last.as_ref().map(|last| {
        let (after, and) = behind(last, by_login);
        lists::address("/admin/phones", &[&searched[..], &[("after", after.as_str()), ("and", &and)]].concat())
    });
    let first = (!is_first).then(|| lists::address("/admin/phones", &searched));
    let is_filtered = !is_first || searched.iter().any(|(name, value)| *name != "by" && !value.is_empty());
    let looked_at = next.is_some() && found.phones.len() < ROWS;
    let dialers = app.floor.dialers();
    let page = PhonesPage {
        frame: Frame::of(&admin_session, Here::Phones),
        selects: filter.selects(),
        phones: found.phones.into_iter().map(|phone| row(phone, &dialers)).collect(),
        looked_at: looked_at.then(|| words::looked_at(found.looked_at)),
        is_filtered,
        may_change: admin_session.may_change(),
        news: if fields.get("done") == "deleted" { words::DELETED } else { "" },
        q,
        by_login,
        dialer,
        dialers,
        next,
        first,
    };
    html::page(StatusCode::OK, &page)
}

fn row((phone, registration): (PhoneSummary, Registration), dialers: &[DialerView]) -> PhoneRow {
    let known = dialers.iter().find(|dialer| dialer.server_ip == phone.server_ip);
    let dialer = known.map_or_else(|| phone.server_ip.clone(), messages::dialer);
    let address = phone::address(&phone.extension, &phone.server_ip);
    PhoneRow { address, dialer, line: words::registration(registration), phone }
}
