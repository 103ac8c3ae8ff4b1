//! Adding and changing a dialer and its weight; the audit log's row is part of the transaction.

use crate::actor::Actor;
use crate::audit_log::RowEvent;
use crate::rows::basic;
use crate::save::{Editor, InvalidKey, KeyFault, RowDiff, SaveError, SaveRefusal, refuse};
use crate::schema::{Invalid, Row, Table, Value};
use crate::sessions::{NoLiveStatus, digest_of};
use crate::text::Alphabet;
use crate::{FleetTx, TxError, name};

/// The columns of a dialer that Hotdesk manages and that can be changed (docs/fleet-file.md describes each).
pub const FIELDS: [&str; 13] = [
    "server_id",
    "server_description",
    "active",
    "active_agent_login_server",
    "ami_host",
    "ami_port",
    "ami_user",
    "ami_secret",
    "ami_tls",
    "active_twin_server_ip",
    "conf_engine",
    "asterisk_version",
    WEIGHT,
];

/// The weight is stored in a settings container, not in the dialer's row.
const WEIGHT: &str = "weight";

/// A dialer with its weight, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialer {
    row: Row,
    weight: String,
    /// Whether a secret of Hotdesk's own AMI account is stored.
    pub has_secret: bool,
}

impl Dialer {
    /// All dialers, ordered by address.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn all(tx: &mut dyn FleetTx) -> Result<Vec<Self>, TxError> {
        let weights = tx.rows(Table::Weight)?;
        let weight = |row: &Row| {
            let own = weights.iter().find(|weight| name::same(weight.text("server_ip"), row.text("server_ip")));
            own.map(|weight| weight.text(WEIGHT).to_owned()).unwrap_or_default()
        };
        let dialer = |mut row: Row| {
            let has_secret = !row.text("ami_secret").is_empty();
            for column in Table::Dialer.columns().iter().filter(|column| column.secret) {
                row.unset(column.name);
            }
            Self { weight: weight(&row), row, has_secret }
        };
        Ok(tx.rows(Table::Dialer)?.into_iter().map(dialer).collect())
    }

    /// The dialer at this address.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn find(tx: &mut dyn FleetTx, server_ip: &str) -> Result<Option<Self>, TxError> {
        Ok(Self::all(tx)?.into_iter().find(|dialer| name::same(dialer.server_ip(), server_ip)))
    }

    /// Its address.
    #[must_use]
    pub fn server_ip(&self) -> &str {
        self.row.text("server_ip")
    }

    /// A column of the dialer, as text. Secrets are always empty.
    #[must_use]
    pub fn value(&self, field: &str) -> &str {
        match field {
            WEIGHT => &self.weight,
            // A port that is not set reads as 0.
            "ami_port" if self.row.text(field) == "0" => "",
            _ => self.row.text(field),
        }
    }

    /// Version of the changeable values. It leaves out the secret, because the version could be used to verify guesses.
    #[must_use]
    pub fn version(&self) -> String {
        let values = FIELDS.map(|field| self.value(field));
        digest_of(&format!("{values:?}")).chars().take(16).collect()
    }
}

/// Command to add or change a dialer, with the values of a form.
#[derive(Clone)]
pub struct SaveDialer {
    /// The dialer.
    pub server_ip: String,
    /// The value of each field. An empty secret keeps the stored one.
    pub values: Vec<(&'static str, String)>,
    /// The [`Dialer::version`] that the actor saw; `None` for a new dialer.
    pub version: Option<String>,
    /// The actor.
    pub actor: Actor,
}

impl SaveDialer {
    /// Saves the dialer. Returns its address in the table's spelling.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was saved.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<String, SaveError> {
        let event = if self.version.is_some() { RowEvent::Modify } else { RowEvent::Add };
        let editor = Editor::authorized(tx, &self.actor, (event, Table::Dialer), &NoLiveStatus)?;
        let before = Dialer::find(tx, &self.server_ip)?;
        let mut named = Row::new(Table::Dialer);
        let mut invalid = Vec::new();
        match (&self.version, &before) {
            (Some(_), None) => return Err(SaveRefusal::NotFound.into()),
            (Some(version), Some(dialer)) if *version != dialer.version() => {
                return Err(SaveRefusal::Stale { row: Box::new(dialer.row.clone()), keys: Vec::new() }.into());
            }
            (None, Some(_)) => invalid.push(InvalidKey::new("server_ip", KeyFault::Taken)),
            (Some(_), Some(dialer)) => named.set("server_ip", dialer.server_ip().to_owned()),
            (None, None) => match read(Table::Dialer, "server_ip", &self.server_ip, editor.alphabet) {
                Ok(server_ip) => named.set("server_ip", server_ip),
                Err(what) => invalid.push(InvalidKey::of(Table::Dialer, what)),
            },
        }
        let mut values = Row::new(Table::Dialer);
        let mut weight = String::new();
        for (field, typed) in &self.values {
            let read = match (*field, typed.as_str()) {
                (WEIGHT, "") => Ok(()),
                (WEIGHT, typed) => read(Table::Weight, WEIGHT, typed, editor.alphabet).map(|value| weight = value),
                ("ami_port", "") => {
                    read(Table::Dialer, field, "0", editor.alphabet).map(|port| values.set(field, port))
                }
                ("ami_secret", "") => Ok(()),
                (_, typed) => read(Table::Dialer, field, typed, editor.alphabet).map(|value| values.set(field, value)),
            };
            if let Err(what) = read {
                let table = if *field == WEIGHT { Table::Weight } else { Table::Dialer };
                invalid.push(InvalidKey::of(table, what));
            }
        }
        // An invalid address matches no row.
        let row = if named.names().next().is_some() { tx.row(&named)? } else { None };
        invalid.extend(basic::faults_of(tx, &editor, &named, row.as_ref(), &values)?);
        refuse(invalid)?;
        let server_ip = named.text("server_ip").to_owned();
        let old_weight = before.map(|before| before.weight).unwrap_or_default();
        let weight = (old_weight != weight).then_some((old_weight.as_str(), weight.as_str()));
        write(tx, &self.actor, &basic::diff(&named, row.as_ref(), &values), weight)?;
        Ok(server_ip)
    }
}

/// Writes a dialer and, if given, its weight before and after, with one row of the audit log. Checks no rule.
fn write(tx: &mut dyn FleetTx, actor: &Actor, diff: &RowDiff, weight: Option<(&str, &str)>) -> Result<(), TxError> {
    if diff.is_empty() && weight.is_none() {
        return Ok(());
    }
    if !diff.is_empty() {
        diff.write(tx)?;
    }
    let mut notes = diff.notes();
    if let Some((before, after)) = weight {
        let mut row = Row::new(Table::Weight);
        row.set("server_ip", diff.row.text("server_ip").to_owned());
        if after.is_empty() {
            tx.remove_row(&row)?;
        } else {
            row.set(WEIGHT, after.to_owned());
            tx.change_row(&row)?;
        }
        let separator = if notes.is_empty() { "" } else { "; " };
        notes = format!("{notes}{separator}{WEIGHT}: {before} to {after}");
    }
    diff.log(tx, actor, notes)?;
    tx.ask_rebuild(diff.row.text("server_ip"))
}

fn read(table: Table, field: &'static str, typed: &str, alphabet: Alphabet) -> Result<String, Invalid> {
    match table.column(field) {
        Some(column) => column.value_type.read(column.name, &Value::Text(typed.to_owned()), alphabet),
        None => Err(Invalid::Missing { key: field }),
    }
}
