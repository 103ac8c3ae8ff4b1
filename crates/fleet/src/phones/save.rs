//! Adding and changing a phone; the audit log's row is part of the transaction.

use crate::actor::{Actor, Source};
use crate::audit_log::{AuditAction, RowEvent};
use crate::field::{Field, PhoneLogins};
use crate::phones::rules::{InvalidPhoneField, PhoneFault, form_columns, new_phone, read_changed, read_new};
use crate::records::{Alias, Phone, PhoneKey};
use crate::save::{Editor, InvalidKey, RowDiff, SaveError, SaveRefusal, refuse};
use crate::schema::{Invalid, Row, Table};
use crate::sessions::{NoLiveStatus, digest_of};
use crate::{FleetTx, TxError, aliases, name};

/// Number of digits of a digest per field.
const DIGITS: usize = 6;

/// Version of a phone's values, field by field. A change carries the version that its author saw, so a stale one is refused. The
/// secrets are hashed with a key that no browser has, so that they cannot be guessed from the version.
#[must_use]
pub fn version(phone: &Phone, key: &str) -> String {
    let open: String = form_columns().filter(|key| !key.secret).map(|key| short(phone.get(key.sql), DIGITS)).collect();
    let secrets = form_columns().filter(|key| key.secret).map(|key| format!("{}\n", phone.get(key.sql)));
    format!("{open}-{}", short(&format!("{key}\n{}", secrets.collect::<String>()), 16))
}

fn short(text: &str, digits: usize) -> String {
    digest_of(text).chars().take(digits).collect()
}

/// The fields that have changed since this version.
fn changed_since(phone: &Phone, seen: &str, key: &str, typed: &Row) -> Vec<&'static str> {
    let now = version(phone, key);
    let (open, secrets) = now.split_once('-').unwrap_or_default();
    let (open_then, secrets_then) = seen.split_once('-').unwrap_or_default();
    let differs = |place: usize| {
        let part = |text: &str| text.get(place * DIGITS..(place + 1) * DIGITS).map(str::to_owned);
        part(open) != part(open_then)
    };
    let open = form_columns().filter(|key| !key.secret).enumerate().filter(|(place, _)| differs(*place));
    let mut changed: Vec<&str> = open.map(|(_, key)| key.name).collect();
    // An empty secret does not overwrite the stored one.
    if secrets != secrets_then {
        changed.extend(form_columns().filter(|key| key.secret && !typed.text(key.name).is_empty()).map(|key| key.name));
    }
    changed
}

/// The fields whose typed values are those of this version.
#[must_use]
pub fn untouched(typed: &Row, seen: &str) -> Vec<&'static str> {
    let open = form_columns().filter(|key| !key.secret).enumerate();
    let is_as_seen = |place: usize, value: &str| {
        seen.get(place * DIGITS..(place + 1) * DIGITS).is_some_and(|part| part == short(value, DIGITS))
    };
    open.filter(|(place, key)| is_as_seen(*place, typed.text(key.name))).map(|(_, key)| key.name).collect()
}

/// Command to add or change a phone.
#[derive(Debug, Clone)]
pub struct SavePhone {
    /// The values to set, by key.
    pub values: Row,
    /// Whether to add or to change a phone.
    pub goal: PhoneGoal,
    /// The actor.
    pub actor: Actor,
}

/// Whether a phone is added or changed.
#[derive(Debug, Clone)]
pub enum PhoneGoal {
    /// A new phone. Secrets without a value are copied from another phone.
    New {
        /// The other phone.
        like: Option<PhoneKey>,
    },
    /// An existing phone.
    Changed {
        /// The phone.
        phone: PhoneKey,
        /// The [`version`] that the actor saw.
        version: String,
        /// The key for hashing secrets in versions.
        key: String,
        /// Whether a new login also replaces the old one in aliases.
        with_aliases: bool,
    },
}

impl SavePhone {
    /// Saves the phone.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was saved.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<(), SaveError> {
        match &self.goal {
            PhoneGoal::New { like } => {
                let authority = (RowEvent::Add, Table::Phone);
                let editor = Editor::authorized(tx, &self.actor, authority, &NoLiveStatus)?;
                match like {
                    None => add(tx, &editor, &self.values),
                    Some(key) => {
                        let like = editor.find(tx, &row_named(key))?;
                        add(tx, &editor, &with_secrets_of(&self.values, &like))
                    }
                }
            }
            PhoneGoal::Changed { phone, version, key, with_aliases } => {
                let authority = (RowEvent::Modify, Table::Phone);
                let editor = Editor::authorized(tx, &self.actor, authority, &NoLiveStatus)?;
                let row = editor.find(tx, &row_named(phone))?;
                let keys = changed_since(&phone_of(&row), version, key, &self.values);
                if !keys.is_empty() {
                    return Err(SaveRefusal::Stale { row: Box::new(row), keys }.into());
                }
                change(tx, &editor, &row, &self.values, *with_aliases)
            }
        }
    }
}

