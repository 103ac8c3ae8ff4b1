//! Rows by their section, for fleet files. The statements are put together from names that are part of the program; every
//! value is bound. Some columns are not kept in the section's own table, and two sections are not a table's rows at all.

use fleet::TxError;
use fleet::fleet_file::FileTx;
use fleet::fleet_file::weights::{self, CONTAINER};
use fleet::name::key;
use fleet::records::PhoneKey;
use fleet::schema::{Column, Row, Table};

use super::{SqlTx, missing};
use crate::database::{Database, Read, ResultRow, SqlValue, params, text};

/// The table of a section, and how its rows are put in order and found.
pub(super) fn table(section: Table) -> &'static str {
    match section {
        Table::Server => "servers",
        Table::UserGroup => "vicidial_user_groups",
        Table::IpList => "vicidial_ip_list_entries",
        Table::Template => "vicidial_conf_templates",
        Table::Campaign => "vicidial_campaigns",
        Table::User => "vicidial_users",
        Table::Phone => "phones",
        Table::Alias => "phones_alias",
        Table::Weight => "vicidial_settings_containers",
        Table::Settings => "system_settings",
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
        (Table::Server, _) => OWN_WAY.iter().find(|(own, _)| *own == column).map(|(_, read)| *read),
        _ => None,
    }
}

/// All columns of a section's rows, in the order of its keys.
pub(super) fn columns(section: Table) -> String {
    let columns = section.keys().iter().map(|key| kept_aside(section, key.column).unwrap_or(key.column));
    columns.collect::<Vec<_>>().join(", ")
}

/// The columns by which a row is found: `lower(rtrim(column)) = ?` for each, in the keys' order.
pub(super) fn condition(section: Table) -> String {
    let names = section.keys().iter().filter(|key| key.names_row);
    let each: Vec<String> = names.map(|key| format!("lower(rtrim({})) = ?", key.column)).collect();
    if each.is_empty() { "TRUE".to_owned() } else { each.join(" AND ") }
}

impl<D: Database> FileTx for SqlTx<D> {
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

    fn add_row(&mut self, entry: &Row) -> Result<(), TxError> {
        self.claim_login_of(entry)?;
        self.database.forget();
        self.database.mark_files_changed();
        match entry.section() {
            Table::IpList => self.set_ip_list(entry),
            Table::Weight => self.set_weight(entry, entry.get("weight")),
            section => {
                let own: Vec<_> = entry.values().filter(|(key, _)| kept_aside(section, key.column).is_none()).collect();
                let columns: Vec<&str> = own.iter().map(|(key, _)| key.column).collect();
                let marks = vec!["?"; columns.len()].join(", ");
                let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", table(section), columns.join(", "));
                self.change(&sql, own.iter().map(|(_, value)| SqlValue::from(*value)).collect::<Vec<_>>())?;
                self.set_aside(entry)
            }
        }
    }

    fn change_row(&mut self, entry: &Row) -> Result<(), TxError> {
        self.claim_login_of(entry)?;
        self.database.forget();
        self.database.mark_files_changed();
        match entry.section() {
            Table::IpList => self.set_ip_list(entry),
            Table::Weight => self.set_weight(entry, entry.get("weight")),
            section => {
                let is_own = |key: &Column| !key.names_row && kept_aside(section, key.column).is_none();
                let own: Vec<_> = entry.values().filter(|(key, _)| is_own(key)).collect();
                if !own.is_empty() {
                    let columns: Vec<String> = own.iter().map(|(key, _)| format!("{} = ?", key.column)).collect();
                    let sql =
                        format!("UPDATE {} SET {} WHERE {}", table(section), columns.join(", "), condition(section));
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
        match entry.section() {
            Table::IpList => self
                .change("DELETE FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1", [entry.key()])
                .map(drop),
            Table::Weight => self.set_weight(entry, None),
            section => {
                let sql = format!("DELETE FROM {} WHERE {}", table(section), condition(section));
                self.run_on_row(&sql, found_by(entry), entry)
            }
        }
    }
}

/// The values by which a row is found.
pub(super) fn found_by(entry: &Row) -> impl Iterator<Item = String> {
    entry.names().map(|(_, value)| key(value))
}

impl<D: Database> SqlTx<D> {
    /// Lets nobody else have the login that a phone gets.
    fn claim_login_of(&self, entry: &Row) -> Result<(), TxError> {
        let Some(login) = entry.get("login").filter(|_| entry.section() == Table::Phone) else { return Ok(()) };
        let (extension, server_ip) = (entry.text("extension").to_owned(), entry.text("server_ip").to_owned());
        self.claim_login(login, &PhoneKey { extension, server_ip })
    }

    /// Changes or removes exactly the entry's row.
    fn run_on_row(&self, sql: &str, values: impl Iterator<Item = String>, entry: &Row) -> Result<(), TxError> {
        let section = entry.section();
        let column = section.keys().first().map_or("", |key| key.column);
        match self.change(sql, values.map(SqlValue::from).collect::<Vec<_>>())? {
            1 => Ok(()),
            _ => Err(missing(table(section), column, &entry.name())),
        }
    }

    fn table_rows(&self, section: Table) -> Result<Vec<Row>, TxError> {
        let keys = section.keys();
        let names = keys.iter().filter(|key| key.names_row);
        // Where nothing names a row, there is one.
        let order: Vec<String> =
            names.map(|key| format!("lower(rtrim({}))", key.column)).chain(std::iter::once("1".to_owned())).collect();
        let sql = format!("SELECT {} FROM {} ORDER BY {}", columns(section), table(section), order.join(", "));
        let read = |row: &ResultRow<'_>| {
            let values = (0..keys.len()).map(|column| text(row, column)).collect::<Read<_>>()?;
            Ok(Row::whole(section, values))
        };
        self.all(&sql, params![], read)
    }

    /// Writes the columns that other tables keep.
    fn set_aside(&mut self, entry: &Row) -> Result<(), TxError> {
        match entry.section() {
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
            Table::Server => self.set_own_way(entry),
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
            "SELECT ip_list_id, ip_address FROM vicidial_ip_list_entries
             ORDER BY lower(rtrim(ip_list_id)), ip_address",
            params![],
            |row| Ok((text(row, 0)?, text(row, 1)?)),
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
