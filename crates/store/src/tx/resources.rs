//! Single rows by their section, and pages of them, for programs. Every look-up but [`ResourceTx::is_referenced`] uses an index.

use fleet::TxError;
use fleet::name::key;
use fleet::rows::{Page, ResourceTx};
use fleet::schema::{Row, Table};

use super::SqlTx;
use super::panel::range;
use super::rows::{columns, condition, found_by, table};
use crate::database::{Database, NameColumn, Read, ResultRow, SqlValue, text};

/// The name under which the key of tags is kept.
const TAG_KEY: &str = "tags";

impl<D: Database> ResourceTx for SqlTx<D> {
    fn row(&mut self, named: &Row) -> Result<Option<Row>, TxError> {
        let section = named.section();
        if section == Table::IpList {
            return self.ip_list_row(&named.key());
        }
        let sql =
            format!("SELECT {} FROM {} WHERE {} /*FOR UPDATE*/", columns(section), table(section), condition(section));
        let values = self.keys_of(named)?;
        self.one(&sql, values, |row| entry(section, row))
    }

    fn page(&mut self, page: &Page) -> Result<Vec<Row>, TxError> {
        if page.section == Table::IpList {
            return self.ip_list_page(page);
        }
        let mut rows = match same_first(page) {
            Some(found) => self.rows_of(page, &found, page.at_most)?,
            None => Vec::new(),
        };
        let left = page.at_most.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        if let Some(found) = further(page).filter(|_| left > 0) {
            rows.extend(self.rows_of(page, &found, left)?);
        }
        Ok(rows)
    }

