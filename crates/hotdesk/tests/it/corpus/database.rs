//! Set-up of a scenario's rows and comparison of the resulting rows, with plain SQL on a separate connection.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::scenario::{self, Changes, Row, Scenario, Seed, Step};
use crate::side_connection::SideConnection;

/// Columns that the corpus does not compare: passwords, and time and address of the last login.
const NOT_COMPARED: [&str; 6] = [
    "last_login_date",
    "last_ip",
    "failed_login_attempts_today",
    "failed_login_count_today",
    "failed_last_ip_today",
    "failed_last_type_today",
];

/// A user's plain password becomes a digest at the first valid login.
fn is_compared(table: &str, column: &str) -> bool {
    !NOT_COMPARED.contains(&column) && (table, column) != ("vicidial_users", "pass")
}

/// Tables without rows in the seed, which are empty before each scenario.
const EMPTY_AT_FIRST: [&str; 10] = [
    "vicidial_admin_log",
    "vicidial_api_log",
    "server_updater",
    "vicidial_conferences",
    "vicidial_confbridges",
    "vicidial_settings_containers",
    "vicidial_agent_log",
    "vicidial_manager",
    "vicidial_auto_calls",
    "hotdesk_session",
];

/// The tables that scenarios of a file use beyond those of the seed, each with the columns that are compared.
#[derive(Default)]
pub struct MoreTables(BTreeMap<String, BTreeSet<String>>);

impl MoreTables {
    pub fn of(scenarios: &[Scenario]) -> Self {
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for scenario in scenarios {
            for step in &scenario.setup {
                let (Step::Insert { table, .. } | Step::Update { table, .. } | Step::Delete { table, .. }) = step;
                tables.entry(table.clone()).or_default();
            }
            for (table, changes) in &scenario.state {
                let changed = changes.changed.iter().flat_map(|change| change.key.keys().chain(change.set.keys()));
                let rows = changes.added.iter().chain(&changes.deleted).flat_map(Row::keys);
                let columns = rows.chain(changed).filter(|column| is_compared(table, column)).cloned();
                tables.entry(table.clone()).or_default().extend(columns);
            }
        }
        Self(tables)
    }
}

/// Inserts the seed, and applies the scenario's set-up.
pub fn set_up(database: &SideConnection, seed: &Seed, more: &MoreTables, setup: &[Step]) {
    database.transaction(|| {
        let more = more.0.keys().map(String::as_str).filter(|table| !seed.tables.contains_key(*table));
        for table in seed.tables.keys().map(String::as_str).chain(EMPTY_AT_FIRST).chain(more) {
            database.run(&format!("DELETE FROM {table}"), std::iter::empty());
        }
        for (table, rows) in &seed.tables {
            for row in rows {
                insert(database, table, row);
            }
        }
        for server in seed.tables.get("servers").into_iter().flatten() {
            let fresh = Row::from([
                ("server_ip".to_owned(), server["server_ip"].clone()),
                ("last_update".to_owned(), Value::from("@now")),
            ]);
            insert(database, "server_updater", &fresh);
        }
        for step in setup {
            apply(database, step);
        }
    });
    database.number_anew("vicidial_users");
}

