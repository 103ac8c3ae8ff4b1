//! Request parameters, parsed as PHP parses them, since the API's clients were written for PHP: the query
//! overrides the form, the last of repeated keys wins, `.` and blank in a key become `_`, `key[]` is an
//! array, `+` is a blank, an invalid percent escape is left unchanged, and only `&` separates.

use std::borrow::Cow;

use fleet::field::{FieldId, Fields};
use percent_encoding::percent_decode;

/// Text of an array in PHP.
const ARRAY: &[u8] = b"Array";

/// The parameters of one request. Unknown keys are dropped.
#[derive(Debug)]
pub struct Params<'a> {
    values: [Option<Cow<'a, [u8]>>; FieldId::COUNT],
}

impl<'a> Params<'a> {
    /// Reads the query.
    #[must_use]
    pub fn from_query(query: &'a [u8]) -> Self {
        let mut params = Self { values: [const { None }; FieldId::COUNT] };
        for (key, value) in pairs(query) {
            params.set(&key, value);
        }
        params
    }

    /// Adds a form's pairs, for the keys that the query does not have.
    #[must_use]
    pub fn or_form(self, form: impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)>) -> Self {
        let mut params = Self { values: [const { None }; FieldId::COUNT] };
        for (key, value) in form {
            params.set(&key, value);
        }
        for (own, query) in params.values.iter_mut().zip(self.values) {
            if query.is_some() {
                *own = query;
            }
        }
        params
    }

    fn set(&mut self, key: &[u8], value: Cow<'a, [u8]>) {
        let (key, is_array) = plain_key(key);
        if let Some(field) = FieldId::from_key(&key) {
            self.values[field as usize] = Some(if is_array { Cow::Borrowed(ARRAY) } else { value });
        }
    }
}

impl Fields for Params<'_> {
    fn raw(&self, field: FieldId) -> &[u8] {
        self.values[field as usize].as_deref().unwrap_or_default()
    }

    fn is_sent(&self, field: FieldId) -> bool {
        self.values[field as usize].is_some()
    }
}

/// The pairs of a query or of an urlencoded form.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=');
        let (key, value) = equals.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
        (decode(key), decode(value))
    })
}

fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'+') {
        return percent_decode(text).into();
    }
    let blanks: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Cow::Owned(percent_decode(&blanks).collect())
}

/// The key without its array suffix, and whether it had one.
fn plain_key(key: &[u8]) -> (Cow<'_, [u8]>, bool) {
    let key = key.trim_ascii_start();
    let bracket = key.iter().position(|byte| *byte == b'[').filter(|at| *at > 0);
    let is_array = bracket.is_some_and(|at| key[at..].contains(&b']'));
    let key = bracket.filter(|_| is_array).map_or(key, |at| &key[..at]);
    if !key.iter().any(|byte| matches!(byte, b'.' | b' ' | b'[')) {
        return (Cow::Borrowed(key), is_array);
    }
    (key.iter().map(|byte| if matches!(byte, b'.' | b' ' | b'[') { b'_' } else { *byte }).collect(), is_array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(text: &str) -> Params<'_> {
        Params::from_query(text.as_bytes())
    }

    #[track_caller]
    fn assert_reads(text: &str, field: FieldId, value: &str) {
        assert_eq!(String::from_utf8_lossy(query(text).raw(field)), value, "{text}");
    }

    #[test]
    fn the_last_of_repeated_keys_wins() {
        assert_reads("alias_id=a&alias_id=b", FieldId::AliasId, "b");
    }

    #[test]
    fn the_query_wins_over_the_form_even_when_empty() {
        let params = query("alias_id=&user=q").or_form(pairs(b"alias_id=form&user=form&source=form"));
        assert_eq!(params.raw(FieldId::AliasId), b"");
        assert_eq!(params.raw(FieldId::UserName), b"q");
        assert_eq!(params.raw(FieldId::Source), b"form");
    }

    #[test]
    fn keys_are_case_sensitive_and_a_dot_or_blank_is_an_underscore() {
        assert!(!query("Alias_Id=x").is_sent(FieldId::AliasId));
        assert_reads("alias.id=x", FieldId::AliasId, "x");
        assert_reads("alias+id=x", FieldId::AliasId, "x");
        assert_reads("%61lias_id=x", FieldId::AliasId, "x");
    }

    #[test]
    fn the_text_of_an_array_is_array() {
        assert_reads("user[]=6666", FieldId::UserName, "Array");
        assert_reads("user[a][b]=6666", FieldId::UserName, "Array");
        assert_reads("user[]=6666&user=7", FieldId::UserName, "7");
        assert!(!query("user[=6666").is_sent(FieldId::UserName));
    }

    #[test]
    fn an_invalid_percent_escape_is_kept_and_plus_is_a_blank() {
        assert_reads("alias_name=a%ZZ%2+b%2B", FieldId::AliasName, "a%ZZ%2 b+");
    }

    #[test]
    fn only_an_ampersand_separates_and_empty_pairs_are_ignored() {
        assert_reads("&&user=1;pass=2&&", FieldId::UserName, "1;pass=2");
    }

    #[test]
    fn a_key_without_equals_is_sent_and_empty() {
        assert!(query("alias_name").is_sent(FieldId::AliasName));
        assert_reads("alias_name", FieldId::AliasName, "");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let params = Params::from_query(&text).or_form(pairs(&text));
            prop_assert!(params.raw(FieldId::AliasId).len() <= text.len().max(ARRAY.len()));
        }

        #[test]
        fn a_value_survives_encoding(value in proptest::collection::vec(any::<u8>(), 0..100)) {
            let encoded = percent_encoding::percent_encode(&value, percent_encoding::NON_ALPHANUMERIC).to_string();
            let text = format!("alias_name={encoded}");
            let params = Params::from_query(text.as_bytes());
            prop_assert_eq!(params.raw(FieldId::AliasName), &value[..]);
        }
    }
}
