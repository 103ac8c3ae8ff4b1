//! Request in the API log, with secrets redacted.

use fleet::field::{FieldId, Fields};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::http::params::Params;

/// Replacement for a secret.
const SECRET: &str = "***";

/// Maximum number of stored bytes.
const AT_MOST: usize = 2000;

/// Characters that are escaped; the rest stays readable.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b',').remove(b'@').remove(b':');

/// The fields of the request as a query, without those that have their own column in the log.
pub(crate) fn request(params: &Params<'_>) -> String {
    let has_column = |field: &FieldId| {
        matches!(field, FieldId::Function | FieldId::UserName | FieldId::FilteredPass | FieldId::Source)
    };
    let mut query = String::new();
    for field in FieldId::OF_API.iter().filter(|field| params.is_sent(**field) && !has_column(field)) {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(field.key());
        query.push('=');
        if field.is_secret() {
            query.push_str(SECRET);
        } else {
            query.extend(percent_encode(params.raw(*field), ENCODED));
        }
        if query.len() > AT_MOST {
            query.truncate(AT_MOST);
            break;
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(query: &str) -> String {
        request(&Params::from_query(query.as_bytes()))
    }

    #[test]
    fn the_request_is_logged_without_secrets_and_without_fields_that_have_a_column() {
        let sent = "function=add_phone&user=6666&pass=Own1&source=test&phone_pass=Phone2&registration_password=Reg3\
                    &extension=cc+100&email=a%40b.com&nothing=Known4&active=";
        assert_eq!(kept(sent), "extension=cc%20100&phone_pass=***&registration_password=***&email=a@b.com&active=");
    }

    #[test]
    fn an_agents_password_is_not_logged_and_a_long_request_is_cut() {
        assert_eq!(kept("VD_pass=x&pp=y&VD_login=z"), "");
        assert_eq!(kept(&format!("alias_id={}", "%00".repeat(5000))).len(), AT_MOST);
    }
}
