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
    /// The sent message; null if no message was sent.
    #[serde(default, deserialize_with = "recorded")]
    pub mail: Option<Value>,
    /// Whether the mail program refuses the message.
    #[serde(default)]
    pub mail_fails: bool,
}

/// Distinguishes a null from a missing key.
fn recorded<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
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

/// A row of a page's table: the text of its cells, and the value that a click passes to the opening page.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    pub cells: Vec<String>,
    pub value: Option<String>,
}

#[derive(Deserialize)]
pub struct Request {
    path: Option<String>,
    method: String,
    query: Option<String>,
    form: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    pub vicidial: Option<String>,
    pub documented: Option<String>,
    pub table: Option<Vec<TableRow>>,
    pub redirects_to: Option<String>,
    #[serde(default)]
    pub lines_before: String,
}

/// The Non-Agent API.
const NON_AGENT_API: &str = "/vicidial/non_agent_api.php";

impl Request {
    /// The request's path.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(NON_AGENT_API)
    }

    /// The bytes to send.
    pub fn bytes(&self) -> Vec<u8> {
        let query = self.query.as_deref().unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let kind = self.content_type.as_ref().map(|kind| format!("Content-Type: {kind}"));
        let more = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let headers: Vec<String> = kind.into_iter().chain(more).collect();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let body = self.form.as_deref().unwrap_or_default().as_bytes();
        support::request(&self.method, &format!("{}{mark}{query}", self.path()), &headers, body)
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

/// Whether a text matches the recorded one. `{{DATETIME}}` stands for any time, `{{HOST}}` for the rest of a line, and every other placeholder for
/// a number.
pub fn matches(wanted: &str, found: &str) -> bool {
    let Some((before, rest)) = wanted.split_once("{{") else { return wanted == found };
    let Some((mask, rest)) = rest.split_once("}}") else { return false };
    let Some(found) = found.strip_prefix(before) else { return false };
    let length = match mask {
        "DATETIME" => "2026-11-21 05:31:00".len(),
        "HOST" | "MAILERROR" => found.find(['\n', '|']).unwrap_or(found.len()),
        "EPOCH" => "1795239060".len(),
        _ => found.bytes().take_while(u8::is_ascii_digit).count(),
    };
    let fits = |text: &str| match mask {
        "DATETIME" => fleet::Timestamp::from_stamp(text).is_some(),
        "HOST" | "MAILERROR" => true,
        _ => text.parse::<u64>().is_ok(),
    };
    found.split_at_checked(length).is_some_and(|(value, found)| fits(value) && matches(rest, found))
}

/// The rows of the table in a page.
pub fn table(page: &str) -> Vec<TableRow> {
    let cell = |text: &str| {
        let inner = text.split_once('>').map_or("", |(_, inner)| inner);
        let mut plain = String::new();
        let mut rest = inner;
        while let Some((before, tag)) = rest.split_once('<') {
            plain.push_str(before);
            rest = tag.split_once('>').map_or("", |(_, after)| after);
        }
        plain.push_str(rest);
        unescaped(plain.trim())
    };
    let row = |text: &str| TableRow {
        cells: text
            .split("</th>")
            .flat_map(|part| part.split("</td>"))
            .filter_map(|part| {
                let begin = part.find("<td").or_else(|| part.find("<th"))?;
                Some(cell(&part[begin..]))
            })
            .collect(),
        value: text
            .split_once("data-value=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(value, _)| unescaped(value)),
    };
    page.split("<tr").skip(1).map(|text| row(text.split("</tr>").next().unwrap_or_default())).collect()
}

fn unescaped(text: &str) -> String {
    let entities = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
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
        "login-refused" if request.path() != NON_AGENT_API => {
            let begin = format!("ERROR: Invalid Username/Password: |{user}||0|");
            reply.status == 200 && reply.body.starts_with(&begin) && reply.body.ends_with("|BAD|\n")
        }
        "login-refused" if documented => reply.body == "ERROR: INVALID USERNAME OR PASSWORD\n",
        "login-refused" => reply.body == format!("ERROR: Login incorrect, please try again: |{user}||BAD|\n"),
        "permission-refused" if documented => {
            reply.status == 200
                && reply.body.starts_with(&format!("ERROR: {function} USER DOES NOT HAVE PERMISSION TO "))
                && reply.body.ends_with(&format!(" - {user}|0\n"))
        }
        "permission-refused" => {
            reply.status == 200
                && reply.body.starts_with(&format!("ERROR: {function} USER DOES NOT HAVE PERMISSION TO "))
                && reply.body.ends_with(&format!(": |{user}|0|\n"))
        }
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
    if request.function().as_deref() == Some("blind_monitor") || request.path() != NON_AGENT_API {
        // These functions write no row of a user or a phone, so a refusal changes nothing.
        let is_refused = reply.status == 200 && reply.body.starts_with("ERROR: ") && reply.body.lines().count() == 1;
        let refused = if is_refused { Ok(()) } else { Err(format!("reply {} {:?}", reply.status, reply.body)) };
        return refused.and_then(|()| after.compare_rows(&before.without_counters(after)));
    }
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
