//! [`RowsTx`] on any engine.

use fleet::TxError;
use fleet::fleet_file::weights;
use fleet::fleet_file::weights::CONTAINER;
use fleet::name::key;
use fleet::records::PhoneKey;
use fleet::rows::Page;
use fleet::schema::{Column, Row, Table};
use fleet::tx::RowsTx;

use super::{SqlTx, missing, range};
use crate::database::{Database, NameColumn, Read, ResultRow, SqlValue, columns, params, text};

columns! { address_columns, ADDRESS: AddressColumns { ip_list_id, ip_address } }

/// The name under which the key of tags is kept.
const TAG_KEY: &str = "tags";

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
    let values = (0..section.columns().len()).map(|column| text(row, column)).collect::<Read<_>>()?;
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
        let keys =
            entry.names().zip(found_by(entry)).map(|((name, value), plain)| match named(entry.table(), name.sql) {
                Some(named) => self.key(named, value),
                None => Ok(plain),
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
            section.sql(),
            found.condition,
            order.join(", ")
        );
        let values = found.values.iter().map(SqlValue::from).chain([SqlValue::from(at_most)]).collect::<Vec<_>>();
        self.all(&sql, values, |row| entry(section, row))
    }

    /// A list of addresses, which has a row for each of them.
    fn ip_list_row(&self, list: &str) -> Result<Option<Row>, TxError> {
        let rows = self.all(
            concat!(
                "SELECT ",
                address_columns!(),
                " FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1
             ORDER BY ip_address /*FOR UPDATE*/"
            ),
            [list],
            |row| Ok((text(row, ADDRESS.ip_list_id)?, text(row, ADDRESS.ip_address)?)),
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

/// A dialer's own way to the manager interface, where that of `servers` is not it: each column of `hotdesk_dialer`, and how it
/// is read.
const OWN_WAY: [(&str, &str); 5] = [
    ("ami_host", "ifnull((SELECT ami_host FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), '')"),
    ("ami_port", "ifnull((SELECT ami_port FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), 0)"),
    ("ami_user", "ifnull((SELECT ami_user FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), '')"),
    ("ami_secret", "ifnull((SELECT ami_secret FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), '')"),
    ("ami_tls", "ifnull((SELECT ami_tls FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), 'N')"),
];

/// How a column that another table keeps is read; `None` for a column of the section's own table.
fn kept_aside(section: Table, column: &str) -> Option<&'static str> {
    match (section, column) {
        (Table::User, "digest") => {
            // One that does not count is none.
            Some(
                "(SELECT digest FROM hotdesk_credentials c
                  WHERE c.user = lower(rtrim(vicidial_users.user)) AND c.user_id IN (vicidial_users.user_id, 0)
                    AND c.pass_hash = ifnull(vicidial_users.pass_hash, ''))",
            )
        }
        (Table::Alias, "active") => Some(
            "CASE WHEN EXISTS (SELECT 1 FROM hotdesk_inactive_alias i
                               WHERE i.alias_id = lower(rtrim(phones_alias.alias_id))) THEN 'N' ELSE 'Y' END",
        ),
        (Table::Dialer, _) => OWN_WAY.iter().find(|(own, _)| *own == column).map(|(_, read)| *read),
        _ => None,
    }
}

/// All columns of a section's rows, in the order of its keys.
pub(super) fn columns(section: Table) -> String {
    let columns = section.columns().iter().map(|key| kept_aside(section, key.sql).unwrap_or(key.sql));
    columns.collect::<Vec<_>>().join(", ")
}

/// The columns by which a row is found: `lower(rtrim(column)) = ?` for each, in the keys' order.
pub(super) fn condition(section: Table) -> String {
    let names = section.columns().iter().filter(|key| key.is_key);
    let each: Vec<String> = names.map(|key| format!("lower(rtrim({})) = ?", key.sql)).collect();
    if each.is_empty() { "TRUE".to_owned() } else { each.join(" AND ") }
}

/// The values by which a row is found.
pub(super) fn found_by(entry: &Row) -> impl Iterator<Item = String> {
    entry.names().map(|(_, value)| key(value))
}

impl<D: Database> SqlTx<D> {
    /// Lets nobody else have the login that a phone gets.
    fn claim_login_of(&self, entry: &Row) -> Result<(), TxError> {
        let Some(login) = entry.get("login").filter(|_| entry.table() == Table::Phone) else { return Ok(()) };
        let (extension, server_ip) = (entry.text("extension").to_owned(), entry.text("server_ip").to_owned());
        self.claim_login(login, &PhoneKey { extension, server_ip })
    }