/// Adds a phone with these values for an authorized editor.
pub(crate) fn add(tx: &mut dyn FleetTx, editor: &Editor<'_>, values: &Row) -> Result<(), SaveError> {
    refuse_empty_secrets(values)?;
    let mut values = values.clone();
    if values.text("local_gmt").is_empty() {
        let dialers = tx.phone_choices()?.dialers;
        let dialer = dialers.into_iter().find(|dialer| name::same(&dialer.server_ip, values.text("server_ip")));
        values.set("local_gmt", dialer.map(|dialer| dialer.local_gmt).unwrap_or_default());
    }
    let phone = match read_new(&values, editor.alphabet) {
        Ok(phone) => phone,
        Err(invalid) => return Err(invalid_values(tx, &key_of(&values), &values, invalid)?),
    };
    let mut invalid = Vec::new();
    if !tx.dialer_exists(&phone.server_ip)? {
        invalid.push(InvalidPhoneField { key: "server_ip", fault: PhoneFault::NoSuchDialer });
    } else if tx.phone_exists(&phone.key())? {
        invalid.push(InvalidPhoneField { key: "extension", fault: PhoneFault::PhoneExists });
    }
    invalid.extend(login_taken(tx, &phone.key(), &phone.login)?);
    invalid.extend(no_such_template(tx, &phone)?);
    refuse_fields(invalid)?;
    insert(tx, editor.actor, &phone, &configuration_columns(&values))?;
    Ok(tx.ask_rebuild(&phone.server_ip)?)
}

/// Sets these values of a phone for an authorized editor.
pub(crate) fn change(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    row: &Row,
    values: &Row,
    with_aliases: bool,
) -> Result<(), SaveError> {
    refuse_empty_secrets(values)?;
    let stored = phone_of(row);
    let mut open = row.clone();
    row.values().filter(|(key, _)| key.secret).for_each(|(key, _)| open.unset(key.name));
    let whole = values.over(&open);
    let phone = match read_changed(&whole, &stored, editor.alphabet) {
        Ok(phone) => phone,
        Err(invalid) => return Err(invalid_values(tx, &stored.key(), &whole, invalid)?),
    };
    let mut invalid = Vec::new();
    if !name::same(&phone.login, &stored.login) {
        invalid.extend(login_taken(tx, &phone.key(), &phone.login)?);
    }
    if phone.template_id != stored.template_id {
        invalid.extend(no_such_template(tx, &phone)?);
    }
    let aliases = if with_aliases { aliases_with(tx, &stored.login, &phone.login)? } else { Vec::new() };
    let too_long = aliases.iter().find(|(_, after)| after.logins_list.len() > PhoneLogins::AT_MOST);
    invalid.extend(too_long.map(|(before, _)| InvalidPhoneField {
        key: "phone_login",
        fault: PhoneFault::AliasTooLong(before.alias_id.clone()),
    }));
    refuse_fields(invalid)?;
    let more = RowDiff::modify(row, &configuration_columns(values));
    if phone == stored && more.is_empty() {
        return Ok(());
    }
    update(tx, editor.actor, &PhoneUpdate { before: &stored, after: &phone, more: Some(&more), named: &stored.key() })?;
    for (before, after) in aliases {
        // The alias is another changed row, so it gets its own row of the audit log.
        let named = before.alias_id.clone();
        let update = aliases::save::AliasUpdate { before: &before, after: &after, group: None, named: &named };
        aliases::save::update(tx, editor.actor, &update)?;
    }
    Ok(())
}

/// Adds a phone, including columns that only configuration files need, and logs that. Checks no rule and requests no rebuild.
pub(crate) fn insert(tx: &mut dyn FleetTx, actor: &Actor, phone: &Phone, more: &Row) -> Result<(), TxError> {
    tx.add_phone(phone)?;
    let key = phone.key();
    if more.values().next().is_some() {
        tx.change_row(&more.over(&row_named(&key)))?;
    }
    actor.log(tx, AuditAction::Row(RowEvent::Add, Table::Phone), &key.extension, notes_head(&key))
}

/// A change of a phone.
pub(crate) struct PhoneUpdate<'a> {
    pub before: &'a Phone,
    pub after: &'a Phone,
    /// The changes to columns that only configuration files need, if any.
    pub more: Option<&'a RowDiff>,
    /// The key for the audit log.
    pub named: &'a PhoneKey,
}

/// Changes a phone, and logs that. Checks no rule.
pub(crate) fn update(tx: &mut dyn FleetTx, actor: &Actor, update: &PhoneUpdate<'_>) -> Result<(), TxError> {
    let PhoneUpdate { before, after, more, named } = update;
    // The Non-Agent API updates and logs a phone even if no value differs.
    if before != after || actor.source == Source::NonAgentApi {
        tx.update_phone(after)?;
    }
    if let Some(more) = more.filter(|more| !more.is_empty()) {
        tx.change_row(&more.row)?;
    }
    tx.ask_rebuild(&after.server_ip)?;
    let notes = if actor.source == Source::NonAgentApi {
        // The format of VICIdial's own notes.
        notes_head(named)
    } else {
        let (old, new) = (row_of(before), row_of(after));
        match more {
            Some(more) => RowDiff::modify(&old.over(&more.was), &new.over(&more.row)).notes(),
            None => RowDiff::modify(&old, &new).notes(),
        }
    };
    actor.log(tx, AuditAction::Row(RowEvent::Modify, Table::Phone), &named.extension, notes)
}

