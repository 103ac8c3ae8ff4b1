//! Parser of the `Authorization` header.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The user and the password of `Basic` (RFC 7617).
pub(crate) fn basic(headers: &HeaderMap) -> Option<(Vec<u8>, Vec<u8>)> {
    let decoded = BASE64_STANDARD.decode(of_scheme(headers, "basic")?).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some((decoded[..colon].to_vec(), decoded[colon + 1..].to_vec()))
}

/// The token of `Bearer` (RFC 6750).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    of_scheme(headers, "bearer")
}

fn of_scheme<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let (scheme, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(wanted).then_some(rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn a_password_may_contain_colons_and_the_scheme_is_case_insensitive() {
        assert_eq!(basic(&headers("bAsIc NjY2NjoxOjI=")), Some((b"6666".to_vec(), b"1:2".to_vec())));
        assert_eq!(bearer(&headers("bearer  abc ")), Some("abc"));
    }

    #[test]
    fn other_values_are_ignored() {
        for value in ["", "Basic", "Basic %%%", "Basic NjY2Ng==", "Bearer", "Digest NjY2NjoxOjI="] {
            assert_eq!((basic(&headers(value)), bearer(&headers(value))), (None, None), "{value}");
        }
    }
}
