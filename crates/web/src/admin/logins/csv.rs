//! `/admin/logins.csv`: the found logins as a CSV file (RFC 4180, UTF-8). It is streamed in slices, each read in its own
//! transaction, so that a long file does not hold up the database.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use fleet::Timestamp;
use fleet::sessions::State as SessionState;
use fleet::sessions::history::{PastSession, PastSessionsQuery};
use fleet::sessions::timeline::TimelineEntry;
use hyper::body::Frame;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::search::LoginSearch;
use super::{DialerNames, words};
use crate::App;
use crate::admin::session::AdminSession;
use crate::error::Error;
use crate::http::csv::{self, CsvError};
use crate::http::fields::Fields;

/// Maximum number of logins per file.
pub(super) const ROWS: u32 = 100_000;

/// Logins read at once.
const SLICE: u32 = 500;

/// Maximum number of logins searched for a slice.
const MAX_ROWS_READ: u32 = 20_000;

const COLUMNS: [&str; 13] = [
    "session_id",
    "began_utc",
    "ended_utc",
    "agent",
    "typed_login",
    "phone_login",
    "dialer",
    "server_ip",
    "campaign",
    "state",
    "end_reason",
    "seconds_until_answered",
    "seconds",
];

/// Why a file is incomplete. The connection is then cut, so that the client notices.
#[derive(Debug, thiserror::Error)]
pub(in crate::admin) enum Broken {
    #[error(transparent)]
    Error(#[from] Error),
    #[error(transparent)]
    Row(#[from] CsvError),
    #[error("the server is stopping")]
    Stopping,
}

type Slice = Result<Bytes, Broken>;

/// `GET`: the file.
pub(in crate::admin) async fn send(
    State(app): State<Arc<App>>,
    _: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (search, _) = LoginSearch::read(&fields, app.store.now());
    let span = if search.from == search.to { search.from.clone() } else { format!("{}-to-{}", search.from, search.to) };
    // At most two slices wait for the client; reading continues when the client has taken one.
    let (slices, taken) = mpsc::channel(2);
    let writing = async move {
        if let Err(error) = write(&app, &search, &slices).await {
            tracing::error!(%error, "the CSV file of logins is incomplete");
            // The client may have disconnected.
            slices.send(Err(error)).await.ok();
        }
    };
    tokio::spawn(writing.in_current_span());
    csv::attachment(&format!("hotdesk-logins-{span}.csv"), Body::new(Slices(taken)))
}

/// Writes all slices, or stops when the client disconnects.
async fn write(app: &App, search: &LoginSearch, slices: &mpsc::Sender<Slice>) -> Result<(), Broken> {
    let names = DialerNames::of(app);
    let mut wanted =
        PastSessionsQuery { filter: search.filter(), before: None, at_most: SLICE, looks_at: MAX_ROWS_READ };
    let mut left = ROWS;
    let mut head = Some(COLUMNS);
    while left > 0 {
        if *app.stopping.borrow() {
            return Err(Broken::Stopping);
        }
        wanted.at_most = left.min(SLICE);
        let asked = wanted.clone();
        let found = app.store.read(move |tx| tx.list_logins(&asked)).await.map_err(Error::from)?;
        left = left.saturating_sub(u32::try_from(found.lines.len()).unwrap_or(u32::MAX));
        let text = rows(head.take(), &found.lines, &names)?;
        if slices.send(Ok(text.into())).await.is_err() {
            return Ok(());
        }
        match found.goes_on {
            Some(before) => wanted.before = Some(before),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// The rows of a slice; the first slice begins with the header.
fn rows(head: Option<[&str; 13]>, lines: &[PastSession], names: &DialerNames) -> Result<Vec<u8>, CsvError> {
    let head = head.map(|head| head.map(str::to_owned));
    csv::rows(head.into_iter().chain(lines.iter().map(|line| row(line, names))))
}

fn row(line: &PastSession, names: &DialerNames) -> [String; 13] {
    let took = words::took(&TimelineEntry::read(&line.trail)).map(|took| format!("{}.{:03}", took / 1000, took % 1000));
    let at = |stamp: &str| Timestamp::from_stamp(stamp).map(Timestamp::unix);
    let lasted = at(&line.began).zip(at(&line.ended)).map(|(began, ended)| (ended - began).to_string());
    let reason = if line.state == SessionState::Ended { line.end_reason.as_str() } else { "" };
    [
        line.session_id.to_string(),
        line.began.clone(),
        line.ended.clone(),
        line.user.clone(),
        line.typed.clone(),
        line.phone_login.clone(),
        names.name(&line.server_ip),
        line.server_ip.clone(),
        line.campaign_id.clone(),
        line.state.word().to_owned(),
        reason.to_owned(),
        took.unwrap_or_default(),
        lasted.unwrap_or_default(),
    ]
}

/// The slices as a response body.
struct Slices(mpsc::Receiver<Slice>);

impl hyper::body::Body for Slices {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.0.poll_recv(context).map(|slice| slice.map(|slice| slice.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_app::app;

    #[tokio::test]
    async fn a_file_that_a_stop_cuts_short_does_not_look_whole() {
        let app = app().await;
        let (search, _) = LoginSearch::read(&Fields::read(b""), app.store.now());
        let (slices, mut taken) = mpsc::channel(2);
        assert!(write(&app, &search, &slices).await.is_ok() && taken.recv().await.is_some_and(|head| head.is_ok()));
        app.stopping.send_replace(true);
        assert!(matches!(write(&app, &search, &slices).await, Err(Broken::Stopping)));
    }

    #[test]
    fn quotes_commas_and_formulas_are_escaped() {
        let line = PastSession {
            session_id: 7,
            user: "=cmd|'/c calc'!A1".into(),
            typed: "a,\"b\"\nc".into(),
            campaign_id: "+1".into(),
            state: SessionState::Ended,
            phone_login: "-1".into(),
            server_ip: "@x".into(),
            began: "2026-11-21 05:31:00".into(),
            ended: "2026-11-21 05:32:01".into(),
            end_reason: "hung_up".into(),
            trail: String::new(),
        };
        let text = rows(Some(COLUMNS), &[line], &DialerNames(std::collections::BTreeMap::new())).unwrap();
        let text = String::from_utf8(text).unwrap();
        let (head, rest) = text.split_once("\r\n").unwrap();
        assert_eq!(head, COLUMNS.join(","));
        let expected = "7,2026-11-21 05:31:00,2026-11-21 05:32:01,'=cmd|'/c calc'!A1,\"a,\"\"b\"\"\nc\",'-1,'@x,'@x,'+1,ended,hung_up,,61\r\n";
        assert_eq!(rest, expected);
    }
}
