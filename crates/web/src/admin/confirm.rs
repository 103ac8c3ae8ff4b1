//! Confirmation page: a question, the effects and a button.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Frame, Here};
use super::session::AdminSession;
use crate::html;

/// A question and the form behind its button.
#[derive(Template)]
#[template(path = "admin/confirm.html")]
pub(super) struct Confirm {
    pub(super) frame: Frame,
    pub(super) question: String,
    pub(super) effects: Vec<String>,
    pub(super) problem: &'static str,
    pub(super) button: &'static str,
    /// Whether the action harms nobody: then the button is not red.
    pub(super) is_harmless: bool,
    /// Target of the form.
    pub(super) target: String,
    /// Target of “Cancel”.
    pub(super) back: String,
    /// Hidden fields that identify the object.
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Confirm {
    /// Builds the page from the question, the effects and the label of the button. `problem` says why the question is repeated.
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