    /// Changes or removes exactly the entry's row.
    fn run_on_row(&self, sql: &str, values: impl Iterator<Item = String>, entry: &Row) -> Result<(), TxError> {
        let section = entry.table();
        let column = section.columns().first().map_or("", |key| key.sql);
        match self.change(sql, values.map(SqlValue::from).collect::<Vec<_>>())? {
            1 => Ok(()),
            _ => Err(missing(section.sql(), column, &entry.name())),
        }
    }

    fn table_rows(&self, section: Table) -> Result<Vec<Row>, TxError> {
        let keys = section.columns();
        let names = keys.iter().filter(|key| key.is_key);
        // Where nothing names a row, there is one.
        let order: Vec<String> =
            names.map(|key| format!("lower(rtrim({}))", key.sql)).chain(std::iter::once("1".to_owned())).collect();
        let sql = format!("SELECT {} FROM {} ORDER BY {}", columns(section), section.sql(), order.join(", "));
        let read = |row: &ResultRow<'_>| {
            let values = (0..keys.len()).map(|column| text(row, column)).collect::<Read<_>>()?;
            Ok(Row::whole(section, values))
        };
        self.all(&sql, params![], read)
    }

    /// Writes the columns that other tables keep.
    fn set_aside(&mut self, entry: &Row) -> Result<(), TxError> {
        match entry.table() {
            Table::User => match entry.get("digest") {
                Some(digest) => self.keep_digest(&entry.key(), digest),
                None => Ok(()),
            },
            Table::Alias => match entry.get("active") {
                Some("N") => self
                    .change("INSERT OR IGNORE INTO hotdesk_inactive_alias (alias_id) VALUES (?1)", [entry.key()])
                    .map(drop),
                Some(_) => {
                    self.change("DELETE FROM hotdesk_inactive_alias WHERE alias_id = ?1", [entry.key()]).map(drop)
                }
                None => Ok(()),
            },
            Table::Dialer => self.set_own_way(entry),
            _ => Ok(()),
        }
    }

    /// Writes a dialer's own way to the manager interface; what is empty is none.
    fn set_own_way(&self, entry: &Row) -> Result<(), TxError> {
        for (column, _) in OWN_WAY {
            let Some(value) = entry.get(column) else { continue };
            let none = if column == "ami_port" { "0" } else { "" };
            let sql = format!(
                "INSERT INTO hotdesk_dialer (server_ip, {column})
                 SELECT server_ip, nullif(?2, ?3) FROM servers WHERE lower(rtrim(server_ip)) = ?1
                 ON CONFLICT (server_ip) DO UPDATE SET {column} = excluded.{column}"
            );
            self.change(&sql, [&entry.key(), value, none])?;
        }
        Ok(())
    }

    /// The IP lists, each with its addresses joined by commas.
    fn ip_lists(&self) -> Result<Vec<Row>, TxError> {
        let rows = self.all(
            concat!(
                "SELECT ",
                address_columns!(),
                " FROM vicidial_ip_list_entries
             ORDER BY lower(rtrim(ip_list_id)), ip_address"
            ),
            params![],
            |row| Ok((text(row, ADDRESS.ip_list_id)?, text(row, ADDRESS.ip_address)?)),
        )?;
        let mut lists: Vec<(String, Vec<String>)> = Vec::new();
        for (list, address) in rows {
            match lists.last_mut().filter(|(last, _)| key(last) == key(&list)) {
                Some((_, addresses)) => addresses.push(address),
                None => lists.push((list, vec![address])),
            }
        }
        let entry = |(list, addresses): (String, Vec<String>)| vec![list, addresses.join(",")];
        Ok(lists.into_iter().map(|list| Row::whole(Table::IpList, entry(list))).collect())
    }

    /// Gives a list exactly these addresses; its name keeps its spelling.
    fn set_ip_list(&self, entry: &Row) -> Result<(), TxError> {
        let known = self.one(
            "SELECT ip_list_id FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1 LIMIT 1",
            [entry.key()],
            |row| text(row, 0),
        )?;
        let name = known.unwrap_or_else(|| entry.name());
        self.change("DELETE FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1", [entry.key()])?;
        for address in entry.text("entries").split(',') {
            self.change(
                "INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES (?1, ?2)",
                [name.as_str(), address],
            )?;
        }
        Ok(())
    }

    /// The text that holds the dialers' weights, if there is one.
    fn weights(&self) -> Result<Option<String>, TxError> {
        self.one(
            "SELECT container_entry FROM vicidial_settings_containers WHERE container_id = ?1",
            [CONTAINER],
            |row| text(row, 0),
        )
    }

    fn set_weight(&self, entry: &Row, weight: Option<&str>) -> Result<(), TxError> {
        let changed = weights::set(&self.weights()?.unwrap_or_default(), &entry.name(), weight);
        self.change(
            "INSERT INTO vicidial_settings_containers (container_id, container_entry) VALUES (?1, ?2)
             ON CONFLICT (container_id) DO UPDATE SET container_entry = excluded.container_entry",
            [CONTAINER, &changed],
        )
        .map(drop)
    }
}