fn apply(database: &SideConnection, step: &Step) {
    match step {
        Step::Insert { table, row } => insert(database, table, row),
        Step::Update { table, r#where, set } => {
            let values = set.values().chain(r#where.values()).map(|value| sql(database, value));
            let set = list(set, "= ?", ", ");
            database.run(&format!("UPDATE {table} SET {set}{}", condition(r#where)), values);
        }
        Step::Delete { table, r#where } => {
            database.run(
                &format!("DELETE FROM {table}{}", condition(r#where)),
                r#where.values().map(|value| sql(database, value)),
            );
        }
    }
}

fn insert(database: &SideConnection, table: &str, row: &Row) {
    let marks = vec!["?"; row.len()].join(", ");
    let text = format!("INSERT INTO {table} ({}) VALUES ({marks})", list(row, "", ", "));
    database.run(&text, row.values().map(|value| sql(database, value)));
}

fn list(row: &Row, after: &str, between: &str) -> String {
    row.keys().map(|column| format!("`{column}` {after}")).collect::<Vec<_>>().join(between)
}

fn condition(row: &Row) -> String {
    if row.is_empty() { String::new() } else { format!(" WHERE {}", list(row, "= ?", " AND ")) }
}

fn sql(database: &SideConnection, value: &Value) -> Option<String> {
    let seconds_from_now = |offset: i64| seconds_from_now(offset + database.local_offset());
    match value {
        Value::Null => None,
        Value::String(text) if text == "@raw:NULL" => None,
        Value::String(text) if text == "{{NOW}}" => Some(seconds_from_now(0)),
        Value::String(text) => Some(match text.strip_prefix("@now") {
            Some(offset) => seconds_from_now(offset.parse().unwrap_or(0)),
            None => text.clone(),
        }),
        other => Some(other.to_string()),
    }
}

fn seconds_from_now(offset: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "the server under test lives in real time")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    fleet::Timestamp::from_unix(i64::try_from(now).unwrap() + offset).stamp()
}

/// The rows of the seed's tables, limited to the seed's columns, and the logs.
#[derive(Clone)]
pub struct Snapshot {
    tables: BTreeMap<String, Vec<Row>>,
    admin_log: Vec<Row>,
    api_log: Vec<Row>,
}

impl Snapshot {
    pub fn take(database: &SideConnection, seed: &Seed, more: &MoreTables) -> Self {
        let mut columns: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for (table, rows) in &seed.tables {
            let compared = rows.iter().take(1).flat_map(Row::keys).filter(|column| is_compared(table, column));
            columns.entry(table).or_default().extend(compared);
        }
        for (table, compared) in &more.0 {
            columns.entry(table).or_default().extend(compared);
        }
        columns.retain(|_, columns| !columns.is_empty());
        let read_table = |(table, columns): (&str, BTreeSet<&String>)| {
            (table.to_owned(), database.rows(table, &columns.into_iter().cloned().collect::<Vec<_>>()))
        };
        Self {
            tables: columns.into_iter().map(read_table).collect(),
            admin_log: rows(
                database,
                "vicidial_admin_log",
                &["user", "event_section", "event_type", "record_id", "event_code", "event_notes"],
            ),
            api_log: rows(database, "vicidial_api_log", &["user", "function", "result", "result_reason", "source"]),
        }
    }

    /// These rows with the recorded changes.
    pub fn changed_by(&self, state: &BTreeMap<String, Changes>) -> Self {
        let mut changed = self.clone();
        for (table, changes) in state {
            let rows = changed.tables.entry(table.clone()).or_default();
            rows.retain(|row| !changes.deleted.iter().any(|deleted| has(row, deleted)));
            for change in &changes.changed {
                for row in rows.iter_mut().filter(|row| has(row, &change.key)) {
                    row.extend(change.set.iter().filter(|(column, _)| is_compared(table, column)).map(owned));
                }
            }
            for added in &changes.added {
                rows.push(added.iter().filter(|(column, _)| is_compared(table, column)).map(owned).collect());
            }
        }
        changed
    }

    /// These rows with the users' failure counts of `after`.
    pub fn without_counters(&self, after: &Self) -> Self {
        let mut changed = self.clone();
        let counts: BTreeMap<_, _> = after
            .users()
            .map(|user| (user["user_id"].clone().to_string(), user["failed_login_count"].clone()))
            .collect();
        for user in changed.tables.get_mut("vicidial_users").into_iter().flatten() {
            if let Some(count) = counts.get(&user["user_id"].to_string()) {
                user.insert("failed_login_count".into(), count.clone());
            }
        }
        changed
    }

    fn users(&self) -> impl Iterator<Item = &Row> {
        self.tables.get("vicidial_users").into_iter().flatten()
    }

    /// The first phone with this extension.
    pub fn phone(&self, extension: &str) -> Option<&Row> {
        self.tables.get("phones")?.iter().find(|row| row["extension"] == extension)
    }

    /// The user with this name.
    pub fn user(&self, user: &str) -> Option<&Row> {
        self.users().find(|row| row["user"] == user)
    }

    pub fn compare_rows(&self, wanted: &Self) -> Result<(), String> {
        for (table, wanted) in &wanted.tables {
            let found = self.tables.get(table).map(Vec::as_slice).unwrap_or_default();
            let missing: Vec<_> = wanted.iter().filter(|row| !found.iter().any(|found| has(found, row))).collect();
            let surplus: Vec<_> = found.iter().filter(|row| !wanted.iter().any(|wanted| has(row, wanted))).collect();
            if !missing.is_empty() || !surplus.is_empty() || found.len() != wanted.len() {
                return Err(format!("{table}: missing {missing:?}, surplus {surplus:?}"));
            }
        }
        Ok(())
    }

    pub fn compare_admin_log(&self, wanted: Option<&[Row]>) -> Result<(), String> {
        compare_log("admin log", &self.admin_log, wanted)
    }

    pub fn compare_api_log(&self, wanted: Option<&[Row]>) -> Result<(), String> {
        compare_log("API log", &self.api_log, wanted)
    }
}

fn owned((column, value): (&String, &Value)) -> (String, Value) {
    (column.clone(), value.clone())
}

/// Whether the row has these values in these columns.
fn has(row: &Row, wanted: &Row) -> bool {
    let is_same = |found: &Value, wanted: &Value| match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => scenario::matches(wanted, found),
        (found, wanted) => found == wanted,
    };
    wanted.iter().all(|(column, wanted)| row.get(column).is_some_and(|found| is_same(found, wanted)))
}

fn compare_log(name: &str, found: &[Row], wanted: Option<&[Row]>) -> Result<(), String> {
    let Some(wanted) = wanted else { return Ok(()) };
    if found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| has(found, wanted)) {
        return Ok(());
    }
    Err(format!("{name}: {found:?}, wanted {wanted:?}"))
}

/// Reads these columns of every row.
pub fn rows(database: &SideConnection, table: &str, columns: &[&str]) -> Vec<Row> {
    database.rows(table, &columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>())
}
