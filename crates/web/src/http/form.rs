//! Forms in request bodies.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};

use crate::http::params;

/// Maximum size of a form, in bytes.
pub const FORM_SIZE: usize = 256 * 1024;

/// A form could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Longer than [`FORM_SIZE`].
    #[error("the form is too long")]
    TooLong,
    /// The form did not arrive in time.
    #[error("the form did not arrive in time")]
    TooSlow,
    /// The connection broke, or the multipart form is malformed.
    #[error("the form is broken")]
    Broken,
}

/// A form that has arrived.
#[derive(Debug)]
pub enum Form {
    /// `application/x-www-form-urlencoded`; empty if there is no form.
    UrlEncoded(Bytes),
    /// `multipart/form-data`.
    Multipart(Vec<(String, Bytes)>),
}

impl Form {
    /// The names and values of the fields.
    pub fn pairs(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        let (text, parts): (&[u8], &[(String, Bytes)]) = match self {
            Self::UrlEncoded(text) => (text, &[]),
            Self::Multipart(parts) => (&[], parts),
        };
        let parts = parts.iter().map(|(name, value)| (Cow::Borrowed(name.as_bytes()), Cow::Borrowed(&value[..])));
        params::pairs(text).chain(parts)
    }
}

/// Reads a whole body of at most `at_most` bytes.
pub(crate) async fn collect(body: Body, within: Duration, at_most: usize) -> Result<Bytes, FormError> {
    if hyper::body::Body::is_end_stream(&body) {
        return Ok(Bytes::new());
    }
    let whole = tokio::time::timeout(within, Limited::new(body, at_most).collect());
    let whole = whole.await.map_err(|_| FormError::TooSlow)?.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() { FormError::TooLong } else { FormError::Broken }
    })?;
    Ok(whole.to_bytes())
}

/// Reads a body, and the form in it if the request is a POST. A body of another content type is ignored, as
/// in VICIdial.
pub async fn read(
    method: &Method,
    headers: &HeaderMap,
    body: Body,
    within: Duration,
) -> Result<(Bytes, Form), FormError> {
    let text = collect(body, within, FORM_SIZE).await?;
    let form = form_in(method, headers, text.clone()).await?;
    Ok((text, form))
}

async fn form_in(method: &Method, headers: &HeaderMap, text: Bytes) -> Result<Form, FormError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if *method == Method::POST && essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(Form::UrlEncoded(text));
    }
    if *method == Method::POST && essence.eq_ignore_ascii_case("multipart/form-data") && !text.is_empty() {
        return read_parts(kind, text).await.map_err(|_| FormError::Broken);
    }
    Ok(Form::UrlEncoded(Bytes::new()))
}

/// The fields of a multipart form, without files.
async fn read_parts(kind: &str, text: Bytes) -> Result<Form, multer::Error> {
    let boundary = multer::parse_boundary(kind)?;
    let mut multipart = multer::Multipart::new(Full::new(text).into_data_stream(), boundary);
    let mut parts = Vec::new();
    while let Some(field) = multipart.next_field().await? {
        if let (Some(name), None) = (field.name().map(str::to_owned), field.file_name()) {
            parts.push((name, field.bytes().await?));
        }
    }
    Ok(Form::Multipart(parts))
}
