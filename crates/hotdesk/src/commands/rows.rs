//! `hotdesk phone`, `alias`, `dialer` and `user`: management of rows through the JSON API.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use fleet::schema::{self, Table};
use reqwest::Method;
use serde_json::Value;

use crate::cli::{AliasAction, ApiArgs, CommonAction, ListArgs, MemberArgs, RowsAction, SetArgs, ValuesArgs};
use crate::client::{Client, DIALER_COLLECTION, escaped, object};
use crate::config::Config;
use crate::failure::Failure;
use crate::{output, table};

/// A kind of row that these commands manage.
pub struct RowKind {
    section: Table,
    /// Noun for one row in messages.
    noun: &'static str,
    /// The collection in the paths of the JSON API.
    collection: &'static str,
    /// The columns that a list shows by default.
    columns: &'static [&'static str],
}

pub const PHONES: RowKind = RowKind {
    section: Table::Phone,
    noun: "phone",
    collection: "phones",
    columns: &["server_ip", "extension", "phone_login", "protocol", "active", "phone_full_name", "template_id"],
};
pub const ALIASES: RowKind = RowKind {
    section: Table::Alias,
    noun: "alias",
    collection: "aliases",
    columns: &["alias_id", "alias_name", "phone_logins", "active"],
};
pub const DIALERS: RowKind = RowKind {
    section: Table::Dialer,
    noun: "dialer",
    collection: DIALER_COLLECTION,
    columns: &["server_ip", "server_id", "active", "health", "seats", "draining"],
};
pub const USERS: RowKind = RowKind {
    section: Table::User,
    noun: "user",
    collection: "users",
    columns: &["user", "full_name", "user_level", "user_group", "active"],
};

/// Manages rows of one kind through the JSON API.
pub struct RowClient<'a> {
    client: Client,
    kind: &'a RowKind,
    /// Whether the API's JSON is printed unchanged.
    json: bool,
}

impl<'a> RowClient<'a> {
    /// Opens a client for rows of this kind, on the server in the arguments or else on the database.
    pub fn open(config: &Config, api: &ApiArgs, kind: &'a RowKind) -> Result<Self, Failure> {
        Ok(Self { client: Client::open(config, &api.server)?, kind, json: api.json })
    }

    /// Runs an action on phones or dialers.
    pub fn run(&self, action: &RowsAction) -> Result<ExitCode, Failure> {
        match action {
            RowsAction::Common(action) => self.run_common(action),
            RowsAction::Add(values) => self.add(values),
        }
    }

    /// Runs an action on aliases.
    pub fn run_aliases(&self, action: &AliasAction) -> Result<ExitCode, Failure> {
        match action {
            AliasAction::Common(action) => self.run_common(action),
            AliasAction::Add(values) => self.add(values),
            AliasAction::AddMember(member) => self.change_member(Method::PUT, member),
            AliasAction::RemoveMember(member) => self.change_member(Method::DELETE, member),
        }
    }

    /// Runs an action that every kind of row has.
    pub fn run_common(&self, action: &CommonAction) -> Result<ExitCode, Failure> {
        match action {
            CommonAction::List(args) => self.list(args),
            CommonAction::Show(name) => {
                let row = self.client.send(Method::GET, &self.address(&name.name)?, None)?;
                self.print(&row, || table::row(&row))
            }
            CommonAction::Set(SetArgs { name, values }) => self.change(&name.name, &self.body(values)?),
            CommonAction::Remove(name) => {
                self.client.send(Method::DELETE, &self.address(&name.name)?, None)?;
                self.print(&Value::Null, || format!("removed {} {}\n", self.kind.noun, name.name))
            }
        }
    }

    fn add(&self, values: &ValuesArgs) -> Result<ExitCode, Failure> {
        let body = self.body(values)?;
        self.create(&body)
    }

    /// Changes values of a row.
    pub fn change(&self, name: &str, body: &Value) -> Result<ExitCode, Failure> {
        let row = self.client.send(Method::PATCH, &self.address(name)?, Some(body))?;
        self.print(&row, || format!("changed {} {}\n", self.kind.noun, self.name_of(&row)))
    }

