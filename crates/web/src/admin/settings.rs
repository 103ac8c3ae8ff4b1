//! `/admin/settings`: startup settings of this server, and the system settings in the database, which can be changed here.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::records::SystemSettings;
use fleet::system_settings::System;
use fleet::system_settings::{MAX_GROUPING_LIMIT, SaveSystemSettings, SystemSettingsOutcome, may_change};

use super::csrf_form::AdminForm;
use super::inputs::{Input, InputKind, Problems};
use super::messages;
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::app::MAX_WATCHERS;
use crate::effective_settings::{Origin, Setting};
use crate::http::fields::Fields;
use crate::http::stream_slots::SLOTS;
use crate::{App, html};

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct SettingsPage<'a> {
    frame: Frame,
    facts: Vec<(&'static str, String)>,
    settings: &'a [Setting],
    inputs: Vec<Input>,
    version: String,
    may_change: bool,
    may_look_at_webhooks: bool,
    problems: Option<String>,
    news: &'static str,
}

/// `GET`: all settings.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let system = match app.store.read(|tx| tx.system()).await {
        Ok(system) => system,
        Err(error) => return page::failed(&error.into()),
    };
    let news = if fields.is_ticked("saved") { messages::SYSTEM_SAVED } else { "" };
    page_of(&app, &admin_session, StatusCode::OK, &system.version(), inputs(&SettingsForm::of(&system)), ("", news))
}

/// `POST`: changes the system settings.
pub(super) async fn save(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let typed = SettingsForm::read(&fields);
    let version = fields.get("version").to_owned();
    let change = SaveSystemSettings { system: typed.system(), version: version.clone(), actor: by.actor() };
    let changed = match app.store.write(move |tx| change.execute(tx)).await {
        Ok(changed) => changed,
        Err(error) => return page::failed(&error.into()),
    };
    let mut inputs = inputs(&typed);
    let [_, ip_lists, list, limit] = &mut inputs;
    let (status, version, words) = match changed {
        SystemSettingsOutcome::Done => {
            return (StatusCode::SEE_OTHER, [(LOCATION, "/admin/settings?saved=1")]).into_response();
        }
        SystemSettingsOutcome::MayNot => {
            return page::message(&by, StatusCode::FORBIDDEN, messages::MAY_NOT_CHANGE_SYSTEM);
        }
        SystemSettingsOutcome::NoSuchList => {
            list.problem = Some(messages::NO_SUCH_LIST.to_owned());
            (StatusCode::UNPROCESSABLE_ENTITY, version, messages::NOT_SAVED)
        }
        SystemSettingsOutcome::NoSuchLimit => {
            limit.problem = Some(messages::no_such_limit(MAX_GROUPING_LIMIT));
            (StatusCode::UNPROCESSABLE_ENTITY, version, messages::NOT_SAVED)
        }
        SystemSettingsOutcome::LocksOwnAccountOut => {
            ip_lists.problem = Some(messages::shuts_out(by.from));
            (StatusCode::UNPROCESSABLE_ENTITY, version, messages::NOT_SAVED)
        }
        SystemSettingsOutcome::Outdated(now) => {
            for (input, theirs) in inputs.iter_mut().zip(SettingsForm::of(&now).values()) {
                input.theirs = (input.value != theirs).then(|| shown(input.name, theirs));
            }
            (StatusCode::CONFLICT, now.version(), messages::SYSTEM_OUTDATED)
        }
    };
    page_of(&app, &by, status, &version, inputs, (words, ""))
}

