//! Adding and changing an alias, by the rules of `add_phone_alias` and `update_phone_alias`; but every fault is reported at once,
//! and no value is dropped silently.

use crate::actor::{Actor, Source};
use crate::aliases::members::first_never_registered;
use crate::aliases::problems::logins;
use crate::audit_log::{AuditAction, RowEvent};
use crate::field::{AliasId, AliasName, Field, PhoneLogins};
use crate::records::Alias;
use crate::rows::basic::check_reference;
use crate::save::{Editor, InvalidKey, KeyFault, RowDiff, SaveError, SaveRefusal, refuse};
use crate::schema::{Row, Table};
use crate::sessions::{LOGINS, LiveStatus, digest_of};
use crate::text::Alphabet;
use crate::{FleetTx, TxError, name};

/// The column of an alias's user group.
const GROUP: &str = "user_group";

/// The values of an alias, as a form has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AliasDraft {
    /// The login.
    pub alias_id: String,
    /// The display name.
    pub alias_name: String,
    /// The logins of its phones, in order.
    pub logins: Vec<String>,
    /// Whether agents can log in with it.
    pub active: bool,
}

impl AliasDraft {
    /// The draft of a stored alias.
    #[must_use]
    pub fn of(alias: &Alias) -> Self {
        Self {
            alias_id: alias.alias_id.clone(),
            alias_name: alias.alias_name.clone(),
            logins: logins(&alias.logins_list).map(str::to_owned).collect(),
            active: alias.active,
        }
    }

    /// The alias to store.
    #[must_use]
    pub fn alias(&self) -> Alias {
        Alias {
            alias_id: self.alias_id.clone(),
            alias_name: self.alias_name.clone(),
            logins_list: self.logins.join(","),
            active: self.active,
        }
    }

    /// Version of these values. A change carries the version that its author saw, so a stale one is refused.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }
}

/// A fault in a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasFault {
    /// The alias is shorter than 2 characters or longer than 20.
    IdLength,
    /// The alias contains characters other than letters, digits, `-` and `_`.
    IdCharacters,
    /// An alias of this name exists; letter case does not matter.
    IdTaken,
    /// The name is shorter than this many characters, or longer than 50.
    NameLength(usize),
    /// The name contains characters that are not allowed.
    NameCharacters,
    /// The alias has no phones.
    NoMembers,
    /// The logins together exceed the column's length, or there are more than 100.
    TooManyMembers,
    /// No phone has this newly added login.
    Unknown(String),
    /// The phone of this newly added login was never seen registered, and the setting requires that of members.
    NeverRegistered(String),
}

/// Command to add or change an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveAlias {
    /// The new values.
    pub draft: AliasDraft,
    /// The [`AliasDraft::version`] that the actor saw; `None` for a new alias.
    pub version: Option<String>,
    /// The actor.
    pub actor: Actor,
}

impl SaveAlias {
    /// Saves the alias.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was saved.
    pub fn execute(&self, tx: &mut dyn FleetTx, live_status: &dyn LiveStatus) -> Result<(), SaveError> {
        let Some(version) = &self.version else {
            let editor = Editor::authorized(tx, &self.actor, (RowEvent::Add, Table::Alias), live_status)?;
            return add(tx, &editor, &self.draft, None);
        };
        let editor = Editor::authorized(tx, &self.actor, (RowEvent::Modify, Table::Alias), live_status)?;
        let row = editor.find(tx, &row_named(&self.draft.alias_id))?;
        if AliasDraft::of(&alias_of(&row)).version() != *version {
            return Err(SaveRefusal::Stale { row: Box::new(row), keys: Vec::new() }.into());
        }
        change(tx, &editor, &row, &self.draft, None)
    }
}

/// Adds an alias for an authorized editor, optionally to a user group.
pub(crate) fn add(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    draft: &AliasDraft,
    group: Option<&str>,
) -> Result<(), SaveError> {
    let mut faults = fault_of_id(&draft.alias_id, editor.alphabet);
    if tx.alias_exists(&draft.alias_id)? {
        faults.push(AliasFault::IdTaken);
    }
    faults.extend(faults_of(tx, editor, draft, None)?);
    refuse_faults(tx, editor, faults, group)?;
    Ok(insert(tx, editor.actor, &draft.alias(), group)?)
}