    fn is_referenced(&mut self, row: &Row) -> Result<bool, TxError> {
        let named_by: &[&str] = match row.section() {
            Table::Template => &["SELECT 1 FROM phones WHERE lower(rtrim(template_id)) = ?1 LIMIT 1"],
            Table::UserGroup => &["SELECT 1 FROM vicidial_users WHERE lower(rtrim(user_group)) = ?1 LIMIT 1"],
            Table::IpList => &[
                "SELECT 1 FROM vicidial_user_groups
                 WHERE lower(rtrim(admin_ip_list)) = ?1 OR lower(rtrim(api_ip_list)) = ?1 LIMIT 1",
                "SELECT 1 FROM system_settings WHERE lower(rtrim(system_ip_blacklist)) = ?1 LIMIT 1",
            ],
            Table::Campaign => &["SELECT 1 FROM vicidial_live_agents WHERE lower(rtrim(campaign_id)) = ?1 LIMIT 1"],
            _ => &[],
        };
        for sql in named_by {
            if self.exists(sql, [row.key()])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn tag_key(&mut self) -> Result<Option<String>, TxError> {
        self.one("SELECT value FROM hotdesk_secret WHERE name = ?1", [TAG_KEY], |row| text(row, 0))
    }

    fn keep_tag_key(&mut self, key: &str) -> Result<(), TxError> {
        self.change("INSERT OR IGNORE INTO hotdesk_secret (name, value) VALUES (?1, ?2)", [TAG_KEY, key]).map(drop)
    }
}

/// Which rows are found, and by what values.
struct Found {
    condition: String,
    values: Vec<String>,
    /// The first column is the same for all of them: who orders by it too is not helped by the index.
    has_one_first: bool,
}

/// A column, as its index has it.
fn folded(column: &str) -> String {
    format!("lower(rtrim({column}))")
}

/// The rows behind another one that have the same first column; `None` where it alone names a row, or no other one was said.
fn same_first(page: &Page) -> Option<Found> {
    let behind = if page.descending { "<" } else { ">" };
    let (condition, after) = match (page.columns, page.after.as_slice()) {
        ([first, second], [one, two]) => {
            (format!("{} = ? AND {} {behind} ?", folded(first), folded(second)), vec![one, two])
        }
        ([first, second, third], [one, two, three]) => {
            let (first, second, third) = (folded(first), folded(second), folded(third));
            let condition =
                format!("{first} = ? AND {second} {behind}= ? AND ({second} {behind} ? OR {third} {behind} ?)");
            (condition, vec![one, two, two, three])
        }
        _ => return None,
    };
    Some(Found { condition, values: after.into_iter().map(|value| key(value)).collect(), has_one_first: true })
}

/// The rows whose first column is a further one; `None` where there can be no other.
fn further(page: &Page) -> Option<Found> {
    let first = folded(page.columns.first().copied().unwrap_or_default());
    if page.is_exact {
        let found =
            || Found { condition: format!("{first} = ?"), values: vec![key(&page.begins)], has_one_first: true };
        return page.after.is_empty().then(found);
    }
    let (begins, end) = range(&page.begins);
    let after = page.after.first().map(|value| key(value));
    let (low, high) = match (after, page.descending) {
        (None, _) => ((">=", begins), ("<", end)),
        (Some(after), false) => ((">", after), ("<", end)),
        (Some(after), true) => ((">=", begins), ("<", after)),
    };
    let condition = format!("{first} {} ? AND {first} {} ?", low.0, high.0);
    Some(Found { condition, values: vec![low.1, high.1], has_one_first: false })
}

/// A row with all columns of its section.
fn entry(section: Table, row: &ResultRow<'_>) -> Read<Row> {
    let values = (0..section.keys().len()).map(|column| text(row, column)).collect::<Read<_>>()?;
    Ok(Row::whole(section, values))
}

/// What a column names, where letters beyond ASCII can be folded.
fn named(section: Table, column: &str) -> Option<NameColumn> {
    match (section, column) {
        (Table::Phone, "extension") => Some(NameColumn::Extension),
        (Table::Alias, _) => Some(NameColumn::Alias),
        (Table::User, _) => Some(NameColumn::User),
        (Table::UserGroup, _) => Some(NameColumn::UserGroup),
        (Table::Template, _) => Some(NameColumn::Template),
        _ => None,
    }
}

impl<D: Database> SqlTx<D> {
    /// The keys that the entry's row is looked up with.
    fn keys_of(&mut self, entry: &Row) -> Result<Vec<SqlValue<'static>>, TxError> {
        let keys = entry.names().zip(found_by(entry)).map(|((name, value), plain)| {
            match named(entry.section(), name.column) {
                Some(named) => self.key(named, value),
                None => Ok(plain),
            }
        });
        keys.map(|key| key.map(SqlValue::from)).collect()
    }

    fn rows_of(&self, page: &Page, found: &Found, at_most: u32) -> Result<Vec<Row>, TxError> {
        let section = page.section;
        let order = if page.descending { " DESC" } else { "" };
        let ordered = page.columns.get(usize::from(found.has_one_first)..).filter(|columns| !columns.is_empty());
        let order: Vec<String> =
            ordered.unwrap_or(page.columns).iter().map(|column| format!("{}{order}", folded(column))).collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT ?",
            columns(section),
            table(section),
            found.condition,
            order.join(", ")
        );
        let values = found.values.iter().map(SqlValue::from).chain([SqlValue::from(at_most)]).collect::<Vec<_>>();
        self.all(&sql, values, |row| entry(section, row))
    }

    /// A list of addresses, which has a row for each of them.
    fn ip_list_row(&self, list: &str) -> Result<Option<Row>, TxError> {
        let rows = self.all(
            "SELECT ip_list_id, ip_address FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1
             ORDER BY ip_address /*FOR UPDATE*/",
            [list],
            |row| Ok((text(row, 0)?, text(row, 1)?)),
        )?;
        let Some((name, _)) = rows.first().cloned() else { return Ok(None) };
        let addresses: Vec<String> = rows.into_iter().map(|(_, address)| address).collect();
        Ok(Some(Row::whole(Table::IpList, vec![name, addresses.join(",")])))
    }

    fn ip_list_page(&self, page: &Page) -> Result<Vec<Row>, TxError> {
        let Some(Found { condition, values, .. }) = further(page) else { return Ok(Vec::new()) };
        let order = if page.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT DISTINCT lower(rtrim(ip_list_id)) FROM vicidial_ip_list_entries WHERE {condition}
             ORDER BY 1 {order} LIMIT ?"
        );
        let values = values.into_iter().map(SqlValue::from).chain([SqlValue::from(page.at_most)]).collect::<Vec<_>>();
        let lists = self.all(&sql, values, |row| text(row, 0))?;
        lists.iter().filter_map(|list| self.ip_list_row(&key(list)).transpose()).collect()
    }
}
