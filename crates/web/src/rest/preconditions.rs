//! Preconditions of a request: `If-Match` and `If-None-Match` (RFC 9110, section 13).

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use fleet::rows::change::Condition;

/// Entity tags in a header; `*` stands for any.
fn tags(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// The condition in `If-Match`.
pub(super) fn if_match(headers: &HeaderMap) -> Condition {
    let tags = tags(headers, IF_MATCH);
    if tags.is_empty() { Condition::None } else { condition(tags.iter().map(String::as_str)) }
}

/// The condition that these entity tags express. A weak tag never matches a row.
pub(super) fn condition<'a>(tags: impl Iterator<Item = &'a str>) -> Condition {
    let tags: Vec<String> = tags.map(|tag| tag.trim_matches('"').to_owned()).collect();
    if tags.iter().any(|tag| tag == "*") { Condition::Exists } else { Condition::Is(tags) }
}

/// Whether `If-None-Match` names the current version.
pub(super) fn is_known(headers: &HeaderMap, current: &str) -> bool {
    let matches = |tag: &String| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"') == current;
    tags(headers, IF_NONE_MATCH).iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn if_match_lists_tags_or_accepts_any() {
        assert_eq!(if_match(&HeaderMap::new()), Condition::None);
        assert_eq!(if_match(&headers(IF_MATCH, "*")), Condition::Exists);
        assert_eq!(if_match(&headers(IF_MATCH, "\"a\", \"b\"")), Condition::Is(vec!["a".into(), "b".into()]));
        assert_eq!(
            if_match(&headers(IF_MATCH, "W/\"a\"")),
            Condition::Is(vec!["W/\"a".into()]),
            "a weak tag never matches a row"
        );
    }

    #[test]
    fn if_none_match_accepts_weak_tags() {
        assert!(is_known(&headers(IF_NONE_MATCH, "W/\"a\""), "a"));
        assert!(is_known(&headers(IF_NONE_MATCH, "\"b\", \"a\""), "a"));
        assert!(is_known(&headers(IF_NONE_MATCH, "*"), "a"));
        assert!(!is_known(&headers(IF_NONE_MATCH, "\"b\""), "a") && !is_known(&HeaderMap::new(), "a"));
    }
}
