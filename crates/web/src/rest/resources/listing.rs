//! What a list is asked for, and its pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fleet::rows::list::{Filter, Order, RowQuery};
use fleet::rows::shown;
use fleet::schema::{Object, Row, Table, Value};
use fleet::text::Alphabet;

use super::super::list_query::{LIMIT, LIMIT_AT_MOST};
use super::super::messages::{self, resources as words};
use super::row_path::collection;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// What is asked for beyond keys.
const OWN: [&str; 3] = ["limit", "cursor", "sort"];

/// Reads the query of a list.
pub(super) fn read(section: Table, query: &str, alphabet: Alphabet) -> Result<RowQuery, Problem> {
    let (mut limit, mut cursor, mut sort) = (LIMIT, None, None);
    let mut filters = Vec::new();
    for (name, value) in Fields::read(query.as_bytes()).iter() {
        match name {
            "limit" => {
                let number = value.parse().ok().filter(|number| (1..=LIMIT_AT_MOST).contains(number));
                limit = number.ok_or_else(|| messages::no_limit(LIMIT_AT_MOST))?;
            }
            "cursor" => cursor = Some(value.to_owned()),
            "sort" => sort = Some(Order::parse(section, value).ok_or_else(|| words::no_order(section))?),
            name => {
                let key = section.column(name).filter(|key| key.name == name && !key.secret);
                let Some(key) = key else { return Err(messages::unknown_field(name, &known(section))) };
                filters.push(Filter::read(key, value, alphabet).map_err(|what| words::mistakes(vec![what]))?);
            }
        }
    }
    let best = sort.or_else(|| Order::best(section, &filters)).ok_or_else(messages::no_such_address)?;
    let (order, after) = match cursor {
        None => (best, Vec::new()),
        Some(cursor) => {
            let read = read_cursor(section, &cursor).filter(|(order, _)| sort.is_none_or(|sort| sort == *order));
            read.ok_or_else(messages::no_cursor)?
        }
    };
    Ok(RowQuery { section, order, filters, after, at_most: limit })
}

fn known(section: Table) -> Vec<&'static str> {
    let keys = section.columns().iter().filter(|key| !key.secret).map(|key| key.name);
    OWN.into_iter().chain(keys).collect()
}

/// Stands for the place behind which the next page begins.
pub(super) fn cursor(section: Table, order: Order, place: &[String]) -> String {
    let text = serde_json::to_string(&(order.word(section), place)).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// A cursor of a section, for the document.
pub(super) fn example(section: Table) -> String {
    let order = Order::best(section, &[]);
    order.map(|order| cursor(section, order, &vec!["100".to_owned(); order.width()])).unwrap_or_default()
}

fn read_cursor(section: Table, cursor: &str) -> Option<(Order, Vec<String>)> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (word, place): (String, Vec<String>) = serde_json::from_slice(&text).ok()?;
    let order = Order::parse(section, &word)?;
    (order.width() == place.len()).then_some((order, place))
}

/// A page, as it is answered.
pub(super) fn page(section: Table, rows: &[Row], next: Option<&str>) -> Object {
    let rows = rows.iter().map(|row| Value::Object(shown(row))).collect();
    let mut page = Object(vec![(collection(section).to_owned(), Value::List(rows))]);
    page.0.extend(next.map(|next| ("next".to_owned(), Value::Text(next.to_owned()))));
    page
}

/// The header that leads to the next page.
pub(super) fn link(section: Table, query: &str, next: &str) -> String {
    let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let pairs: Vec<String> = others.map(str::to_owned).chain([format!("cursor={next}")]).collect();
    format!("</api/v1/{}?{}>; rel=\"next\"", collection(section), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str) -> Option<RowQuery> {
        read(Table::Phone, query, Alphabet::Latin).ok()
    }

    #[test]
    fn a_list_goes_by_the_index_that_finds_best_unless_an_order_is_asked_for() {
        let word = |query| wanted(query).unwrap().order.word(Table::Phone);
        assert_eq!(word(""), "extension");
        assert_eq!(word("server_ip=10.0.9.8&extension=1*"), "server_ip");
        assert_eq!(word("phone_login=cc*&active=true"), "phone_login");
        assert_eq!(word("sort=-phone_login&server_ip=10.0.9.8"), "-phone_login");
    }

    #[test]
    fn a_cursor_is_one_of_the_same_list() {
        let order = Order::parse(Table::Phone, "-phone_login").unwrap();
        let place = ["cc100".to_owned(), "cc100".to_owned(), "10.0.9.8".to_owned()];
        let sent = cursor(Table::Phone, order, &place);
        assert_eq!(wanted(&format!("cursor={sent}")).unwrap().after, place);
        assert!(wanted(&format!("cursor={sent}&sort=extension")).is_none());
        assert!(wanted("cursor=nonsense").is_none());
        let short = cursor(Table::Phone, order, &place[..1]);
        assert!(wanted(&format!("cursor={short}")).is_none());
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        for query in ["limit=0", "limit=1001", "limit=x", "sort=email", "phone_pass=a", "nothing=1", "active=perhaps"] {
            assert!(wanted(query).is_none(), "{query}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_as_this_one_was() {
        let link = link(Table::Phone, "limit=2&cursor=old&active=true", "new");
        assert_eq!(link, "</api/v1/phones?limit=2&active=true&cursor=new>; rel=\"next\"");
    }
}
