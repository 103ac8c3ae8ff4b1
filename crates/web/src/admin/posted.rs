//! Forms that somebody sent: none is read without the token that the visit's own pages carry.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::sessions::is_form_token;

use super::visitor::Visitor;
use super::{page, wording};
use crate::{App, params};

/// The field with the token.
const TOKEN: &str = "token";

/// A form's fields.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(super) fn read(text: &[u8]) -> Self {
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self(params::pairs(text).map(|(name, value)| (text_of(&name), text_of(&value))).collect())
    }

    /// The first value of this name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All values of this name.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

/// A form of one of the visit's own pages.
pub(super) struct Posted {
    pub(super) visitor: Visitor,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let fields = Fields::read(&body.unwrap_or_default());
        if !is_form_token(fields.get(TOKEN), &visitor.key) {
            tracing::info!(from = %visitor.from, "a form without its token was refused");
            return Err(page::message(&visitor, StatusCode::FORBIDDEN, wording::NO_TOKEN));
        }
        Ok(Self { visitor, fields })
    }
}

/// The same, by an administrator.
pub(super) struct Ordered {
    pub(super) by: Visitor,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<App>> for Ordered {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let Posted { visitor, fields } = Posted::from_request(request, app).await?;
        if !visitor.may_change() {
            return Err(page::message(&visitor, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK));
        }
        Ok(Self { by: visitor, fields })
    }
}
