//! Parser of the corpus (its keys are described in tests/golden/README.md).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::database::Snapshot;
use crate::support::{self, Reply};

pub use crate::side_connection::Row;

/// The rows before each scenario, by table.
#[derive(Deserialize)]
pub struct Seed {
    pub tables: BTreeMap<String, Vec<Row>>,
}

#[derive(Deserialize)]
pub struct Scenario {
    pub id: String,
    pub title: String,
    pub setup: Vec<Step>,
    pub requests: Vec<Request>,
    #[serde(default)]
    pub state: BTreeMap<String, Changes>,
    pub admin_log: Option<Vec<Row>>,
    pub api_log: Option<Vec<Row>>,
    pub differs: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Step {
    Insert { table: String, row: Row },
    Update { table: String, r#where: Row, set: Row },
    Delete { table: String, r#where: Row },
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Changes {
    pub added: Vec<Row>,
    pub changed: Vec<Change>,
    pub deleted: Vec<Row>,
}

#[derive(Deserialize)]
pub struct Change {
    pub key: Row,
    pub set: Row,
}

#[derive(Deserialize)]
pub struct Request {
    method: String,
    query: Option<String>,
    form: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    pub vicidial: Option<String>,
    pub documented: Option<String>,
}

impl Request {
    /// The bytes to send.
    pub fn bytes(&self) -> Vec<u8> {
        let query = self.query.as_deref().unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let kind = self.content_type.as_ref().map(|kind| format!("Content-Type: {kind}"));
        let more = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let headers: Vec<String> = kind.into_iter().chain(more).collect();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let body = self.form.as_deref().unwrap_or_default().as_bytes();
        support::request(&self.method, &format!("/vicidial/non_agent_api.php{mark}{query}"), &headers, body)
    }

    /// The function that the request calls, if it is readable from a query or a form.
    pub fn function(&self) -> Option<String> {
        let named = |text: &Option<String>| {
            let text = text.as_deref()?;
            text.split('&').rev().find_map(|pair| pair.strip_prefix("function=")).map(str::to_owned)
        };
        named(&self.query).or_else(|| named(&self.form))
    }

    /// The decoded value of this key in the query or an urlencoded form.
    pub fn sent(&self, key: &str) -> Option<String> {
        let text = [self.query.as_deref().unwrap_or_default(), self.form.as_deref().unwrap_or_default()].join("&");
        let value = text
            .split('&')
            .find_map(|pair| pair.strip_prefix(&format!("{key}=")))
            .map(|value| value.replace('+', " "))?;
        let mut decoded = Vec::new();
        let mut bytes = value.bytes();
        while let Some(byte) = bytes.next() {
            if byte == b'%' {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                decoded.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            } else {
                decoded.push(byte);
            }
        }
        String::from_utf8(decoded).ok()
    }
}

fn golden(file: &str) -> PathBuf {
    PathBuf::from_str(env!("CARGO_MANIFEST_DIR")).unwrap().join("../../tests/golden").join(file)
}

pub fn seed() -> Seed {
    serde_json::from_str(&std::fs::read_to_string(golden("seed.json")).unwrap()).unwrap()
}

pub fn read(file: &str) -> Vec<Scenario> {
    lines(file).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of a file, one scenario each.
pub fn lines(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(golden(&format!("{file}.jsonl"))).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Whether a reply matches the recorded one; `{{DATETIME}}` and `{{EPOCH}}` match any time and any number.
pub fn matches(wanted: &str, reply: &str) -> bool {
    let Some((before, rest)) = wanted.split_once("{{") else { return wanted == reply };
    let Some((mask, rest)) = rest.split_once("}}") else { return false };
    let Some(reply) = reply.strip_prefix(before) else { return false };
    let length = match mask {
        "DATETIME" => "2026-11-21 05:31:00".len(),
        _ => reply.bytes().take_while(u8::is_ascii_digit).count(),
    };
    let is_time = |text: &str| fleet::Timestamp::from_stamp(text).is_some() || text.parse::<u64>().is_ok();
    reply.split_at_checked(length).is_some_and(|(value, reply)| is_time(value) && matches(rest, reply))
}

/// Checks a scenario in which Hotdesk differs from VICIdial on purpose.
pub fn judge_difference(
    rule: &str,
    scenario: &Scenario,
    documented: bool,
    replies: &[Reply],
    before: &Snapshot,
    after: &Snapshot,
) -> Result<(), String> {
    let (Some(request), Some(reply)) = (scenario.requests.last(), replies.last()) else {
        return Err("no request".to_owned());
    };
    let function = request.function().unwrap_or_default();
    let one_line = reply.body.ends_with('\n') && reply.body.lines().count() == 1;
    let user = request.sent("user").unwrap_or_default();
    let fits = match rule {
        "refused-too-long" => reply.status == 200 && one_line && reply.body.starts_with(&format!("ERROR: {function} ")),
        "duplicate-login-refused" => {
            let login = request.sent("phone_login").unwrap_or_default();
            let between = if documented { " - " } else { ": |" };
            reply.body == format!("ERROR: update_phone LOGIN ALREADY EXISTS{between}{user}|{login}\n")
        }
        "login-refused" if documented => reply.body == "ERROR: INVALID USERNAME OR PASSWORD\n",
        "login-refused" => reply.body == format!("ERROR: Login incorrect, please try again: |{user}||BAD|\n"),
        "method-refused" => reply.status == 405 && reply.head.contains("\r\nallow: get, post"),
        "accepts-or-refuses-cleanly" => return judge_cleanly(request, reply, before, after),
        _ => return Err(format!("no rule for {rule}")),
    };
    if !fits {
        return Err(format!("{rule}: reply {} {:?}", reply.status, reply.body));
    }
    after.compare_rows(&before.without_counters(after))
}

/// Checks that the reply is one line, and that the row holds exactly the filtered input or nothing changed.
fn judge_cleanly(request: &Request, reply: &Reply, before: &Snapshot, after: &Snapshot) -> Result<(), String> {
    if reply.status != 200 || reply.body.lines().count() != 1 {
        return Err(format!("reply {} {:?}", reply.status, reply.body));
    }
    if reply.body.starts_with("ERROR") {
        return after.compare_rows(&before.without_counters(after));
    }
    if !reply.body.starts_with("SUCCESS") {
        return Err(format!("reply {:?}", reply.body));
    }
    let row = match request.sent("agent_user") {
        Some(user) => after.user(&user),
        None => after.phone(&request.sent("extension").unwrap_or_default()),
    };
    let row = row.ok_or("no row")?;
    let wanted = [("email", "- '.:/@%_"), ("dialplan_number", "*#")];
    for (field, kept) in wanted {
        let Some(sent) = request.sent(field) else { continue };
        let sent = if field == "email" { sent.replace('+', " ") } else { sent };
        let filtered: String = sent.chars().filter(|c| c.is_ascii_alphanumeric() || kept.contains(*c)).collect();
        if row.get(field).and_then(Value::as_str) != Some(filtered.as_str()) {
            return Err(format!("{field} is {:?}, wanted {filtered:?}", row.get(field)));
        }
    }
    Ok(())
}
