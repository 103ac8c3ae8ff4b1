//! [`RowsTx`] on any engine.

use fleet::TxError;
use fleet::fleet_file::weights;
use fleet::fleet_file::weights::CONTAINER;
use fleet::name::{address_order, key};
use fleet::records::PhoneKey;
use fleet::rows::Page;
use fleet::schema::{Column, Row, Table};
use fleet::tx::RowsTx;

use super::{SqlTx, missing, new_row, range};
use crate::database::{Database, NameColumn, Read, SqlValue, params};
use crate::row::{Reader, insert, insert_columns, row, update_columns, upsert};

row! { address: struct Address from "vicidial_ip_list_entries" { ip_list_id: String, ip_address: String } }

/// The name of the key of tags in `hotdesk_secret`.
const TAG_KEY: &str = "tags";

/// The key of a dialer.
const ADDRESS: &str = "server_ip";

/// A condition for rows, with its values.
struct Filter {
    condition: String,
    values: Vec<String>,
    /// All rows have the same value in the first column. The order must leave that column out, else the engine does not use the
    /// index for it.
    has_one_first: bool,
}

/// A column as its index has it.
fn folded(column: &str) -> String {
    format!("lower(rtrim({column}))")
}

/// The rows after `page.after` that have the same value in the first column; `None` if that column alone is the key, or if the page
/// is the first one.
fn same_first(page: &Page) -> Option<Filter> {
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
    Some(Filter { condition, values: after.into_iter().map(|value| key(value)).collect(), has_one_first: true })
}

/// The rows after `page.after` that have another value in the first column; `None` if no row can have one.
fn further(page: &Page) -> Option<Filter> {
    let first = folded(page.columns.first().copied().unwrap_or_default());
    if page.is_exact {
        let filter =
            || Filter { condition: format!("{first} = ?"), values: vec![key(&page.begins)], has_one_first: true };
        return page.after.is_empty().then(filter);
    }
    let (begins, end) = range(&page.begins);
    let after = page.after.first().map(|value| key(value));
    let (low, high) = match (after, page.descending) {
        (None, _) => ((">=", begins), ("<", end)),
        (Some(after), false) => ((">", after), ("<", end)),
        (Some(after), true) => ((">=", begins), ("<", after)),
    };
    let condition = format!("{first} {} ? AND {first} {} ?", low.0, high.0);
    Some(Filter { condition, values: vec![low.1, high.1], has_one_first: false })
}

/// Reads a row of [`selected`] columns.
fn read_row(table: Table, row: &mut Reader<'_>) -> Read<Row> {
    let values = table.columns().iter().map(|_| row.read()).collect::<Read<_>>()?;
    Ok(Row::whole(table, values))
}

/// The column of names that this one is, if its letters beyond ASCII can be folded.
fn name_column(table: Table, column: &str) -> Option<NameColumn> {
    match (table, column) {
        (Table::Phone, "extension") => Some(NameColumn::Extension),
        (Table::Alias, _) => Some(NameColumn::Alias),
        (Table::User, _) => Some(NameColumn::User),
        (Table::UserGroup, _) => Some(NameColumn::UserGroup),
        (Table::Template, _) => Some(NameColumn::Template),
        _ => None,
    }
}

impl<D: Database> SqlTx<D> {
    /// The key values that a row is looked up by.
    fn look_up_key(&mut self, row: &Row) -> Result<Vec<SqlValue<'static>>, TxError> {
        let keys = row.names().map(|(column, value)| match name_column(row.table(), column.sql) {
            Some(named) => self.key(named, value),
            None => Ok(key(value)),
        });
        keys.map(|key| key.map(SqlValue::from)).collect()
    }

    fn filtered_rows(&self, page: &Page, filter: &Filter, at_most: u32) -> Result<Vec<Row>, TxError> {
        let table = page.table;
        let order = if page.descending { " DESC" } else { "" };
        let ordered = page.columns.get(usize::from(filter.has_one_first)..).filter(|columns| !columns.is_empty());
        let order: Vec<String> =
            ordered.unwrap_or(page.columns).iter().map(|column| format!("{}{order}", folded(column))).collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT ?",
            selected(table),
            table.sql(),
            filter.condition,
            order.join(", ")
        );
        let values = filter.values.iter().map(SqlValue::from).chain([SqlValue::from(at_most)]).collect::<Vec<_>>();
        self.all(&sql, values, |row| read_row(table, row))
    }

    /// An IP list, which has one row per address.
    fn ip_list_row(&self, list: &str) -> Result<Option<Row>, TxError> {
        let find = concat!(address!(), "WHERE lower(rtrim(ip_list_id)) = ?1 ORDER BY ip_address /*FOR UPDATE*/");
        Ok(joined_ip_lists(self.all(find, [list], address)?).into_iter().next())
    }

    fn ip_list_page(&self, page: &Page) -> Result<Vec<Row>, TxError> {
        let Some(Filter { condition, values, .. }) = further(page) else { return Ok(Vec::new()) };
        let order = if page.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT DISTINCT lower(rtrim(ip_list_id)) FROM vicidial_ip_list_entries WHERE {condition}
             ORDER BY 1 {order} LIMIT ?"
        );
        let values = values.into_iter().map(SqlValue::from).chain([SqlValue::from(page.at_most)]).collect::<Vec<_>>();
        let lists: Vec<String> = self.values(&sql, values)?;
        lists.iter().filter_map(|list| self.ip_list_row(&key(list)).transpose()).collect()
    }
}

