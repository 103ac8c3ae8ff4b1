//! Dialers, as people look at them and change them.

use crate::actor::Actor;
use crate::authorization::administrator;
use crate::dialers::planned_drains;
use crate::schema::{Column, Invalid, Row, Table, Value};
use crate::sessions::digest_of;
use crate::text::Alphabet;
use crate::{FleetTx, TxError, name};

/// What can be changed of a dialer: the columns that are Hotdesk's business (docs/fleet-file.md tells of each).
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

/// The weight is kept in a settings container, and not in the dialer's row.
const WEIGHT: &str = "weight";

/// A dialer with its weight. It has no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialer {
    row: Row,
    weight: String,
    /// Whether Hotdesk has a secret of its own there.
    pub has_secret: bool,
}

impl Dialer {
    /// Every dialer, by address.
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
            for key in Table::Dialer.columns().iter().filter(|key| key.secret) {
                row.unset(key.name);
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

    /// A column of its row, as text; that of a secret is empty.
    #[must_use]
    pub fn value(&self, field: &str) -> &str {
        match field {
            WEIGHT => &self.weight,
            // A port of its own that is not there reads as 0.
            "ami_port" if self.row.text(field) == "0" => "",
            _ => self.row.text(field),
        }
    }

    /// Stands for what can be changed, apart from the secret: whoever saw it could try secrets against it.
    #[must_use]
    pub fn version(&self) -> String {
        let values = FIELDS.map(|field| self.value(field));
        digest_of(&format!("{values:?}")).chars().take(16).collect()
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The value cannot be.
    Value(Invalid),
    /// There is no dialer at this address.
    NoDialer,
    /// It is the dialer itself.
    Itself,
    /// There is a dialer at this address already.
    Taken,
}

/// A dialer that is to be saved.
#[derive(Clone)]
pub struct Save {
    /// The dialer.
    pub server_ip: String,
    /// What the fields are to be; an empty secret stays as it is.
    pub values: Vec<(&'static str, String)>,
    /// The [`Dialer::version`] that was looked at; `None` for a new dialer.
    pub version: Option<String>,
    /// Who saves it.
    pub by: Actor,
}

/// How saving ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Who does it may not change dialers any more.
    MayNot,
    /// It is so now. The address, as the table spells it.
    Done(String),
    /// There is no such dialer any more.
    NoSuchDialer,
    /// Nothing was saved: these fields cannot be so.
    Wrong(Vec<(&'static str, Wrong)>),
    /// Nothing was saved: this is what somebody else has saved meanwhile.
    Outdated(Box<Dialer>),
}

impl Save {
    /// Saves it, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Saved, TxError> {
        if administrator(tx, &self.by.user)?.is_none() {
            return Ok(Saved::MayNot);
        }
        let before = Dialer::find(tx, &self.server_ip)?;
        let alphabet = if tx.settings()?.use_non_latin { Alphabet::Unicode } else { Alphabet::Latin };
        let mut row = Row::new(Table::Dialer);
        let mut weight = None;
        let mut wrong = Vec::new();
        match (&self.version, &before) {
            (Some(_), None) => return Ok(Saved::NoSuchDialer),
            (Some(version), Some(dialer)) if *version != dialer.version() => {
                return Ok(Saved::Outdated(Box::new(dialer.clone())));
            }
            (Some(_), Some(dialer)) => row.set("server_ip", dialer.server_ip().to_owned()),
            (None, Some(_)) => wrong.push(("server_ip", Wrong::Taken)),
            (None, None) => match read(Table::Dialer, "server_ip", &self.server_ip, alphabet) {
                Ok(server_ip) => row.set("server_ip", server_ip),
                Err(what) => wrong.push(("server_ip", Wrong::Value(what))),
            },
        }
        for (field, typed) in &self.values {
            if *field == WEIGHT {
                match typed.as_str() {
                    "" => {}
                    typed => match read(Table::Weight, WEIGHT, typed, alphabet) {
                        Ok(value) => weight = Some(value),
                        Err(what) => wrong.push((WEIGHT, Wrong::Value(what))),
                    },
                }
                continue;
            }
            let typed = if *field == "ami_port" && typed.is_empty() { "0" } else { typed };
            match read(Table::Dialer, field, typed, alphabet) {
                Ok(value) => row.set(field, value),
                Err(what) => wrong.push((*field, Wrong::Value(what))),
            }
        }
        let twin = row.text("active_twin_server_ip").to_owned();
        if !twin.is_empty() && name::same(&twin, row.text("server_ip")) {
            wrong.push(("active_twin_server_ip", Wrong::Itself));
        } else if !twin.is_empty() && !tx.has_dialer(&twin)? {
            wrong.push(("active_twin_server_ip", Wrong::NoDialer));
        }
        if !wrong.is_empty() {
            return Ok(Saved::Wrong(wrong));
        }
        self.write(tx, before.as_ref(), row, weight.unwrap_or_default())
    }

    /// Writes what differs.
    fn write(
        &self,
        tx: &mut dyn FleetTx,
        before: Option<&Dialer>,
        mut row: Row,
        weight: String,
    ) -> Result<Saved, TxError> {
        let server_ip = row.text("server_ip").to_owned();
        let mut notes = Vec::new();
        for key in Table::Dialer.columns().iter().filter(|key| !key.is_key) {
            let Some(value) = row.get(key.name).map(str::to_owned) else { continue };
            let stays =
                if key.secret { value.is_empty() } else { before.is_some_and(|b| b.row.text(key.name) == value) };
            if stays {
                row.unset(key.name);
                continue;
            }
            notes.push(note(key, before.map(|before| before.row.text(key.name)), &value));
        }
        let weight_before = before.map_or("", |before| before.weight.as_str());
        if weight != weight_before {
            notes.push(format!("{WEIGHT}: {weight_before} to {weight}"));
            let mut entry = Row::new(Table::Weight);
            entry.set("server_ip", server_ip.clone());
            if weight.is_empty() {
                tx.remove_row(&entry)?;
            } else {
                entry.set(WEIGHT, weight);
                tx.change_row(&entry)?;
            }
        }
        if before.is_none() {
            tx.add_row(&row)?;
        } else if !notes.is_empty() {
            tx.change_row(&row)?;
        }
        if before.is_none() || !notes.is_empty() {
            let event = if before.is_none() { "ADD" } else { "MODIFY" };
            self.by.kept_dialer(tx, event, &server_ip, notes.join("; "))?;
            tx.ask_rebuild(&server_ip)?;
        }
        Ok(Saved::Done(server_ip))
    }
}

/// What a row of the admin log says of a column: of a secret only that it was set.
fn note(key: &Column, before: Option<&str>, after: &str) -> String {
    match before {
        _ if key.secret => format!("{}: set", key.name),
        Some(before) => format!("{}: {before} to {after}", key.name),
        None => format!("{}: {after}", key.name),
    }
}

fn read(section: Table, field: &'static str, typed: &str, alphabet: Alphabet) -> Result<String, Invalid> {
    match section.column(field) {
        Some(key) => key.value_type.read(key.name, &Value::Text(typed.to_owned()), alphabet),
        None => Err(Invalid::Missing { key: field }),
    }
}

/// How deleting a dialer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// Who does it may not change dialers any more.
    MayNot,
    /// It is gone.
    Done,
    /// There is no such dialer.
    NoSuchDialer,
    /// Nothing was deleted: it has so many phones.
    HasPhones(u32),
    /// Nothing was deleted: so many agents are there.
    HasAgents(u32),
}

/// Deletes a dialer that has neither phones nor agents, with its row of the admin log.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn delete(tx: &mut dyn FleetTx, server_ip: &str, by: &Actor) -> Result<Deleted, TxError> {
    if administrator(tx, &by.user)?.is_none() {
        return Ok(Deleted::MayNot);
    }
    let Some(dialer) = tx.dialer(server_ip)? else { return Ok(Deleted::NoSuchDialer) };
    let phones = tx.count_phones(&dialer.server_ip)?;
    if phones > 0 {
        return Ok(Deleted::HasPhones(phones));
    }
    if dialer.seats > 0 {
        return Ok(Deleted::HasAgents(dialer.seats));
    }
    let has_weight = Dialer::find(tx, server_ip)?.is_some_and(|dialer| !dialer.weight.is_empty());
    let weight = has_weight.then_some(Table::Weight);
    for section in weight.into_iter().chain([Table::Dialer]) {
        let mut entry = Row::new(section);
        entry.set("server_ip", dialer.server_ip.clone());
        tx.remove_row(&entry)?;
    }
    planned_drains::give_up(tx, &dialer.server_ip)?;
    by.kept_dialer(tx, "DELETE", &dialer.server_ip, String::new())?;
    Ok(Deleted::Done)
}