/// Beginning of the audit log's notes on a phone. Webhooks parse the phone's key from it.
pub(crate) fn notes_head(key: &PhoneKey) -> String {
    format!("phone: {}|{}", key.extension, key.server_ip)
}

/// The row of a phone, with the columns of [`Phone`].
fn row_of(phone: &Phone) -> Row {
    let mut row = Row::new(Table::Phone);
    for key in columns_of_a_phone() {
        row.set(key.name, phone.get(key.sql).to_owned());
    }
    row
}

/// The phone of a row.
#[must_use]
pub fn phone_of(row: &Row) -> Phone {
    let mut phone = new_phone();
    for key in columns_of_a_phone() {
        phone.set(key.sql, row.text(key.name).to_owned());
    }
    phone
}

/// A row with nothing but the phone's key.
pub(crate) fn row_named(key: &PhoneKey) -> Row {
    let mut row = Row::new(Table::Phone);
    row.set("extension", key.extension.clone());
    row.set("server_ip", key.server_ip.clone());
    row
}

/// The key of a phone's row.
pub(crate) fn key_of(row: &Row) -> PhoneKey {
    PhoneKey { extension: row.text("extension").to_owned(), server_ip: row.text("server_ip").to_owned() }
}

fn columns_of_a_phone() -> impl Iterator<Item = &'static crate::schema::Column> {
    form_columns().chain(Table::Phone.column("status"))
}

/// Values of columns that [`Phone`] does not have, because only the dialers' configuration files need them.
fn configuration_columns(values: &Row) -> Row {
    let mut more = Row::new(Table::Phone);
    let is_phone_column = |name: &str| columns_of_a_phone().any(|key| key.name == name);
    for (key, value) in values.values().filter(|(key, _)| !is_phone_column(key.name)) {
        more.set(key.name, value.to_owned());
    }
    more
}

/// Refuses to set a secret to an empty value. A secret that is not among the values stays.
fn refuse_empty_secrets(values: &Row) -> Result<(), SaveRefusal> {
    let empty = values.values().filter(|(key, value)| key.secret && value.is_empty());
    refuse(empty.map(|(key, _)| InvalidKey::of(Table::Phone, Invalid::Missing { key: key.name })).collect())
}

fn refuse_fields(invalid: Vec<InvalidPhoneField>) -> Result<(), SaveRefusal> {
    refuse(invalid.into_iter().map(InvalidKey::from).collect())
}

/// Refuses these fields, and also the login if another phone has it, so that one reply names every fault.
fn invalid_values(
    tx: &mut dyn FleetTx,
    key: &PhoneKey,
    values: &Row,
    mut invalid: Vec<InvalidPhoneField>,
) -> Result<SaveError, TxError> {
    let login = values.text("phone_login");
    if !login.is_empty() && invalid.iter().all(|field| field.key != "phone_login") {
        invalid.extend(login_taken(tx, key, login)?);
    }
    Ok(SaveError::Refused(SaveRefusal::Invalid(invalid.into_iter().map(InvalidKey::from).collect())))
}

fn with_secrets_of(values: &Row, like: &Row) -> Row {
    let mut values = values.clone();
    for key in form_columns().filter(|key| key.secret) {
        if values.text(key.name).is_empty() {
            values.set(key.name, like.text(key.name).to_owned());
        }
    }
    values
}

/// The fault if another phone has this login.
pub(super) fn login_taken(
    tx: &mut dyn FleetTx,
    key: &PhoneKey,
    login: &str,
) -> Result<Option<InvalidPhoneField>, TxError> {
    let other = tx.phones_with_login(login)?.into_iter().find(|other| !other.same(key));
    Ok(other.map(|other| InvalidPhoneField { key: "phone_login", fault: PhoneFault::LoginTaken(other) }))
}

pub(super) fn no_such_template(tx: &mut dyn FleetTx, phone: &Phone) -> Result<Option<InvalidPhoneField>, TxError> {
    let exists = phone.template_id.is_empty() || tx.template_exists(&phone.template_id)?;
    Ok((!exists).then_some(InvalidPhoneField { key: "template_id", fault: PhoneFault::NoSuchTemplate }))
}

/// The aliases that contain the old login, each before and after the replacement.
fn aliases_with(tx: &mut dyn FleetTx, old: &str, new: &str) -> Result<Vec<(Alias, Alias)>, TxError> {
    if old == new {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for alias in tx.aliases_of_login(old)? {
        let Some(before) = tx.alias(&alias.alias_id)? else { continue };
        let each = before.logins_list.split(',').map(|login| if name::same(login.trim(), old) { new } else { login });
        let logins_list = each.collect::<Vec<_>>().join(",");
        let after = Alias { logins_list, ..before.clone() };
        found.push((before, after));
    }
    Ok(found)
}
