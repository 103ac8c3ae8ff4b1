//! Conversion of audit-log rows to webhook events.

use serde_json::{Map, Value, json};

use super::Topic;
use crate::audit_log::{AuditLogRow, without_secrets};
use crate::schema::{Row, Table};
use crate::{FleetTx, Timestamp, TxError};

/// A change of a phone, alias, user or dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetChange {
    /// The topic.
    pub topic: Topic,
    /// The kind of change: `added`, `changed` or `deleted`.
    pub verb: &'static str,
    /// The key of the changed row, in the order of [`Table::columns`]. The dialer is empty for a phone that another program
    /// changed.
    pub names: Vec<String>,
    /// The row of the audit log.
    pub line: AuditLogRow,
}

impl FleetChange {
    /// The change in a row of the audit log; `None` if no topic covers it.
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

    /// The time of the change.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        Timestamp::from_stamp(&self.line.at).unwrap_or_default()
    }

    /// The event's type, such as `alias.added`.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("{}.{}", self.topic.word(), self.verb)
    }

    /// The event's content: the key, the author, and the current row without secrets.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn content(&self, tx: &mut dyn FleetTx) -> Result<Value, TxError> {
        let Some(section) = section(self.topic) else { return Ok(Value::Null) };
        let mut wanted = Row::new(section);
        for (key, name) in section.columns().iter().zip(&self.names) {
            wanted.set(key.name, name.clone());
        }
        let stored = tx.row(&wanted)?;
        let names = section.columns().iter().zip(&self.names).filter(|(_, name)| !name.is_empty());
        let mut content: Map<String, Value> = names.map(|(key, name)| (key.name.to_owned(), json!(name))).collect();
        content.insert("by".to_owned(), json!(self.line.user));
        content.insert("from".to_owned(), json!(self.line.from));
        content.insert("notes".to_owned(), json!(without_secrets(&self.line.notes)));
        content.insert("current".to_owned(), stored.as_ref().map_or(Value::Null, shown));
        Ok(Value::Object(content))
    }
}

/// The table of a topic.
const fn section(topic: Topic) -> Option<Table> {
    match topic {
        Topic::Phone => Some(Table::Phone),
        Topic::Alias => Some(Table::Alias),
        Topic::User => Some(Table::User),
        Topic::Dialer => Some(Table::Dialer),
        Topic::Session => None,
    }
}

/// The dialer and the extension of the phone in the notes: `phone: 100|10.0.9.8…`, as the API and the panel write it, or `phone
/// 10.0.9.8/100 …`, as fleet files do.
fn phone(notes: &str) -> Option<(&str, &str)> {
    let word =
        |text: &'static str| notes.strip_prefix(text).map(|rest| rest.split([' ', ';', ',']).next().unwrap_or(rest));
    let (server_ip, extension) = match word("phone: ") {
        Some(named) => named.split_once('|').map(|(extension, server_ip)| (server_ip, extension))?,
        None => word("phone ")?.split_once('/')?,
    };
    (!server_ip.is_empty() && !extension.is_empty()).then_some((server_ip, extension))
}

/// A row in the format of the JSON API: the keys of a fleet file, without secrets.
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
    fn section_and_event_of_an_audit_row_determine_the_type() {
        let kind = |section, event| FleetChange::of(line(section, event, "x", "")).map(|change| change.kind());
        assert_eq!(kind("PHONEALIASES", "ADD").as_deref(), Some("alias.added"));
        assert_eq!(kind("USERS", "COPY").as_deref(), Some("user.added"));
        assert_eq!(kind("SERVERS", "MODIFY").as_deref(), Some("dialer.changed"));
        assert_eq!(kind("PHONES", "DELETE").as_deref(), Some("phone.deleted"));
        assert_eq!(kind("PHONES", "OTHER"), None, "an agent was moved");
        assert_eq!(kind("SYSTEMSETTINGS", "MODIFY"), None);
    }

    #[test]
    fn the_phone_and_its_dialer_are_parsed_from_any_form_of_notes() {
        let names = |notes| FleetChange::of(line("PHONES", "MODIFY", "100", notes)).unwrap().names;
        assert_eq!(names("phone: 100|10.0.9.8"), ["10.0.9.8", "100"]);
        assert_eq!(names("phone: 100|10.0.9.8; active: Y to N"), ["10.0.9.8", "100"]);
        assert_eq!(names("phone 10.0.9.8/100 active = false"), ["10.0.9.8", "100"]);
        for other in ["", "phone: ", "phone: 100|", "phone", "changed manually"] {
            assert_eq!(names(other), ["", "100"], "{other}");
        }
    }
}
