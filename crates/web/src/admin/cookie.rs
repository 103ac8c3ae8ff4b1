//! The cookie by which a browser shows the key of its visit.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

const NAME: &str = "hotdesk_admin";

/// The key that the browser shows, if it shows any.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == NAME && !value.is_empty()).map(|(_, value)| value)
}

/// The cookie for a key. No script reads it. `Lax`: a link from a chat or a mail leads into the panel, but no form elsewhere
/// does. It ends with the browser.
pub(super) fn of(key: &str, is_https: bool) -> Option<HeaderValue> {
    set(&format!("{NAME}={key}"), is_https)
}

/// Makes the browser forget it.
pub(super) fn forget(is_https: bool) -> Option<HeaderValue> {
    set(&format!("{NAME}=; Max-Age=0"), is_https)
}

fn set(begin: &str, is_https: bool) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let mut value = HeaderValue::try_from(format!("{begin}; Path=/admin; HttpOnly; SameSite=Lax{secure}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back_among_others_and_an_empty_one_is_none() {
        let set = of("abc", true).unwrap();
        assert_eq!(set, "hotdesk_admin=abc; Path=/admin; HttpOnly; SameSite=Lax; Secure");
        assert!(set.is_sensitive());
        let shown = |cookies: &'static str| {
            read(&HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookies))])).map(str::to_owned)
        };
        assert_eq!(shown("hotdesk=1.2; hotdesk_admin=abc; x=y"), Some("abc".into()));
        assert_eq!((shown("hotdesk_admin="), shown("other=abc")), (None, None));
    }
}
