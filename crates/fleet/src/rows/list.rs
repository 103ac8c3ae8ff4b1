//! Paged, filtered lists of rows. A page starts after the last row that the previous page read, which an index finds; filters
//! without an index read a bounded number of rows.

use crate::authorization::Visibility;
use crate::records::User;
use crate::rows::Page;
use crate::schema::{Column, Invalid, Row, Table, Value, ValueType};
use crate::text::Alphabet;
use crate::{FleetTx, TxError, name};

/// Maximum number of rows that a page reads.
pub const MAX_ROWS_READ: u32 = 5_000;

/// Number of rows per query if some filter has no index.
const BATCH_SIZE: u32 = 500;

/// The columns of each order. Each order has an index with these columns.
const PHONES: [&[&str]; 3] =
    [&["extension", "server_ip"], &["server_ip", "extension"], &["login", "extension", "server_ip"]];
const ALIASES: [&[&str]; 1] = [&["alias_id"]];
const TEMPLATES: [&[&str]; 1] = [&["template_id"]];
const USERS: [&[&str]; 1] = [&["user"]];
const DIALERS: [&[&str]; 1] = [&["server_ip"]];
const USER_GROUPS: [&[&str]; 1] = [&["user_group"]];
const CAMPAIGNS: [&[&str]; 1] = [&["campaign_id"]];
const IP_LISTS: [&[&str]; 1] = [&["ip_list_id"]];

fn orders(table: Table) -> &'static [&'static [&'static str]] {
    match table {
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

/// Order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    columns: &'static [&'static str],
    descending: bool,
}

impl Order {
    /// Parses an order: a key, with `-` in front for descending order.
    #[must_use]
    pub fn parse(table: Table, word: &str) -> Option<Self> {
        let (name, descending) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
        let column = table.column(name).filter(|column| column.name == name)?.sql;
        let columns = orders(table).iter().find(|columns| columns.first() == Some(&column))?;
        Some(Self { columns, descending })
    }

    /// The order as text, as [`Self::parse`] reads it.
    #[must_use]
    pub fn word(self, table: Table) -> String {
        let column = self.columns.first().and_then(|column| table.column(column));
        format!("{}{}", if self.descending { "-" } else { "" }, column.map_or("", |column| column.name))
    }

    /// The keys that a table can be ordered by.
    pub fn words(table: Table) -> impl Iterator<Item = &'static str> {
        orders(table).iter().filter_map(move |columns| Some(table.column(columns.first()?)?.name))
    }

    /// The order whose index fits the filters best.
    #[must_use]
    pub fn best(table: Table, filters: &[Filter]) -> Option<Self> {
        let indexed = |columns: &&&'static [&'static str], exact: bool| {
            filters.iter().any(|filter| columns.first() == Some(&filter.column.sql) && filter.begins != exact)
        };
        let all = orders(table);
        let exact = all.iter().find(|columns| indexed(columns, true));
        let best = exact.or_else(|| all.iter().find(|columns| indexed(columns, false))).or_else(|| all.first());
        best.map(|columns| Self { columns, descending: false })
    }

    fn place(self, row: &Row) -> Vec<String> {
        self.columns.iter().map(|column| row.text(column).to_owned()).collect()
    }

    /// Number of columns of the order.
    #[must_use]
    pub fn width(self) -> usize {
        self.columns.len()
    }
}

/// Condition on the value of a key.
#[derive(Debug, Clone)]
pub struct Filter {
    column: &'static Column,
    value: String,
    begins: bool,
}

impl Filter {
    /// Parses the condition for a key: a value, or for texts a prefix followed by `*`.
    ///
    /// # Errors
    /// [`Invalid`] if the text is not valid.
    pub fn read(column: &'static Column, sent: &str, alphabet: Alphabet) -> Result<Self, Invalid> {
        let value = match column.value_type {
            ValueType::Switch { .. } | ValueType::Choice(_) | ValueType::Number { .. } | ValueType::TimeZone => {
                let raw = match (column.value_type, sent) {
                    (ValueType::Switch { .. }, "true") => Some(Value::Flag(true)),
                    (ValueType::Switch { .. }, "false") => Some(Value::Flag(false)),
                    (ValueType::Number { .. }, text) => number(text).map(Value::Number),
                    _ => None,
                };
                let raw = raw.unwrap_or_else(|| Value::Text(sent.to_owned()));
                column.value_type.only_as_shown(column.name, &raw)?;
                column.value_type.read(column.name, &raw, alphabet)?
            }
            _ => match sent.strip_suffix('*') {
                Some(begin) => return Ok(Self { column, value: name::key(begin), begins: true }),
                None => sent.to_owned(),
            },
        };
        Ok(Self { column, value: name::key(&value), begins: false })
    }

    fn matches(&self, row: &Row) -> bool {
        let is = |value: &str| {
            let value = name::key(value);
            if self.begins { value.starts_with(&self.value) } else { value == self.value }
        };
        let text = row.text(self.column.name);
        match self.column.value_type {
            ValueType::Logins { .. } | ValueType::Addresses => text.split(',').any(|item| is(item.trim())),
            ValueType::Names => text.split_whitespace().any(is),
            _ => is(text),
        }
    }
}

/// An integer in canonical form.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// Query for a page.
#[derive(Debug, Clone)]
pub struct RowQuery {
    /// The table.
    pub table: Table,
    /// The order.
    pub order: Order,
    /// The conditions that all rows must match.
    pub filters: Vec<Filter>,
    /// The position after which the page starts; empty for the first page.
    pub after: Vec<String>,
    /// Maximum number of rows.
    pub at_most: u32,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The rows that the account sees.
    pub rows: Vec<Row>,
    /// The position after which the next page starts, if there is one.
    pub next: Option<Vec<String>>,
}

/// Lists a page of the rows that an account sees.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn list(tx: &mut dyn FleetTx, by: &User, wanted: &RowQuery) -> Result<Listed, TxError> {
    let visibility = Visibility::of(tx, by)?;
    let (mut rows, mut rows_read) = (Vec::new(), 0);
    let mut page = first(wanted);
    loop {
        let found = tx.page(&page)?;
        let is_last = found.len() < page.at_most as usize;
        for row in found {
            if rows.len() == wanted.at_most as usize || rows_read == MAX_ROWS_READ {
                return Ok(Listed { rows, next: Some(page.after) });
            }
            rows_read += 1;
            page.after = wanted.order.place(&row);
            if visibility.see(&row) && wanted.filters.iter().all(|filter| filter.matches(&row)) {
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
    let indexed = wanted.filters.iter().filter(|filter| Some(&filter.column.sql) == first);
    let indexed = indexed.min_by_key(|filter| filter.begins);
    let has_others = wanted.filters.len() > usize::from(indexed.is_some());
    Page {
        table: wanted.table,
        columns: wanted.order.columns,
        descending: wanted.order.descending,
        begins: indexed.map(|filter| filter.value.clone()).unwrap_or_default(),
        is_exact: indexed.is_some_and(|filter| !filter.begins),
        after: wanted.after.clone(),
        // One more row shows whether there is another page.
        at_most: if has_others { BATCH_SIZE } else { wanted.at_most.saturating_add(1) },
    }
}
