//! Preconditions of a request (RFC 9110, section 13).

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use fleet::rows::change::Condition;

/// Tags that a header names; `*` among them stands for any.
fn tags(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// What `If-Match` says.
pub(super) fn if_match(headers: &HeaderMap) -> Condition {
    let tags = tags(headers, IF_MATCH);
    if tags.is_empty() { Condition::None } else { condition(tags.iter().map(String::as_str)) }
}

/// The state that these tags mean. One that is weak is never that of a row.
pub(super) fn condition<'a>(tags: impl Iterator<Item = &'a str>) -> Condition {
    let tags: Vec<String> = tags.map(|tag| tag.trim_matches('"').to_owned()).collect();
    if tags.iter().any(|tag| tag == "*") { Condition::Exists } else { Condition::Is(tags) }
}

/// Whether `If-None-Match` names what the client would get.
pub(super) fn is_known(headers: &HeaderMap, current: &str) -> bool {
    let is_it = |tag: &String| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"') == current;
    tags(headers, IF_NONE_MATCH).iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_condition_names_tags_or_any() {
        assert_eq!(if_match(&HeaderMap::new()), Condition::None);
        assert_eq!(if_match(&headers(IF_MATCH, "*")), Condition::Exists);
        assert_eq!(if_match(&headers(IF_MATCH, "\"a\", \"b\"")), Condition::Is(vec!["a".into(), "b".into()]));
        assert_eq!(if_match(&headers(IF_MATCH, "W/\"a\"")), Condition::Is(vec!["W/\"a".into()]), "never that of a row");
    }

    #[test]
    fn what_a_client_has_may_be_named_weakly() {
        assert!(is_known(&headers(IF_NONE_MATCH, "W/\"a\""), "a"));
        assert!(is_known(&headers(IF_NONE_MATCH, "\"b\", \"a\""), "a"));
        assert!(is_known(&headers(IF_NONE_MATCH, "*"), "a"));
        assert!(!is_known(&headers(IF_NONE_MATCH, "\"b\""), "a") && !is_known(&HeaderMap::new(), "a"));
    }
}
