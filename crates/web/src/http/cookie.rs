//! Session cookies of the panel and of the agent page.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// A cookie's name and scope. No script can read it, and it lasts until the browser closes.
pub(crate) struct SessionCookie {
    name: &'static str,
    path: &'static str,
    same_site: &'static str,
}

/// Cookie of the panel, with the key of an admin session. `Lax`: a link in a chat or an e-mail opens the
/// panel with it, but forms of other sites are sent without it.
pub(crate) const ADMIN_SESSION: SessionCookie =
    SessionCookie { name: "hotdesk_admin", path: "/admin", same_site: "Lax" };

/// Cookie of the agent page, with the id and the key of an agent session. Requests from other sites do not carry it.
pub(crate) const AGENT_SESSION: SessionCookie = SessionCookie { name: "hotdesk", path: "/agc", same_site: "Strict" };

impl SessionCookie {
    /// The value in a request; an empty value counts as none.
    pub(crate) fn value<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, value)| *name == self.name && !value.is_empty()).map(|(_, value)| value)
    }

    /// `Set-Cookie` with this value.
    pub(crate) fn set(&self, value: &str, is_https: bool) -> Option<HeaderValue> {
        let Self { name, path, same_site } = self;
        let secure = if is_https { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path={path}; HttpOnly; SameSite={same_site}{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// `Set-Cookie` that deletes the cookie.
    pub(crate) fn clear(&self, is_https: bool) -> Option<HeaderValue> {
        self.set("; Max-Age=0", is_https)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(cookie: &SessionCookie, cookies: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookies))]);
        cookie.value(&headers).map(str::to_owned)
    }

    #[test]
    fn a_cookie_reads_back_among_others_and_an_empty_one_is_none() {
        let set = ADMIN_SESSION.set("abc", true).unwrap();
        assert_eq!(set, "hotdesk_admin=abc; Path=/admin; HttpOnly; SameSite=Lax; Secure");
        assert!(set.is_sensitive());
        assert_eq!(value(&ADMIN_SESSION, "hotdesk=1.2; hotdesk_admin=abc; x=y"), Some("abc".into()));
        assert_eq!(value(&ADMIN_SESSION, "hotdesk_admin="), None);
        assert_eq!(value(&ADMIN_SESSION, "other=abc"), None);
    }

    #[test]
    fn each_cookie_has_its_own_scope_and_can_be_cleared() {
        assert_eq!(AGENT_SESSION.set("17.abc", false).unwrap(), "hotdesk=17.abc; Path=/agc; HttpOnly; SameSite=Strict");
        assert_eq!(value(&AGENT_SESSION, "hotdesk_admin=abc; hotdesk=17.abc"), Some("17.abc".into()));
        let cleared = ADMIN_SESSION.clear(false).unwrap();
        assert_eq!(cleared, "hotdesk_admin=; Max-Age=0; Path=/admin; HttpOnly; SameSite=Lax");
    }
}
