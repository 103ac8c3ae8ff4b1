//! Addresses and paging of lists.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// An address with these parameters, without the empty ones.
pub(super) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let sent = parameters.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> =
        sent.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Cuts the rows to one page; returns whether there are more.
pub(super) fn page<T>(mut rows: Vec<T>, size: usize) -> (Vec<T>, bool) {
    let has_more = rows.len() > size;
    rows.truncate(size);
    (rows, has_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_escapes_its_parameters() {
        assert_eq!(
            address("/admin/phones", &[("q", "a&b=c/../"), ("by", "")]),
            "/admin/phones?q=a%26b%3Dc%2F%2E%2E%2F"
        );
        assert_eq!(address("/admin/phones", &[("q", "")]), "/admin/phones");
    }

    #[test]
    fn one_extra_row_means_that_there_is_a_next_page() {
        assert_eq!((page(vec![1, 2, 3], 2), page(vec![1, 2], 2)), ((vec![1, 2], true), (vec![1, 2], false)));
    }
}
