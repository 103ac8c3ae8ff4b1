//! Paths of the addresses that VICIdial publishes, in the spellings that its web server accepts. Clients join a base address and a
//! path with two slashes, or escape characters that need no escape.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The addresses of the published interfaces.
const PUBLISHED: [&str; 3] = ["/vicidial/non_agent_api.php", "/agc/vicidial.php", "/agc/api.php"];

/// Replaces another spelling of a published address by the address itself: with empty segments, `.` segments, a slash at the end, or
/// percent-encoded unreserved characters. Every other path stays as it is.
pub(crate) fn normalize(uri: &mut Uri) {
    let Some(path) = published(uri.path()) else { return };
    let target = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let Ok(target) = PathAndQuery::try_from(target) else { return };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    if let Ok(normalized) = Uri::from_parts(parts) {
        *uri = normalized;
    }
}

/// The published address that this path spells differently.
fn published(path: &str) -> Option<&'static str> {
    if PUBLISHED.contains(&path) || !path.starts_with('/') {
        return None;
    }
    let decoded = decode_unreserved(path);
    let segments = decoded.split('/').filter(|segment| !matches!(*segment, "" | "."));
    PUBLISHED.into_iter().find(|published| segments.clone().eq(published.split('/').skip(1)))
}

/// The path with its percent-encoded unreserved characters (RFC 3986, 2.3) decoded.
fn decode_unreserved(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        if let Some(character) = code.filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')) {
            decoded.push(character);
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push('%');
            rest = after;
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_a_published_address_become_the_address() {
        for (target, normalized) in [
            ("//vicidial//non_agent_api.php?function=version", "/vicidial/non_agent_api.php?function=version"),
            ("/vicidial/./non_agent_api.php?a=//%5F", "/vicidial/non_agent_api.php?a=//%5F"),
            ("/vicidial/non_agent_api.php/", "/vicidial/non_agent_api.php"),
            ("/vicidial/non%5Fagent%5fapi%2Ephp", "/vicidial/non_agent_api.php"),
            ("/%2E//vicidial/non_agent_api.php/./", "/vicidial/non_agent_api.php"),
            ("/agc//vicidial.php?", "/agc/vicidial.php?"),
            ("//agc/api.php", "/agc/api.php"),
            ("http://hotdesk//agc/vicidial.php?x=1", "http://hotdesk/agc/vicidial.php?x=1"),
        ] {
            let mut uri: Uri = target.parse().unwrap();
            normalize(&mut uri);
            assert_eq!(uri.to_string(), normalized, "{target}");
        }
    }

    #[test]
    fn every_other_path_stays_as_it_is() {
        for target in [
            "/vicidial/non_agent_api.php?user=a",
            "/vicidial/../vicidial/non_agent_api.php",
            "/x/%2E%2E/vicidial/non_agent_api.php",
            "/vicidial%2Fnon_agent_api.php",
            "/vicidial/non%255Fagent_api.php",
            "/vicidial/Non_Agent_API.php",
            "/vicidial/non_agent_api.php/more",
            "/vicidial/non_agent_api%",
            "//api//v1/phones",
            "/admin/./phones",
            "*",
        ] {
            let mut uri: Uri = target.parse().unwrap();
            normalize(&mut uri);
            assert_eq!(uri.to_string(), target);
        }
    }
}