/// Changes an alias for an authorized editor, optionally with its user group.
pub(crate) fn change(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    row: &Row,
    draft: &AliasDraft,
    group: Option<&str>,
) -> Result<(), SaveError> {
    let stored = alias_of(row);
    let draft = AliasDraft { alias_id: stored.alias_id.clone(), ..draft.clone() };
    let group = group.filter(|group| row.text(GROUP) != *group);
    let faults = faults_of(tx, editor, &draft, Some(&AliasDraft::of(&stored)))?;
    refuse_faults(tx, editor, faults, group)?;
    let group = group.map(|group| (row.text(GROUP), group));
    let is_same = draft == AliasDraft::of(&stored);
    if is_same && group.is_none() {
        return Ok(());
    }
    // An unchanged list keeps the blanks that another program wrote.
    let after = if is_same { stored.clone() } else { draft.alias() };
    let update = AliasUpdate { before: &stored, after: &after, group, named: &stored.alias_id };
    Ok(self::update(tx, editor.actor, &update)?)
}

/// Appends a login to an alias, or removes one. A login that is already a member keeps its position.
pub(crate) fn set_member(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    row: &Row,
    login: &str,
    is_member: bool,
) -> Result<(), SaveError> {
    let mut draft = AliasDraft::of(&alias_of(row));
    let was_member = draft.logins.iter().any(|member| name::same(member, login));
    match (is_member, was_member) {
        (true, true) => return Ok(()),
        (false, false) => return Err(SaveRefusal::NoSuchMember.into()),
        (true, false) => draft.logins.push(login.to_owned()),
        (false, true) => draft.logins.retain(|member| !name::same(member, login)),
    }
    change(tx, editor, row, &draft, None)
}

/// Adds an alias, and logs that. Checks no rule.
pub(crate) fn insert(tx: &mut dyn FleetTx, actor: &Actor, alias: &Alias, group: Option<&str>) -> Result<(), TxError> {
    tx.add_alias(alias)?;
    if let Some(group) = group {
        set_group(tx, &alias.alias_id, group)?;
    }
    let inactive = if alias.active { "" } else { "; active: N" };
    let notes = match actor.source {
        // The format of VICIdial's own notes.
        Source::NonAgentApi => format!("phones: {}", alias.logins_list),
        _ => format!("phones: {}{inactive}", alias.logins_list),
    };
    actor.log(tx, AuditAction::Row(RowEvent::Add, Table::Alias), &alias.alias_id, notes)
}

/// A change of an alias.
pub(crate) struct AliasUpdate<'a> {
    pub before: &'a Alias,
    pub after: &'a Alias,
    /// Its user group before and after, if that changes.
    pub group: Option<(&'a str, &'a str)>,
    /// The name for the audit log.
    pub named: &'a str,
}

/// Changes an alias, and logs that. Checks no rule.
pub(crate) fn update(tx: &mut dyn FleetTx, actor: &Actor, update: &AliasUpdate<'_>) -> Result<(), TxError> {
    let (mut old, mut new) = (row_of(update.before), row_of(update.after));
    if let Some((before, after)) = update.group {
        old.set(GROUP, before.to_owned());
        new.set(GROUP, after.to_owned());
    }
    update_logged_as(tx, actor, update, RowDiff::modify(&old, &new).notes())
}

/// Changes an alias, and logs that with these notes.
pub(crate) fn update_logged_as(
    tx: &mut dyn FleetTx,
    actor: &Actor,
    update: &AliasUpdate<'_>,
    notes: String,
) -> Result<(), TxError> {
    // The Non-Agent API updates and logs an alias even if no value differs.
    if update.before != update.after || actor.source == Source::NonAgentApi {
        tx.update_alias(update.after)?;
    }
    if let Some((_, group)) = update.group {
        set_group(tx, &update.after.alias_id, group)?;
    }
    actor.log(tx, AuditAction::Row(RowEvent::Modify, Table::Alias), update.named, notes)
}

fn set_group(tx: &mut dyn FleetTx, alias_id: &str, group: &str) -> Result<(), TxError> {
    let mut row = row_named(alias_id);
    row.set(GROUP, group.to_owned());
    tx.change_row(&row)
}