/// The columns of `hotdesk_dialer`, which replace those of `servers` for the connection to the manager interface, and the expressions
/// that select them.
const DIALER_COLUMNS: [(&str, &str); 5] = [
    ("ami_host", "ifnull((SELECT ami_host FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), '')"),
    ("ami_port", "ifnull((SELECT ami_port FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), 0)"),
    ("ami_user", "ifnull((SELECT ami_user FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), '')"),
    ("ami_secret", "ifnull((SELECT ami_secret FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), '')"),
    ("ami_tls", "ifnull((SELECT ami_tls FROM hotdesk_dialer d WHERE d.server_ip = servers.server_ip), 'N')"),
];

/// The expression that selects a column which another table has; `None` for a column of the table itself.
fn foreign_column(table: Table, column: &str) -> Option<&'static str> {
    match (table, column) {
        // Only the digest that is valid for this user.
        (Table::User, "digest") => Some(
            "(SELECT digest FROM hotdesk_credentials c
              WHERE c.user = lower(rtrim(vicidial_users.user)) AND c.user_id IN (vicidial_users.user_id, 0)
                AND c.pass_hash = ifnull(vicidial_users.pass_hash, ''))",
        ),
        (Table::Alias, "active") => Some(
            "CASE WHEN EXISTS (SELECT 1 FROM hotdesk_inactive_alias i
                               WHERE i.alias_id = lower(rtrim(phones_alias.alias_id))) THEN 'N' ELSE 'Y' END",
        ),
        (Table::Dialer, _) => DIALER_COLUMNS.iter().find(|(known, _)| *known == column).map(|(_, select)| *select),
        _ => None,
    }
}

/// All columns of a table, for a SELECT.
fn selected(table: Table) -> String {
    let columns = table.columns().iter().map(|column| foreign_column(table, column.sql).unwrap_or(column.sql));
    columns.collect::<Vec<_>>().join(", ")
}

/// The condition that finds a row by its key: `lower(rtrim(column)) = ?` for each column of the key.
fn by_key(table: Table) -> String {
    let columns = table.columns().iter().filter(|column| column.is_key);
    let each: Vec<String> = columns.map(|column| format!("{} = ?", folded(column.sql))).collect();
    if each.is_empty() { "TRUE".to_owned() } else { each.join(" AND ") }
}

/// The values of [`by_key`].
fn key_values(row: &Row) -> impl Iterator<Item = SqlValue<'_>> {
    row.names().map(|(_, value)| SqlValue::from(key(value)))
}

/// The columns of the table itself that a row sets, with their values.
fn own_columns(row: &Row, is_written: impl Fn(&Column) -> bool) -> Vec<(&'static str, SqlValue<'_>)> {
    let own =
        row.values().filter(|(column, _)| foreign_column(row.table(), column.sql).is_none() && is_written(column));
    own.map(|(column, value)| (column.sql, SqlValue::from(value))).collect()
}

/// IP lists, each with its addresses joined by commas, from rows in the order of the lists.
fn joined_ip_lists(rows: Vec<Address>) -> Vec<Row> {
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    for Address { ip_list_id, ip_address } in rows {
        match lists.last_mut().filter(|(last, _)| key(last) == key(&ip_list_id)) {
            Some((_, addresses)) => addresses.push(ip_address),
            None => lists.push((ip_list_id, vec![ip_address])),
        }
    }
    let row = |(list, addresses): (String, Vec<String>)| Row::whole(Table::IpList, vec![list, addresses.join(",")]);
    lists.into_iter().map(row).collect()
}

