//! What all pages have in common.

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

/// The pages that the navigation leads to.
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

/// What stands around every page.
pub(super) struct Frame {
    pub(super) links: Vec<NavLink>,
    pub(super) user: String,
    pub(super) role: &'static str,
    /// What the page's forms carry.
    pub(super) token: String,
    pub(super) style: String,
    pub(super) icon: String,
}

/// A link of the navigation.
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
            ("/admin/lines", "Lines", Here::Lines),
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

    /// The frame of a page for nobody in particular.
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

/// A page that says only this.
pub(super) fn message(admin_session: &AdminSession, status: StatusCode, words: &str) -> Response {
    let frame = Frame::of(admin_session, Here::Elsewhere);
    html::page(status, &Message { frame, heading: messages::heading(status), words })
}

/// The system could not do it; the log says why.
pub(super) fn failed(error: &Error) -> Response {
    tracing::error!(%error, "a page of the panel could not be shown");
    login::refused(StatusCode::SERVICE_UNAVAILABLE, messages::FAILED)
}

/// A file could not be written.
pub(super) fn not_written(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "a file of the panel could not be written");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// There is nothing at this address.
pub(super) async fn unknown_address(admin_session: AdminSession, _: Request) -> Response {
    message(&admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE)
}
