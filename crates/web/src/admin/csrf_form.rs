//! Forms of the panel. A form is accepted only with the CSRF token of its admin session.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::sessions::is_form_token;

use super::session::AdminSession;
use super::{messages, page};
use crate::App;
use crate::http::fields::Fields;

/// Name of the field with the token.
const TOKEN: &str = "token";

/// A form with the valid token of its admin session.
pub(super) struct PostForm {
    pub(super) admin_session: AdminSession,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<App>> for PostForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let admin_session = AdminSession::from_request_parts(&mut parts, app).await?;
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let fields = Fields::read(&body.unwrap_or_default());
        if !is_form_token(fields.get(TOKEN), &admin_session.key) {
            tracing::info!(from = %admin_session.from, "form without a valid CSRF token refused");
            return Err(page::message(&admin_session, StatusCode::FORBIDDEN, messages::NO_TOKEN));
        }
        Ok(Self { admin_session, fields })
    }
}

/// A form with a valid token from an administrator.
pub(super) struct AdminForm {
    pub(super) by: AdminSession,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<App>> for AdminForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let PostForm { admin_session, fields } = PostForm::from_request(request, app).await?;
        if !admin_session.may_change() {
            return Err(page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK));
        }
        Ok(Self { by: admin_session, fields })
    }
}