impl<D: Database> SqlTx<D> {
    /// Prepares the change of a row: claims the login that a phone gets, and invalidates what is cached of the rows.
    fn begin_change(&mut self, row: &Row) -> Result<(), TxError> {
        if let Some(login) = row.get("login").filter(|_| row.table() == Table::Phone) {
            let (extension, server_ip) = (row.text("extension").to_owned(), row.text("server_ip").to_owned());
            self.claim_login(login, &PhoneKey { extension, server_ip })?;
        }
        self.database.forget();
        self.database.mark_files_changed();
        Ok(())
    }

    fn no_row(row: &Row) -> TxError {
        let table = row.table();
        missing(table.sql(), table.columns().first().map_or("", |column| column.sql), &row.name())
    }

    fn table_rows(&self, table: Table) -> Result<Vec<Row>, TxError> {
        let names = table.columns().iter().filter(|column| column.is_key);
        // A table without a key has one row.
        let order: Vec<String> = names.map(|column| folded(column.sql)).chain(["1".to_owned()]).collect();
        let sql = format!("SELECT {} FROM {} ORDER BY {}", selected(table), table.sql(), order.join(", "));
        let mut rows = self.all(&sql, params![], |row| read_row(table, row))?;
        if table == Table::Dialer {
            rows.sort_by_cached_key(|row| address_order(row.text(ADDRESS)));
        }
        Ok(rows)
    }