    /// Adds a row with these values.
    pub fn create(&self, body: &Value) -> Result<ExitCode, Failure> {
        let row = self.client.send(Method::POST, &format!("/api/v1/{}", self.kind.collection), Some(body))?;
        self.print(&row, || format!("added {} {}\n", self.kind.noun, self.name_of(&row)))
    }

    fn list(&self, args: &ListArgs) -> Result<ExitCode, Failure> {
        let filters = args.filters.iter().map(|pair| {
            let pair = pair.split_once('=').ok_or_else(|| Failure::Usage(format!("`{pair}`: write KEY=VALUE")))?;
            Ok((pair.0.to_owned(), pair.1.to_owned()))
        });
        let mut query = filters.collect::<Result<Vec<_>, Failure>>()?;
        query.extend(args.sort.iter().map(|sort| ("sort".to_owned(), sort.clone())));
        let rows = self.client.list(self.kind.collection, &query, args.limit)?;
        let columns: Vec<&str> = if args.columns.is_empty() {
            // Columns that no row has are left out: only a running server knows a dialer's health, for example.
            let is_known = |column: &&&str| rows.is_empty() || rows.iter().any(|row| row.get(**column).is_some());
            self.kind.columns.iter().filter(is_known).copied().collect()
        } else {
            args.columns.iter().map(String::as_str).collect()
        };
        let text = table::rows(&rows, &columns);
        self.print(&Value::Array(rows), || text)
    }

    fn change_member(&self, method: Method, MemberArgs { alias_id, login }: &MemberArgs) -> Result<ExitCode, Failure> {
        let address = format!("{}/members/{}", self.address(alias_id)?, escaped(login));
        let (done, preposition) = if method == Method::PUT { ("added", "to") } else { ("removed", "from") };
        let row = self.client.send(method, &address, None)?;
        self.print(&row, || format!("{done} {login} {preposition} alias {alias_id}\n"))
    }

    fn print(&self, answer: &Value, text: impl FnOnce() -> String) -> Result<ExitCode, Failure> {
        output::print_answer(self.json, answer, text)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The name of a row, from the values of its key.
    fn name_of(&self, row: &Value) -> String {
        let names = self.kind.section.columns().iter().filter(|key| key.is_key);
        names.filter_map(|key| row.get(key.name)?.as_str()).collect::<Vec<_>>().join("/")
    }

    /// The path of a row. A phone can also be named by its login.
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
            [] => Err(Failure::Refused(format!("no phone has the login {name}; try SERVER_IP/EXTENSION"))),
            _ => Err(Failure::Refused(format!("several phones have the login {name}; use SERVER_IP/EXTENSION"))),
        }
    }

    /// The request body: the given values, and the secrets that are prompted for.
    fn body(&self, values: &ValuesArgs) -> Result<Value, Failure> {
        let mut pairs = Vec::new();
        for pair in &values.values {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| Failure::Usage(format!("`{pair}`: write KEY=VALUE")))?;
            let key = self.kind.section.column(name);
            if key.is_some_and(|key| key.secret) {
                let advice =
                    format!("{name}: other users can read a command's arguments; use --secret-from-stdin {name}");
                return Err(Failure::Usage(advice));
            }
            let value = key.map_or_else(|| Value::from(value), |key| json(key.value_type.typed(value)));
            pairs.push((key.map_or(name, |key| key.name).to_owned(), value));
        }
        for name in &values.secret_from_stdin {
            pairs.push((name.clone(), Value::from(secret(name)?)));
        }
        Ok(object(pairs))
    }
}

/// Converts a value to JSON.
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

/// Reads a secret: from a prompt without echo on a terminal, else from the next line of standard input.
pub fn secret(name: &str) -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{name}: ")).map_err(Failure::Input);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::Input)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::Refused(format!("standard input has no line for {name}"))),
        line => Ok(line.to_owned()),
    }
}
