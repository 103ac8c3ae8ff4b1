//! What all pages have in common.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fleet::sessions::form_token;

use super::assets::address;
use super::visitor::Visitor;
use super::{login, wording};
use crate::trouble::Trouble;

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
    pub(super) links: Vec<Link>,
    pub(super) user: String,
    pub(super) role: &'static str,
    /// What the page's forms carry.
    pub(super) token: String,
    pub(super) style: String,
    pub(super) icon: String,
}

/// A link of the navigation.
pub(super) struct Link {
    pub(super) address: &'static str,
    pub(super) words: &'static str,
    pub(super) is_here: bool,
}

impl Frame {
    /// The frame of a page for this visitor.
    pub(super) fn of(visitor: &Visitor, here: Here) -> Self {
        let link = |(address, words, page)| Link { address, words, is_here: page == here };
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
            user: visitor.user.user.clone(),
            role: wording::role(visitor.role),
            token: form_token(&visitor.key),
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

/// A page as it is sent.
pub(super) fn show(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that says only this.
pub(super) fn message(visitor: &Visitor, status: StatusCode, words: &str) -> Response {
    let frame = Frame::of(visitor, Here::Elsewhere);
    show(status, &Message { frame, heading: wording::heading(status), words })
}

/// The system could not do it; the log says why.
pub(super) fn failed(trouble: &Trouble) -> Response {
    tracing::error!(error = %trouble, "a page of the panel could not be shown");
    login::refused(StatusCode::SERVICE_UNAVAILABLE, wording::FAILED)
}

/// There is nothing at this address.
pub(super) async fn unknown_address(visitor: Visitor, _: Request) -> Response {
    message(&visitor, StatusCode::NOT_FOUND, wording::NO_SUCH_PAGE)
}