/// Refuses an alias with faults, or with a user group that the editor does not see.
fn refuse_faults(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    faults: Vec<AliasFault>,
    group: Option<&str>,
) -> Result<(), SaveError> {
    let mut invalid: Vec<InvalidKey> = faults.into_iter().map(invalid_key).collect();
    if let Some(group) = group {
        invalid.extend(check_reference(tx, editor, (Table::Alias, GROUP), Table::UserGroup, group)?);
    }
    Ok(refuse(invalid)?)
}

fn invalid_key(fault: AliasFault) -> InvalidKey {
    let key = match fault {
        AliasFault::IdLength | AliasFault::IdCharacters | AliasFault::IdTaken => "alias_id",
        AliasFault::NameLength(_) | AliasFault::NameCharacters => "alias_name",
        AliasFault::NoMembers
        | AliasFault::TooManyMembers
        | AliasFault::Unknown(_)
        | AliasFault::NeverRegistered(_) => "phone_logins",
    };
    InvalidKey::new(key, KeyFault::Alias(fault))
}

/// Faults in the name and the phones. Stored values that do not change are accepted.
fn faults_of(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    draft: &AliasDraft,
    before: Option<&AliasDraft>,
) -> Result<Vec<AliasFault>, TxError> {
    let mut faults = Vec::new();
    let (name, logins) = (&draft.alias_name, &draft.logins);
    let at_least = if before.is_some() { 2 } else { 1 };
    let is_new_name = before.is_none_or(|before| *name != before.alias_name);
    if is_new_name && (name.len() < at_least || name.len() > AliasName::AT_MOST) {
        faults.push(AliasFault::NameLength(at_least));
    }
    if is_new_name && AliasName::read(name.as_bytes(), editor.alphabet).as_str() != name {
        faults.push(AliasFault::NameCharacters);
    }
    let known = before.map(|before| before.logins.as_slice()).unwrap_or_default();
    let is_new = |login: &&str| !known.iter().any(|known| name::same(known, login));
    let joining: Vec<&str> = logins.iter().map(String::as_str).filter(is_new).collect();
    if logins.is_empty() {
        faults.push(AliasFault::NoMembers);
    }
    let is_too_long = logins.len() > LOGINS || logins.join(",").len() > PhoneLogins::AT_MOST;
    if is_too_long && !joining.is_empty() {
        faults.push(AliasFault::TooManyMembers);
    }
    for login in &joining {
        if !tx.login_exists(login)? {
            faults.push(AliasFault::Unknown((*login).to_owned()));
        }
    }
    if let Some(login) = first_never_registered(tx, editor.live_status, joining.iter().copied())? {
        faults.push(AliasFault::NeverRegistered(login.to_owned()));
    }
    Ok(faults)
}

fn fault_of_id(alias_id: &str, alphabet: Alphabet) -> Vec<AliasFault> {
    let mut faults = Vec::new();
    if alias_id.len() < 2 || alias_id.len() > AliasId::AT_MOST {
        faults.push(AliasFault::IdLength);
    }
    if AliasId::read(alias_id.as_bytes(), alphabet).as_str() != alias_id {
        faults.push(AliasFault::IdCharacters);
    }
    faults
}

/// The alias of a row.
#[must_use]
pub fn alias_of(row: &Row) -> Alias {
    Alias {
        alias_id: row.text("alias_id").to_owned(),
        alias_name: row.text("alias_name").to_owned(),
        logins_list: row.text("phone_logins").to_owned(),
        active: row.get("active") != Some("N"),
    }
}

/// The row of an alias, with the columns of [`Alias`].
fn row_of(alias: &Alias) -> Row {
    let mut row = row_named(&alias.alias_id);
    row.set("alias_name", alias.alias_name.clone());
    row.set("phone_logins", alias.logins_list.clone());
    row.set("active", if alias.active { "Y" } else { "N" }.to_owned());
    row
}

/// A row with nothing but the alias's key.
pub(crate) fn row_named(alias_id: &str) -> Row {
    let mut row = Row::new(Table::Alias);
    row.set("alias_id", alias_id.to_owned());
    row
}
