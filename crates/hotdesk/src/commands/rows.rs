//! `hotdesk phone`, `alias`, `server` and `user`: rows of the JSON API, each listed, shown, added, changed and removed alike.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use fleet::schema::{self, Table};
use reqwest::Method;
use serde_json::Value;

use crate::cli::{AliasesAct, AnyAct, Api, List, Member, RowsAct, Set, Values};
use crate::client::{Client, escaped, object};
use crate::config::Config;
use crate::failure::Failure;
use crate::{output, table};

/// A kind of rows.
pub struct Kind {
    section: Table,
    /// As addresses call all of them.
    collection: &'static str,
    /// What a list shows.
    columns: &'static [&'static str],
}

pub const PHONES: Kind = Kind {
    section: Table::Phone,
    collection: "phones",
    columns: &["server_ip", "extension", "phone_login", "protocol", "active", "phone_full_name", "template_id"],
};
pub const ALIASES: Kind = Kind {
    section: Table::Alias,
    collection: "aliases",
    columns: &["alias_id", "alias_name", "phone_logins", "active"],
};
pub const SERVERS: Kind = Kind {
    section: Table::Server,
    collection: "servers",
    columns: &["server_ip", "server_id", "active", "health", "seats", "draining"],
};
pub const USERS: Kind = Kind {
    section: Table::User,
    collection: "users",
    columns: &["user", "full_name", "user_level", "user_group", "active"],
};

/// What a command works with.
pub struct Desk<'a> {
    client: Client,
    kind: &'a Kind,
    /// Whether what is answered is printed as it is.
    json: bool,
}

impl<'a> Desk<'a> {
    /// The rows of a kind, of the server that is named or of the database.
    pub fn open(config: &Config, api: &Api, kind: &'a Kind) -> Result<Self, Failure> {
        Ok(Self { client: Client::open(config, &api.server)?, kind, json: api.json })
    }

    /// Phones and dialers.
    pub fn run(&self, act: &RowsAct) -> Result<ExitCode, Failure> {
        match act {
            RowsAct::Any(act) => self.any(act),
            RowsAct::Add(values) => self.add(values),
        }
    }

    /// Aliases.
    pub fn run_aliases(&self, act: &AliasesAct) -> Result<ExitCode, Failure> {
        match act {
            AliasesAct::Any(act) => self.any(act),
            AliasesAct::Add(values) => self.add(values),
            AliasesAct::AddMember(member) => self.member(Method::PUT, member),
            AliasesAct::RemoveMember(member) => self.member(Method::DELETE, member),
        }
    }

    /// What can be done with rows of any kind.
    pub fn any(&self, act: &AnyAct) -> Result<ExitCode, Failure> {
        match act {
            AnyAct::List(wanted) => self.list(wanted),
            AnyAct::Show(name) => {
                let row = self.client.send(Method::GET, &self.address(&name.name)?, None)?;
                self.print(&row, || table::row(&row))
            }
            AnyAct::Set(Set { name, values }) => self.change(&name.name, &self.body(values)?),
            AnyAct::Remove(name) => {
                self.client.send(Method::DELETE, &self.address(&name.name)?, None)?;
                self.print(&Value::Null, || format!("removed {} {}\n", self.word(), name.name))
            }
        }
    }

    fn add(&self, values: &Values) -> Result<ExitCode, Failure> {
        let body = self.body(values)?;
        self.create(&body)
    }

    /// Changes values of a row.
    pub fn change(&self, name: &str, body: &Value) -> Result<ExitCode, Failure> {
        let row = self.client.send(Method::PATCH, &self.address(name)?, Some(body))?;
        self.print(&row, || format!("changed {} {}\n", self.word(), self.name_of(&row)))
    }

    /// Adds a row of these values.
    pub fn create(&self, body: &Value) -> Result<ExitCode, Failure> {
        let row = self.client.send(Method::POST, &format!("/api/v1/{}", self.kind.collection), Some(body))?;
        self.print(&row, || format!("added {} {}\n", self.word(), self.name_of(&row)))
    }

