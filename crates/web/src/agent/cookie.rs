//! The cookie by which an agent's browser shows its session: the session's number and key.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

const NAME: &str = "hotdesk";

/// What a browser showed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) session_id: i64,
    pub(super) key: String,
}

/// The session that the browser shows, if it shows any.
pub(super) fn read(headers: &HeaderMap) -> Option<Shown> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
    let (session_id, key) = value.split_once('.')?;
    Some(Shown { session_id: session_id.parse().ok()?, key: key.to_owned() })
}

/// The cookie for a session. No script reads it, no other site's page sends it, and it ends with the browser.
pub(super) fn of(session_id: i64, key: &str, is_https: bool) -> Option<HeaderValue> {
    set(&format!("{NAME}={session_id}.{key}"), is_https)
}

/// Makes the browser forget it.
pub(super) fn forget(is_https: bool) -> Option<HeaderValue> {
    set(&format!("{NAME}=; Max-Age=0"), is_https)
}

fn set(begin: &str, is_https: bool) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let mut value = HeaderValue::try_from(format!("{begin}; Path=/agc; HttpOnly; SameSite=Strict{secure}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cookies: &'static str) -> Option<(i64, String)> {
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookies))]);
        read(&headers).map(|shown| (shown.session_id, shown.key))
    }

    #[test]
    fn a_cookie_reads_back_among_others() {
        let set = of(17, "abc", true).unwrap();
        assert_eq!(set, "hotdesk=17.abc; Path=/agc; HttpOnly; SameSite=Strict; Secure");
        assert!(set.is_sensitive());
        assert_eq!(shown("theme=dark; hotdesk=17.abc; x=y"), Some((17, "abc".into())));
    }

    #[test]
    fn what_is_no_session_shows_none() {
        for cookies in ["", "hotdesk=", "hotdesk=17", "hotdesk=x.abc", "other=17.abc"] {
            assert_eq!(shown(cookies), None, "{cookies}");
        }
    }
}
