//! A row of the admin log as an event.

use serde_json::{Map, Value, json};

use super::Topic;
use crate::audit_log::AuditLogRow;
use crate::audit_log::without_secrets;
use crate::schema::{Row, Table};
use crate::{FleetTx, Timestamp, TxError};

/// A change of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetChange {
    /// What was changed.
    pub topic: Topic,
    /// How: `added`, `changed` or `deleted`.
    pub verb: &'static str,
    /// What names it, in the order of [`Table::keys`]. Of a phone that another program changed the dialer is not told, and
    /// is empty.
    pub names: Vec<String>,
    /// The row.
    pub line: AuditLogRow,
}

impl FleetChange {
    /// What a row tells; `None` if it is of nothing that anybody can subscribe to.
    #[must_use]
    pub fn of(line: AuditLogRow) -> Option<Self> {
        let topic = match line.section.as_str() {
            "PHONES" => Topic::Phone,
            "PHONEALIASES" => Topic::Alias,
            "USERS" => Topic::User,
            "SERVERS" => Topic::Dialer,
            _ => return None,
        };
        let verb = match line.event.as_str() {
            "ADD" | "COPY" => "added",
            "MODIFY" => "changed",
            "DELETE" => "deleted",
            _ => return None,
        };
        let names = match topic {
            Topic::Phone => {
                let (server_ip, extension) = phone(&line.notes).unwrap_or(("", &line.record_id));
                vec![server_ip.to_owned(), extension.to_owned()]
            }
            _ => vec![line.record_id.clone()],
        };
        Some(Self { topic, verb, names, line })
    }

    /// When it was.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        Timestamp::from_stamp(&self.line.at).unwrap_or_default()
    }

    /// Its type, such as `alias.added`.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("{}.{}", self.topic.word(), self.verb)
    }

    /// What is told of it: its names, who did it, and what is stored now, without secrets.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn told(&self, tx: &mut dyn FleetTx) -> Result<Value, TxError> {
        let Some(section) = section(self.topic) else { return Ok(Value::Null) };
        let mut wanted = Row::new(section);
        for (key, name) in section.columns().iter().zip(&self.names) {
            wanted.set(key.name, name.clone());
        }
        let stored = tx.row(&wanted)?;
        let names = section.columns().iter().zip(&self.names).filter(|(_, name)| !name.is_empty());
        let mut told: Map<String, Value> = names.map(|(key, name)| (key.name.to_owned(), json!(name))).collect();
        told.insert("by".to_owned(), json!(self.line.user));
        told.insert("from".to_owned(), json!(self.line.from));
        told.insert("notes".to_owned(), json!(without_secrets(&self.line.notes)));
        told.insert("current".to_owned(), stored.as_ref().map_or(Value::Null, shown));
        Ok(Value::Object(told))
    }
}

/// The rows that a topic is of.
const fn section(topic: Topic) -> Option<Table> {
    match topic {
        Topic::Phone => Some(Table::Phone),
        Topic::Alias => Some(Table::Alias),
        Topic::User => Some(Table::User),
        Topic::Dialer => Some(Table::Dialer),
        Topic::Session => None,
    }
}

/// The dialer and the extension of the phone that notes name: `phone: 100|10.0.9.8…`, as the API and the panel write it, or
/// `phone 10.0.9.8/100 …`, as fleet files do.
fn phone(notes: &str) -> Option<(&str, &str)> {
    let word =
        |text: &'static str| notes.strip_prefix(text).map(|rest| rest.split([' ', ';', ',']).next().unwrap_or(rest));
    let (server_ip, extension) = match word("phone: ") {
        Some(named) => named.split_once('|').map(|(extension, server_ip)| (server_ip, extension))?,
        None => word("phone ")?.split_once('/')?,
    };
    (!server_ip.is_empty() && !extension.is_empty()).then_some((server_ip, extension))
}

/// A row as the JSON API shows it: the keys of a fleet file, but for secrets.
fn shown(entry: &Row) -> Value {
    let open = entry.values().filter(|(key, _)| !key.secret);
    Value::Object(open.map(|(key, column)| (key.name.to_owned(), json(&key.value_type.show(column)))).collect())
}

fn json(value: &crate::schema::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(section: &str, event: &str, record_id: &str, notes: &str) -> AuditLogRow {
        let text = str::to_owned;
        AuditLogRow {
            admin_log_id: 7,
            at: text("2026-11-21 05:31:00"),
            user: text("6666"),
            from: text("10.0.0.1"),
            section: text(section),
            event: text(event),
            record_id: text(record_id),
            code: String::new(),
            notes: text(notes),
        }
    }

    #[test]
    fn a_row_of_the_admin_log_becomes_an_event_by_its_section_and_what_was_done() {
        let kind = |section, event| FleetChange::of(line(section, event, "x", "")).map(|change| change.kind());
        assert_eq!(kind("PHONEALIASES", "ADD").as_deref(), Some("alias.added"));
        assert_eq!(kind("USERS", "COPY").as_deref(), Some("user.added"));
        assert_eq!(kind("SERVERS", "MODIFY").as_deref(), Some("dialer.changed"));
        assert_eq!(kind("PHONES", "DELETE").as_deref(), Some("phone.deleted"));
        assert_eq!(kind("PHONES", "OTHER"), None, "an agent was moved");
        assert_eq!(kind("SYSTEMSETTINGS", "MODIFY"), None);
    }

    #[test]
    fn a_phone_is_named_with_its_dialer_whoever_wrote_the_notes() {
        let names = |notes| FleetChange::of(line("PHONES", "MODIFY", "100", notes)).unwrap().names;
        assert_eq!(names("phone: 100|10.0.9.8"), ["10.0.9.8", "100"]);
        assert_eq!(names("phone: 100|10.0.9.8; active: Y to N"), ["10.0.9.8", "100"]);
        assert_eq!(names("phone 10.0.9.8/100 active = false"), ["10.0.9.8", "100"]);
        for other in ["", "phone: ", "phone: 100|", "phone", "changed by hand"] {
            assert_eq!(names(other), ["", "100"], "{other}");
        }
    }
}