    fn list(&self, wanted: &List) -> Result<ExitCode, Failure> {
        let filters = wanted.filters.iter().map(|pair| {
            let pair = pair.split_once('=').ok_or_else(|| Failure::Usage(format!("`{pair}`: write KEY=VALUE")))?;
            Ok((pair.0.to_owned(), pair.1.to_owned()))
        });
        let mut query = filters.collect::<Result<Vec<_>, Failure>>()?;
        query.extend(wanted.sort.iter().map(|sort| ("sort".to_owned(), sort.clone())));
        let rows = self.client.list(self.kind.collection, &query, wanted.limit)?;
        let columns: Vec<&str> = if wanted.columns.is_empty() {
            // What no row has is not known here: only a running server knows how a dialer is.
            let is_known = |column: &&&str| rows.is_empty() || rows.iter().any(|row| row.get(**column).is_some());
            self.kind.columns.iter().filter(is_known).copied().collect()
        } else {
            wanted.columns.iter().map(String::as_str).collect()
        };
        let text = table::rows(&rows, &columns);
        self.print(&Value::Array(rows), || text)
    }

    fn member(&self, method: Method, Member { alias_id, login }: &Member) -> Result<ExitCode, Failure> {
        let address = format!("{}/members/{}", self.address(alias_id)?, escaped(login));
        let (done, preposition) = if method == Method::PUT { ("added", "to") } else { ("removed", "from") };
        let row = self.client.send(method, &address, None)?;
        self.print(&row, || format!("{done} {login} {preposition} alias {alias_id}\n"))
    }

    fn print(&self, answer: &Value, text: impl FnOnce() -> String) -> Result<ExitCode, Failure> {
        output::answer(self.json, answer, text)?;
        Ok(ExitCode::SUCCESS)
    }

    fn word(&self) -> &'static str {
        self.kind.section.word()
    }

    /// What a row is called, by the values that name it.
    fn name_of(&self, row: &Value) -> String {
        let names = self.kind.section.keys().iter().filter(|key| key.names_row);
        names.filter_map(|key| row.get(key.name)?.as_str()).collect::<Vec<_>>().join("/")
    }

    /// The address of a row; a phone may be named by its login too.
    fn address(&self, name: &str) -> Result<String, Failure> {
        let collection = self.kind.collection;
        if self.kind.section != Table::Phone {
            return Ok(format!("/api/v1/{collection}/{}", escaped(name)));
        }
        let of = |server_ip: &str, extension: &str| {
            format!("/api/v1/{collection}/{}/{}", escaped(server_ip), escaped(extension))
        };
        if let Some((server_ip, extension)) = name.split_once('/') {
            return Ok(of(server_ip, extension));
        }
        let found = self.client.list(collection, &[("phone_login".to_owned(), name.to_owned())], Some(2))?;
        let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        match found.as_slice() {
            [phone] => Ok(of(&text(phone, "server_ip"), &text(phone, "extension"))),
            [] => Err(Failure::Refused(format!("no phone has the login {name}; name it by SERVER_IP/EXTENSION"))),
            _ => {
                Err(Failure::Refused(format!("several phones have the login {name}; name one by SERVER_IP/EXTENSION")))
            }
        }
    }

    /// What is sent: the values, and the secrets that are asked for.
    fn body(&self, values: &Values) -> Result<Value, Failure> {
        let mut pairs = Vec::new();
        for pair in &values.values {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| Failure::Usage(format!("`{pair}`: write KEY=VALUE")))?;
            let key = self.kind.section.key(name);
            if key.is_some_and(|key| key.secret) {
                let advice = format!("{name}: others see what is in a command; use --secret-from-stdin {name}");
                return Err(Failure::Usage(advice));
            }
            let value = key.map_or_else(|| Value::from(value), |key| json(key.kind.typed(value)));
            pairs.push((key.map_or(name, |key| key.name).to_owned(), value));
        }
        for name in &values.secret_from_stdin {
            pairs.push((name.clone(), Value::from(secret(name)?)));
        }
        Ok(object(pairs))
    }
}

/// A value in JSON.
fn json(value: schema::Value) -> Value {
    match value {
        schema::Value::Flag(flag) => Value::from(flag),
        schema::Value::Number(number) => Value::from(number),
        schema::Value::Fraction(fraction) => Value::from(fraction),
        schema::Value::Text(text) => Value::from(text),
        schema::Value::List(items) => items.into_iter().map(json).collect(),
        schema::Value::Object(fields) => object(fields.0.into_iter().map(|(name, value)| (name, json(value)))),
    }
}

/// A secret: at a terminal there is a prompt, and what is typed does not show.
pub fn secret(name: &str) -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{name}: ")).map_err(Failure::Input);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::Input)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::Refused(format!("there is no line for {name} on standard input"))),
        line => Ok(line.to_owned()),
    }
}