fn page_of(
    app: &App,
    admin_session: &AdminSession,
    status: StatusCode,
    version: &str,
    inputs: [Input; 4],
    (words, news): (&str, &'static str),
) -> Response {
    let problems = (!words.is_empty()).then(|| super::floor::written(&Problems::of(words, &inputs)));
    let page = SettingsPage {
        frame: Frame::of(admin_session, Here::Settings),
        facts: facts(app),
        settings: &app.settings.effective,
        inputs: inputs.into(),
        version: version.to_owned(),
        may_change: may_change(admin_session.user.user_level, Some(admin_session.role)),
        may_look_at_webhooks: admin_session.may_change(),
        problems,
        news,
    };
    html::page(status, &page)
}

/// Values of the form.
struct SettingsForm {
    use_non_latin: String,
    allow_ip_lists: String,
    system_ip_blacklist: String,
    pllb_grouping_limit: String,
}

impl SettingsForm {
    fn read(fields: &Fields) -> Self {
        let text = |name| fields.get(name).trim().to_owned();
        Self {
            use_non_latin: text("use_non_latin"),
            allow_ip_lists: text("allow_ip_lists"),
            system_ip_blacklist: text("system_ip_blacklist"),
            pllb_grouping_limit: text("pllb_grouping_limit"),
        }
    }

    fn of(system: &System) -> Self {
        let [use_non_latin, allow_ip_lists, system_ip_blacklist, pllb_grouping_limit] =
            system.columns().map(|(_, value)| value);
        Self { use_non_latin, allow_ip_lists, system_ip_blacklist, pllb_grouping_limit }
    }

    fn values(self) -> [String; 4] {
        [self.use_non_latin, self.allow_ip_lists, self.system_ip_blacklist, self.pllb_grouping_limit]
    }

    fn system(&self) -> System {
        let settings = SystemSettings {
            use_non_latin: self.use_non_latin == "1",
            allow_ip_lists: self.allow_ip_lists == "1",
            system_ip_blacklist: self.system_ip_blacklist.clone(),
            // This field is not in the form.
            hash_rule: None,
        };
        // A value that is not a number becomes 0, which means no limit.
        System { settings, pllb_grouping_limit: self.pllb_grouping_limit.parse().unwrap_or(0) }
    }
}

fn inputs(typed: &SettingsForm) -> [Input; 4] {
    let switch =
        || InputKind::Choice([("0", "Off"), ("1", "On")].map(|(sent, words)| (sent.into(), words.into())).into());
    [
        Input::new("use_non_latin", "Unicode names", switch(), typed.use_non_latin.clone())
            .hint("use_non_latin: names may contain any Unicode letters and are compared without regard to case."),
        Input::new("allow_ip_lists", "IP lists", switch(), typed.allow_ip_lists.clone())
            .hint("allow_ip_lists: accounts may log in only from addresses on their group’s list, and never from a blocked address."),
        Input::line("system_ip_blacklist", "List of blocked addresses", typed.system_ip_blacklist.clone())
            .hint("system_ip_blacklist: name of an IP list, or empty for none. Applies only while IP lists are on."),
        Input::line("pllb_grouping_limit", "Grouped agents per dialer", typed.pllb_grouping_limit.clone())
            .hint("pllb_grouping_limit: a dialer with this many agents gets no more just because their campaign is there (CASCADING).")
            .required(),
    ]
}

/// A value as shown.
fn shown(name: &str, value: String) -> String {
    match (name, &*value) {
        ("use_non_latin" | "allow_ip_lists", "0") => "Off".to_owned(),
        ("use_non_latin" | "allow_ip_lists", "1") => "On".to_owned(),
        (_, "") => "empty".to_owned(),
        _ => value,
    }
}

/// Facts about the running server.
fn facts(app: &App) -> Vec<(&'static str, String)> {
    let up = app.store.now().unix() - app.started.unix();
    vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Running since", format!("{} UTC ({})", app.started.stamp(), messages::duration(up))),
        ("Database", app.store.location().to_string()),
        ("Database size", app.store.files().map_or_else(|| messages::SIZE_IS_THE_SERVERS.to_owned(), messages::size)),
        ("Schema version", app.store.version().to_string()),
        ("Queued writes", format!("{} of at most {}", app.store.waiting(), store::QUEUE)),
        (
            "Live floor viewers",
            format!("{} of at most {MAX_WATCHERS}", MAX_WATCHERS - app.watcher_slots.available_permits()),
        ),
        ("Live agent pages", format!("{} of at most {SLOTS}", app.agent_page_slots.taken())),
    ]
}

/// Origin of a setting.
fn origin(setting: &Setting) -> String {
    match setting.origin {
        Origin::Default => "default".to_owned(),
        Origin::File => "file".to_owned(),
        Origin::Environment => setting.variable.clone(),
        Origin::Flag => setting.flag.clone(),
    }
}
