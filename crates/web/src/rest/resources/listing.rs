//! Queries and pages of lists.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fleet::rows::list::{Filter, Order, RowQuery};
use fleet::rows::shown;
use fleet::schema::{Object, Row, Table, Value};
use fleet::text::Alphabet;

use super::super::list_query::{ListQuery, PAGE};
use super::super::messages::{self, resources as words};
use super::row_path::collection;
use crate::http::problem::Problem;

/// Name of the sort parameter.
pub(super) const SORT: &str = "sort";

/// Reads the query of a list.
pub(super) fn read(
    section: Table,
    query: Option<String>,
    alphabet: Alphabet,
) -> Result<(ListQuery, RowQuery), Problem> {
    let query = ListQuery::known(query, &known(section))?;
    let at_most = query.limit()?;
    let sort = query.find(SORT).map(|word| Order::parse(section, word).ok_or_else(|| words::no_order(section)));
    let sort = sort.transpose()?;
    let filters = query.fields().filter_map(|(name, value)| section.column(name).map(|key| (key, value)));
    let filters = filters.map(|(key, value)| Filter::read(key, value, alphabet));
    let filters = filters.collect::<Result<Vec<_>, _>>().map_err(|what| words::mistakes(vec![what]))?;
    let best = sort.or_else(|| Order::best(section, &filters)).ok_or_else(messages::no_such_path)?;
    let fits = |(order, _): &(Order, _)| sort.is_none_or(|sort| sort == *order);
    let place = query.cursor(|cursor| read_cursor(section, cursor).filter(fits))?;
    let (order, after) = place.unwrap_or_else(|| (best, Vec::new()));
    Ok((query, RowQuery { table: section, order, filters, after, at_most }))
}

fn known(section: Table) -> Vec<&'static str> {
    let keys = section.columns().iter().filter(|key| !key.secret).map(|key| key.name);
    PAGE.into_iter().chain([SORT]).chain(keys).collect()
}

/// Cursor of the page after this position.
pub(super) fn cursor(section: Table, order: Order, place: &[String]) -> String {
    let text = serde_json::to_string(&(order.word(section), place)).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// Example of a cursor, for the OpenAPI document.
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

/// Body of a page.
pub(super) fn page(section: Table, rows: &[Row], next: Option<&str>) -> Object {
    let rows = rows.iter().map(|row| Value::Object(shown(row))).collect();
    let mut page = Object(vec![(collection(section).to_owned(), Value::List(rows))]);
    page.0.extend(next.map(|next| ("next".to_owned(), Value::Text(next.to_owned()))));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str) -> Option<RowQuery> {
        read(Table::Phone, Some(query.to_owned()), Alphabet::Latin).ok().map(|(_, wanted)| wanted)
    }

    #[test]
    fn a_list_without_a_sort_order_uses_the_most_selective_index() {
        let word = |query| wanted(query).unwrap().order.word(Table::Phone);
        assert_eq!(word(""), "extension");
        assert_eq!(word("server_ip=10.0.9.8&extension=1*"), "server_ip");
        assert_eq!(word("phone_login=cc*&active=true"), "phone_login");
        assert_eq!(word("sort=-phone_login&server_ip=10.0.9.8"), "-phone_login");
    }

    #[test]
    fn a_cursor_of_another_list_or_sort_order_is_refused() {
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
    fn invalid_parameters_are_refused() {
        for query in ["limit=0", "limit=1001", "limit=x", "sort=email", "phone_pass=a", "nothing=1", "active=perhaps"] {
            assert!(wanted(query).is_none(), "{query}");
        }
    }
}