impl<D: Database> RowsTx for SqlTx<D> {
    fn rows(&mut self, section: Table) -> Result<Vec<Row>, TxError> {
        // A plan is carried out only if the rows are still those that it was made from.
        self.database.hold("fleet file")?;
        match section {
            Table::IpList => self.ip_lists(),
            Table::Weight => {
                let weights = weights::read(&self.weights()?.unwrap_or_default());
                Ok(weights.into_iter().map(|(ip, weight)| Row::whole(section, vec![ip, weight])).collect())
            }
            _ => self.table_rows(section),
        }
    }

    fn row(&mut self, named: &Row) -> Result<Option<Row>, TxError> {
        let section = named.table();
        if section == Table::IpList {
            return self.ip_list_row(&named.key());
        }
        let sql =
            format!("SELECT {} FROM {} WHERE {} /*FOR UPDATE*/", columns(section), section.sql(), condition(section));
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

    fn find_reference(&mut self, row: &Row) -> Result<bool, TxError> {
        let named_by: &[&str] = match row.table() {
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

    fn add_row(&mut self, entry: &Row) -> Result<(), TxError> {
        self.claim_login_of(entry)?;
        self.database.forget();
        self.database.mark_files_changed();
        match entry.table() {
            Table::IpList => self.set_ip_list(entry),
            Table::Weight => self.set_weight(entry, entry.get("weight")),
            section => {
                let own: Vec<_> = entry.values().filter(|(key, _)| kept_aside(section, key.sql).is_none()).collect();
                let columns: Vec<&str> = own.iter().map(|(key, _)| key.sql).collect();
                let marks = vec!["?"; columns.len()].join(", ");
                let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", section.sql(), columns.join(", "));
                self.change(&sql, own.iter().map(|(_, value)| SqlValue::from(*value)).collect::<Vec<_>>())?;
                self.set_aside(entry)
            }
        }
    }

    fn change_row(&mut self, entry: &Row) -> Result<(), TxError> {
        self.claim_login_of(entry)?;
        self.database.forget();
        self.database.mark_files_changed();
        match entry.table() {
            Table::IpList => self.set_ip_list(entry),
            Table::Weight => self.set_weight(entry, entry.get("weight")),
            section => {
                let is_own = |key: &Column| !key.is_key && kept_aside(section, key.sql).is_none();
                let own: Vec<_> = entry.values().filter(|(key, _)| is_own(key)).collect();
                if !own.is_empty() {
                    let columns: Vec<String> = own.iter().map(|(key, _)| format!("{} = ?", key.sql)).collect();
                    let sql =
                        format!("UPDATE {} SET {} WHERE {}", section.sql(), columns.join(", "), condition(section));
                    let values = own.iter().map(|(_, value)| (*value).to_owned());
                    self.run_on_row(&sql, values.chain(found_by(entry)), entry)?;
                }
                self.set_aside(entry)
            }
        }
    }

    fn remove_row(&mut self, entry: &Row) -> Result<(), TxError> {
        self.database.forget();
        self.database.mark_files_changed();
        match entry.table() {
            Table::IpList => self
                .change("DELETE FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1", [entry.key()])
                .map(drop),
            Table::Weight => self.set_weight(entry, None),
            section => {
                let sql = format!("DELETE FROM {} WHERE {}", section.sql(), condition(section));
                self.run_on_row(&sql, found_by(entry), entry)
            }
        }
    }

    fn tag_key(&mut self) -> Result<Option<String>, TxError> {
        self.one("SELECT value FROM hotdesk_secret WHERE name = ?1", [TAG_KEY], |row| text(row, 0))
    }

    fn keep_tag_key(&mut self, key: &str) -> Result<(), TxError> {
        self.change("INSERT OR IGNORE INTO hotdesk_secret (name, value) VALUES (?1, ?2)", [TAG_KEY, key]).map(drop)
    }
}
