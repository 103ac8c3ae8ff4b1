//! Scheduling and cancelling drains.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::Timestamp;
use fleet::dialers::planned_drains;
use fleet::dialers::planned_drains::{Cancelled, Drain, Planned};

use super::csrf_form::AdminForm;
use super::dialer::{DialerPageState, page_of};
use super::{lists, messages, page};
use crate::App;

/// Date and time as a browser sends them: `2026-11-21T18:00`, with or without seconds, in UTC.
fn read(typed: &str) -> Option<Timestamp> {
    let stamp = typed.trim().replace('T', " ");
    match stamp.len() {
        16 => Timestamp::from_stamp(&(stamp + ":00")),
        19 => Timestamp::from_stamp(&stamp),
        _ => None,
    }
}

/// `POST`: schedules a drain.
pub(super) async fn plan(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let server_ip = fields.get("server_ip").to_owned();
    let typed = ["from", "until"].map(|name| fields.get(name).trim().to_owned());
    let refused = |server_ip: String, (at, words): (&'static str, String)| {
        let asked =
            DialerPageState { server_ip, times: Some((typed.clone(), at, words)), ..DialerPageState::default() };
        page_of(&app, &by, asked)
    };
    let no_time = |at| (at, messages::dialers::NO_TIME.to_owned());
    let Some(from) = read(&typed[0]) else { return refused(server_ip, no_time("from")).await };
    let until = read(&typed[1]);
    if until.is_none() && !typed[1].is_empty() {
        return refused(server_ip, no_time("until")).await;
    }
    let drain = Drain { server_ip: server_ip.clone(), from, until, by: by.actor() };
    match app.store.write(move |tx| drain.plan(tx)).await {
        Ok(Planned::Done) => back(&app, &server_ip, "planned").await,
        Ok(Planned::MayNot) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Ok(Planned::NoSuchDialer) => page::message(&by, StatusCode::NOT_FOUND, messages::NO_SUCH_DIALER),
        Ok(Planned::IsOver) => refused(server_ip, ("from", messages::dialers::IS_OVER.to_owned())).await,
        Ok(Planned::EndsTooSoon) => refused(server_ip, ("until", messages::dialers::ENDS_TOO_SOON.to_owned())).await,
        Ok(Planned::TooMany) => refused(server_ip, ("from", messages::dialers::too_many_plans())).await,
        Err(error) => page::failed(&error.into()),
    }
}

/// `POST`: cancels a scheduled drain.
pub(super) async fn cancel(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let actor = by.actor();
    let Ok(plan_id) = fields.get("plan_id").parse() else {
        return page::message(&by, StatusCode::NOT_FOUND, messages::dialers::NO_SUCH_PLAN);
    };
    match app.store.write(move |tx| planned_drains::cancel(tx, plan_id, &actor)).await {
        Ok(Cancelled::Done(server_ip)) => back(&app, &server_ip, "cancelled").await,
        Ok(Cancelled::MayNot) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Ok(Cancelled::NotOpen) => page::message(&by, StatusCode::NOT_FOUND, messages::dialers::NO_SUCH_PLAN),
        Err(error) => page::failed(&error.into()),
    }
}

/// Redirects to the dialer, after the floor has loaded the change.
async fn back(app: &Arc<App>, server_ip: &str, done: &str) -> Response {
    app.floor.refresh_dialers().await;
    let target = lists::address("/admin/dialer", &[("server_ip", server_ip), ("done", done)]);
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_accepted_in_the_formats_of_browsers_and_people_only() {
        let six = Timestamp::from_stamp("2026-11-21 18:00:00");
        for typed in ["2026-11-21T18:00", "2026-11-21T18:00:00", " 2026-11-21 18:00 "] {
            assert_eq!(read(typed), six, "{typed}");
        }
        for typed in ["", "18:00", "tomorrow", "2026-11-21", "2026-13-21T18:00"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
