//! Rows by the page. A page begins behind the last row that the one before looked at, and is found by an index; what no index
//! finds is looked for among a bounded number of rows.

use crate::authorization::Visibility;
use crate::name;
use crate::records::User;
use crate::rows::Page;
use crate::schema::ValueType;
use crate::schema::{Column, Invalid, Row, Table, Value};
use crate::text::Alphabet;
use crate::{FleetTx, TxError};

/// How many rows a page looks at.
pub const LOOKS_AT: u32 = 5_000;

/// How many rows are looked at together where not all of them are wanted.
const TOGETHER: u32 = 500;

/// The columns that an order goes by, each with an index that has them in this order.
const PHONES: [&[&str]; 3] =
    [&["extension", "server_ip"], &["server_ip", "extension"], &["login", "extension", "server_ip"]];
const ALIASES: [&[&str]; 1] = [&["alias_id"]];
const TEMPLATES: [&[&str]; 1] = [&["template_id"]];
const USERS: [&[&str]; 1] = [&["user"]];
const DIALERS: [&[&str]; 1] = [&["server_ip"]];
const USER_GROUPS: [&[&str]; 1] = [&["user_group"]];
const CAMPAIGNS: [&[&str]; 1] = [&["campaign_id"]];
const IP_LISTS: [&[&str]; 1] = [&["ip_list_id"]];

fn orders(section: Table) -> &'static [&'static [&'static str]] {
    match section {
        Table::Phone => &PHONES,
        Table::Alias => &ALIASES,
        Table::Template => &TEMPLATES,
        Table::User => &USERS,
        Table::Dialer => &DIALERS,
        Table::UserGroup => &USER_GROUPS,
        Table::Campaign => &CAMPAIGNS,
        Table::IpList => &IP_LISTS,
        Table::Weight | Table::Settings => &[],
    }
}

/// In which order rows are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    columns: &'static [&'static str],
    descending: bool,
}

impl Order {
    /// The order of this word: a key, with `-` in front for the last ones first.
    #[must_use]
    pub fn parse(section: Table, word: &str) -> Option<Self> {
        let (name, descending) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
        let column = section.column(name).filter(|key| key.name == name)?.sql;
        let columns = orders(section).iter().find(|columns| columns.first() == Some(&column))?;
        Some(Self { columns, descending })
    }

    /// Its word.
    #[must_use]
    pub fn word(self, section: Table) -> String {
        let key = self.columns.first().and_then(|column| section.column(column));
        format!("{}{}", if self.descending { "-" } else { "" }, key.map_or("", |key| key.name))
    }

    /// The words that there are, without `-`.
    pub fn words(section: Table) -> impl Iterator<Item = &'static str> {
        orders(section).iter().filter_map(move |columns| Some(section.column(columns.first()?)?.name))
    }

    /// The order in which an index finds best what is wanted.
    #[must_use]
    pub fn best(section: Table, filters: &[Filter]) -> Option<Self> {
        let narrows = |columns: &&&'static [&'static str], exact: bool| {
            filters.iter().any(|filter| columns.first() == Some(&filter.key.sql) && filter.begins != exact)
        };
        let all = orders(section);
        let exact = all.iter().find(|columns| narrows(columns, true));
        let best = exact.or_else(|| all.iter().find(|columns| narrows(columns, false))).or_else(|| all.first());
        best.map(|columns| Self { columns, descending: false })
    }

    fn place(self, row: &Row) -> Vec<String> {
        self.columns.iter().map(|column| row.text(column).to_owned()).collect()
    }

    /// How many columns it goes by.
    #[must_use]
    pub fn width(self) -> usize {
        self.columns.len()
    }
}

/// What a key has to be.
#[derive(Debug, Clone)]
pub struct Filter {
    key: &'static Column,
    value: String,
    begins: bool,
}

impl Filter {
    /// Reads what was sent for a key: a value, or for a text what it begins with and `*`.
    ///
    /// # Errors
    /// [`Invalid`] is wrong with it.
    pub fn read(key: &'static Column, sent: &str, alphabet: Alphabet) -> Result<Self, Invalid> {
        let value = match key.value_type {
            ValueType::Switch { .. } | ValueType::Choice(_) | ValueType::Number { .. } | ValueType::TimeZone => {
                let raw = match (key.value_type, sent) {
                    (ValueType::Switch { .. }, "true") => Some(Value::Flag(true)),
                    (ValueType::Switch { .. }, "false") => Some(Value::Flag(false)),
                    (ValueType::Number { .. }, text) => number(text).map(Value::Number),
                    _ => None,
                };
                let raw = raw.unwrap_or_else(|| Value::Text(sent.to_owned()));
                key.value_type.only_as_shown(key.name, &raw)?;
                key.value_type.read(key.name, &raw, alphabet)?
            }
            _ => match sent.strip_suffix('*') {
                Some(begin) => return Ok(Self { key, value: name::key(begin), begins: true }),
                None => sent.to_owned(),
            },
        };
        Ok(Self { key, value: name::key(&value), begins: false })
    }

    fn takes(&self, row: &Row) -> bool {
        let is = |value: &str| {
            let value = name::key(value);
            if self.begins { value.starts_with(&self.value) } else { value == self.value }
        };
        let text = row.text(self.key.name);
        match self.key.value_type {
            ValueType::Logins { .. } | ValueType::Addresses => text.split(',').any(|item| is(item.trim())),
            ValueType::Names => text.split_whitespace().any(is),
            _ => is(text),
        }
    }
}

/// A whole number, written as numbers are.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// A page that is wanted.
#[derive(Debug, Clone)]
pub struct RowQuery {
    /// Of what.
    pub section: Table,
    /// In which order.
    pub order: Order,
    /// Only what is so.
    pub filters: Vec<Filter>,
    /// Behind which row; none for the first page.
    pub after: Vec<String>,
    /// How many rows, at most.
    pub at_most: u32,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The rows that the account sees.
    pub rows: Vec<Row>,
    /// Behind which row the next page begins, if there is one.
    pub next: Option<Vec<String>>,
}

/// Lists a page of what an account sees.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn list(tx: &mut dyn FleetTx, by: &User, wanted: &RowQuery) -> Result<Listed, TxError> {
    let eyes = Visibility::of(tx, by)?;
    let (mut rows, mut looked) = (Vec::new(), 0);
    let mut page = first(wanted);
    loop {
        let found = tx.page(&page)?;
        let is_last = found.len() < page.at_most as usize;
        for row in found {
            if rows.len() == wanted.at_most as usize || looked == LOOKS_AT {
                return Ok(Listed { rows, next: Some(page.after) });
            }
            looked += 1;
            page.after = wanted.order.place(&row);
            if eyes.see(&row) && wanted.filters.iter().all(|filter| filter.takes(&row)) {
                rows.push(row);
            }
        }
        if is_last {
            return Ok(Listed { rows, next: None });
        }
    }
}

fn first(wanted: &RowQuery) -> Page {
    let first = wanted.order.columns.first();
    let narrows = wanted.filters.iter().filter(|filter| Some(&filter.key.sql) == first);
    let narrows = narrows.min_by_key(|filter| filter.begins);
    let has_others = wanted.filters.len() > usize::from(narrows.is_some());
    Page {
        section: wanted.section,
        columns: wanted.order.columns,
        descending: wanted.order.descending,
        begins: narrows.map(|filter| filter.value.clone()).unwrap_or_default(),
        is_exact: narrows.is_some_and(|filter| !filter.begins),
        after: wanted.after.clone(),
        // One more shows whether there is another page.
        at_most: if has_others { TOGETHER } else { wanted.at_most.saturating_add(1) },
    }
}
