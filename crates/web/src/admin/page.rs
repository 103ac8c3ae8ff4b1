//! Common parts of all pages of the panel.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fleet::sessions::form_token;

use super::session::AdminSession;
use super::{login, messages};
use crate::assets::address;
use crate::error::Error;
use crate::html;

/// Pages in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Floor,
    Phones,
    Aliases,
    Lines,
    Logins,
    Dialers,
    Users,
    Logs,
    Settings,
    Elsewhere,
}

/// Frame of every page: navigation, user and role.
pub(super) struct Frame {
    pub(super) links: Vec<NavLink>,
    pub(super) user: String,
    pub(super) role: &'static str,
    /// CSRF token for the forms of the page.
    pub(super) token: String,
    pub(super) style: String,
    pub(super) icon: String,
}

/// A link in the navigation.
pub(super) struct NavLink {
    pub(super) address: &'static str,
    pub(super) words: &'static str,
    pub(super) is_here: bool,
}

impl Frame {
    /// The frame of a page for this admin session.
    pub(super) fn of(admin_session: &AdminSession, here: Here) -> Self {
        let link = |(address, words, page)| NavLink { address, words, is_here: page == here };
        let pages = [
            ("/admin/", "Floor", Here::Floor),
            ("/admin/phones", "Phones", Here::Phones),
            ("/admin/aliases", "Aliases", Here::Aliases),
            ("/admin/lines", "Registrations", Here::Lines),
            ("/admin/logins", "Logins", Here::Logins),
            ("/admin/dialers", "Dialers", Here::Dialers),
            ("/admin/users", "Users", Here::Users),
            ("/admin/logs", "Logs", Here::Logs),
            ("/admin/settings", "Settings", Here::Settings),
        ];
        Self {
            links: pages.into_iter().map(link).collect(),
            user: admin_session.user.user.clone(),
            role: messages::role(admin_session.role),
            token: form_token(&admin_session.key),
            ..Self::bare()
        }
    }

    /// The frame of a page without an admin session.
    pub(super) fn bare() -> Self {
        Self {
            links: Vec::new(),
            user: String::new(),
            role: "",
            token: String::new(),
            style: address("panel.css"),
            icon: address("icon.svg"),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/message.html")]
struct Message<'a> {
    frame: Frame,
    heading: &'a str,
    words: &'a str,
}

/// A page that shows only a message.
pub(super) fn message(admin_session: &AdminSession, status: StatusCode, words: &str) -> Response {
    let frame = Frame::of(admin_session, Here::Elsewhere);
    html::page(status, &Message { frame, heading: messages::heading(status), words })
}

/// Response to an internal error, which goes to the log.
pub(super) fn failed(error: &Error) -> Response {
    tracing::error!(%error, "a page of the panel failed");
    login::refused(StatusCode::SERVICE_UNAVAILABLE, messages::FAILED)
}

/// Response to an internal error in a download, which goes to the log.
pub(super) fn not_written(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "a download of the panel failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Response for an unknown address.
pub(super) async fn unknown_address(admin_session: AdminSession, _: Request) -> Response {
    message(&admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE)
}
