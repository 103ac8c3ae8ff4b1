//! VICIdial's tables as its installation makes them, from `vicidial-schema.json`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

/// The schema file.
#[derive(Deserialize)]
struct Schema {
    tables: BTreeMap<String, Table>,
}

/// A table of VICIdial's.
#[derive(Deserialize)]
pub struct Table {
    engine: String,
    collation: String,
    indexes: BTreeMap<String, Index>,
    pub columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Index {
    unique: bool,
    columns: Vec<String>,
}

/// A column of such a table.
#[derive(Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    sql_type: String,
    #[serde(rename = "null")]
    nullable: bool,
    /// A literal, as the server tells it.
    default: Option<String>,
    extra: String,
}

impl Column {
    /// Whether every INSERT has to name it.
    pub fn is_needed(&self) -> bool {
        !self.nullable && self.default.is_none() && self.extra != "auto_increment"
    }

    /// Whether it holds a date and time.
    pub fn holds_time(&self) -> bool {
        ["datetime", "timestamp"].iter().any(|time| self.sql_type.starts_with(time))
    }
}

/// Rows that VICIdial's installation adds.
const ROWS: &str = "
    INSERT INTO system_settings (use_non_latin) VALUES ('0');
    INSERT INTO vicidial_inbound_groups (group_id, group_name, active) VALUES
        ('AGENTDIRECT', 'Single Agent Direct Queue', 'Y'), ('AGENTDIRECT_CHAT', 'Agent Direct Queue for Chats', 'Y');";

/// What VICIdial's own pages fill in, and a test that adds rows leaves out: the columns have no such default.
pub const FILL_IN: &str = "
    UPDATE phones SET active = ifnull(active, 'Y'), status = ifnull(status, 'ACTIVE'),
        conf_secret = if(conf_secret = 'test', '', conf_secret);
    UPDATE servers SET active = ifnull(active, 'Y'), rebuild_conf_files = if(rebuild_conf_files = 'Y' AND asterisk_version = '1.4.21.2', 'N', rebuild_conf_files),
        asterisk_version = if(asterisk_version = '1.4.21.2', '', asterisk_version);
    UPDATE vicidial_campaigns SET active = ifnull(active, 'Y');
    UPDATE vicidial_user_groups SET allowed_campaigns = ifnull(allowed_campaigns, ' -ALL-CAMPAIGNS- - -'),
        admin_viewable_groups = ifnull(admin_viewable_groups, ' ---ALL--- ');";

/// The tables by name.
pub fn tables() -> BTreeMap<String, Table> {
    let schema: Schema = serde_json::from_str(include_str!("vicidial-schema.json")).unwrap();
    schema.tables
}

/// Creates the tables, and the rows that are always there.
pub fn statements() -> String {
    let mut text: String = tables().iter().map(|(name, table)| create(name, table)).collect();
    text.push_str(ROWS);
    text
}

fn create(name: &str, table: &Table) -> String {
    let columns = table.columns.iter().map(definition);
    let indexes = table.indexes.iter().map(|(name, index)| {
        let columns = index.columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        match (name.as_str(), index.unique) {
            ("PRIMARY", _) => format!("PRIMARY KEY ({columns})"),
            (name, true) => format!("UNIQUE KEY `{name}` ({columns})"),
            (name, false) => format!("KEY `{name}` ({columns})"),
        }
    });
    let lines = columns.chain(indexes).collect::<Vec<_>>().join(",\n  ");
    format!("CREATE TABLE `{name}` (\n  {lines}\n) ENGINE={} COLLATE={};\n", table.engine, table.collation)
}

fn definition(column: &Column) -> String {
    let null = if column.nullable { "NULL" } else { "NOT NULL" };
    let mut text = format!("`{}` {} {null}", column.name, column.sql_type);
    if let Some(default) = &column.default {
        write!(text, " DEFAULT {default}").unwrap();
    }
    if !column.extra.is_empty() {
        write!(text, " {}", column.extra).unwrap();
    }
    text
}
