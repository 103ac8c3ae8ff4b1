//! The page that asks once whether something is meant, with what it will do.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Frame, Here};
use super::session::AdminSession;
use crate::html;

/// A question and its button, which sends what is meant.
#[derive(Template)]
#[template(path = "admin/confirm.html")]
pub(super) struct Confirm {
    pub(super) frame: Frame,
    pub(super) question: String,
    pub(super) effects: Vec<String>,
    pub(super) problem: &'static str,
    pub(super) button: &'static str,
    /// Nobody loses anything by it.
    pub(super) is_harmless: bool,
    /// Where the form goes.
    pub(super) target: String,
    /// Where it can be left.
    pub(super) back: String,
    /// The fields that say what is meant.
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Confirm {
    /// A question in these words: what is asked, what will happen, and the button. The problem is why it is asked again.
    pub(super) fn of(
        (admin_session, here): (&AdminSession, Here),
        (question, effects, button): (String, Vec<String>, &'static str),
        problem: &'static str,
    ) -> Self {
        Self {
            frame: Frame::of(admin_session, here),
            question,
            effects,
            problem,
            button,
            is_harmless: false,
            target: String::new(),
            back: "/admin/".to_owned(),
            fields: Vec::new(),
        }
    }

    pub(super) fn show(&self) -> Response {
        html::page(if self.problem.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT }, self)
    }
}