    /// A page of dialers in the order of their addresses. Few rows, so all of them are read.
    fn dialer_page(&self, page: &Page) -> Result<Vec<Row>, TxError> {
        let mut rows = self.table_rows(Table::Dialer)?;
        let begins = key(&page.begins);
        rows.retain(|row| {
            let address = key(row.text(ADDRESS));
            if page.is_exact { address == begins } else { address.starts_with(&begins) }
        });
        if let Some(after) = page.after.first().map(|after| address_order(after)) {
            rows.retain(|row| {
                let order = address_order(row.text(ADDRESS));
                if page.descending { order < after } else { order > after }
            });
        }
        if page.descending {
            rows.reverse();
        }
        rows.truncate(usize::try_from(page.at_most).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// Writes the columns that other tables have.
    fn write_foreign_columns(&mut self, row: &Row) -> Result<(), TxError> {
        match row.table() {
            Table::User if self.database.is_shared_with_vicidial() => {
                self.keep_row_password(&row.key(), row.get("pass"), row.get("digest"))
            }
            Table::User => row.get("digest").map_or(Ok(()), |digest| self.keep_digest(&row.key(), digest)),
            Table::Alias => row.get("active").map_or(Ok(()), |active| self.set_alias_active(&row.key(), active != "N")),
            Table::Dialer => self.write_dialer_columns(row),
            _ => Ok(()),
        }
    }

    /// Writes the columns of `hotdesk_dialer`; an empty value is NULL there.
    fn write_dialer_columns(&self, row: &Row) -> Result<(), TxError> {
        for (column, _) in DIALER_COLUMNS {
            let Some(value) = row.get(column) else { continue };
            let empty = if column == "ami_port" { "0" } else { "" };
            let sql = format!(
                "INSERT INTO hotdesk_dialer (server_ip, {column})
                 SELECT server_ip, nullif(?2, ?3) FROM servers WHERE lower(rtrim(server_ip)) = ?1
                 ON CONFLICT (server_ip) DO UPDATE SET {column} = excluded.{column}"
            );
            self.change(&sql, [&row.key(), value, empty])?;
        }
        Ok(())
    }

    /// Replaces the addresses of an IP list; its name keeps its spelling.
    fn set_ip_list(&self, row: &Row) -> Result<(), TxError> {
        let find = "SELECT ip_list_id FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1 LIMIT 1";
        let name = self.value(find, [row.key()])?.unwrap_or_else(|| row.name());
        self.delete_ip_list(row)?;
        for address in row.text("entries").split(',') {
            self.run(insert!("vicidial_ip_list_entries" { ip_list_id: name, ip_address: address }))?;
        }
        Ok(())
    }

    fn delete_ip_list(&self, row: &Row) -> Result<(), TxError> {
        let delete = "DELETE FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1";
        self.change(delete, [row.key()]).map(drop)
    }

    /// The text with the dialers' weights; empty if there is none.
    pub(super) fn weights_text(&self) -> Result<String, TxError> {
        let find = "SELECT container_entry FROM vicidial_settings_containers WHERE container_id = ?1";
        Ok(self.value(find, [CONTAINER])?.unwrap_or_default())
    }

    fn set_weight(&self, row: &Row, weight: Option<&str>) -> Result<(), TxError> {
        let text = weights::set(&self.weights_text()?, &row.name(), weight);
        self.run(upsert!("vicidial_settings_containers" { container_id: CONTAINER } { container_entry: text }))
    }
}

impl<D: Database> RowsTx for SqlTx<D> {
    fn rows(&mut self, table: Table) -> Result<Vec<Row>, TxError> {
        // A plan is executed only if the rows are still the ones that it was made from.
        self.database.hold("fleet file")?;
        match table {
            Table::IpList => {
                let find = concat!(address!(), "ORDER BY lower(rtrim(ip_list_id)), ip_address");
                Ok(joined_ip_lists(self.all(find, params![], address)?))
            }
            Table::Weight => {
                let weights = weights::read(&self.weights_text()?);
                Ok(weights.into_iter().map(|(ip, weight)| Row::whole(table, vec![ip, weight])).collect())
            }
            _ => self.table_rows(table),
        }
    }

    fn row(&mut self, named: &Row) -> Result<Option<Row>, TxError> {
        let table = named.table();
        if table == Table::IpList {
            return self.ip_list_row(&named.key());
        }
        let sql = format!("SELECT {} FROM {} WHERE {} /*FOR UPDATE*/", selected(table), table.sql(), by_key(table));
        let values = self.look_up_key(named)?;
        self.one(&sql, values, |row| read_row(table, row))
    }

    fn page(&mut self, page: &Page) -> Result<Vec<Row>, TxError> {
        if page.table == Table::IpList {
            return self.ip_list_page(page);
        }
        if page.table == Table::Dialer && page.columns == [ADDRESS] {
            return self.dialer_page(page);
        }
        let mut rows = match same_first(page) {
            Some(filter) => self.filtered_rows(page, &filter, page.at_most)?,
            None => Vec::new(),
        };
        let left = page.at_most.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        if let Some(filter) = further(page).filter(|_| left > 0) {
            rows.extend(self.filtered_rows(page, &filter, left)?);
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

    fn add_row(&mut self, row: &Row) -> Result<(), TxError> {
        self.begin_change(row)?;
        match row.table() {
            Table::IpList => self.set_ip_list(row),
            Table::Weight => self.set_weight(row, row.get("weight")),
            table => {
                self.run(insert_columns(table.sql(), new_row::complete(table, own_columns(row, |_| true))))?;
                self.write_foreign_columns(row)
            }
        }
    }

    fn change_row(&mut self, row: &Row) -> Result<(), TxError> {
        self.begin_change(row)?;
        match row.table() {
            Table::IpList => self.set_ip_list(row),
            Table::Weight => self.set_weight(row, row.get("weight")),
            table => {
                let columns = own_columns(row, |column| !column.is_key);
                if !columns.is_empty() {
                    let update = update_columns(table.sql(), columns, &by_key(table), key_values(row));
                    self.run_one(update, || Self::no_row(row))?;
                }
                self.write_foreign_columns(row)
            }
        }
    }

    fn remove_row(&mut self, row: &Row) -> Result<(), TxError> {
        self.database.forget();
        self.database.mark_files_changed();
        match row.table() {
            Table::IpList => self.delete_ip_list(row),
            Table::Weight => self.set_weight(row, None),
            table => {
                let sql = format!("DELETE FROM {} WHERE {}", table.sql(), by_key(table));
                self.change_one(&sql, key_values(row).collect::<Vec<_>>(), || Self::no_row(row))?;
                match table {
                    Table::Alias => self.forget_alias(&row.key()),
                    Table::Phone => self.forget_phone(&PhoneKey {
                        extension: row.text("extension").to_owned(),
                        server_ip: row.text("server_ip").to_owned(),
                    }),
                    Table::Dialer => self.forget_dialer(&row.key()),
                    _ => Ok(()),
                }
            }
        }
    }

    fn tag_key(&mut self) -> Result<Option<String>, TxError> {
        self.value("SELECT value FROM hotdesk_secret WHERE name = ?1", [TAG_KEY])
    }

    fn keep_tag_key(&mut self, key: &str) -> Result<(), TxError> {
        self.run(insert!(OR IGNORE "hotdesk_secret" { name: TAG_KEY, value: key }))
    }
}
