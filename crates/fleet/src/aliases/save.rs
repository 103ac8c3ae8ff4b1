//! Adding and changing an alias, by the rules of `add_phone_alias` and `update_phone_alias`; but everything that is wrong is named at
//! once, and nothing is dropped silently.

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

/// The key of an alias's group.
const GROUP: &str = "user_group";

/// What a form says about an alias.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AliasDraft {
    /// The login.
    pub alias_id: String,
    /// Its name for people.
    pub alias_name: String,
    /// The logins of its phones, in their order.
    pub logins: Vec<String>,
    /// Whether anybody can log in with it.
    pub active: bool,
}

impl AliasDraft {
    /// As it is stored.
    #[must_use]
    pub fn of(alias: &Alias) -> Self {
        Self {
            alias_id: alias.alias_id.clone(),
            alias_name: alias.alias_name.clone(),
            logins: logins(&alias.logins_list).map(str::to_owned).collect(),
            active: alias.active,
        }
    }

    /// As it is to be stored.
    #[must_use]
    pub fn alias(&self) -> Alias {
        Alias {
            alias_id: self.alias_id.clone(),
            alias_name: self.alias_name.clone(),
            logins_list: self.logins.join(","),
            active: self.active,
        }
    }

    /// Stands for these values: who changes them shows with it which ones were looked at.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }
}

/// What is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasFault {
    /// The alias is shorter than 2 characters or longer than 20.
    IdLength,
    /// The alias has other characters than letters, digits, `-` and `_`.
    IdCharacters,
    /// There is one of this name, in whatever letter case.
    IdTaken,
    /// The name is shorter than so many characters, or longer than 50.
    NameLength(usize),
    /// The name has characters that names do not have.
    NameCharacters,
    /// It has no phones.
    NoMembers,
    /// All logins together are longer than the column, or there are more than 100.
    TooManyMembers,
    /// No phone has this login, which is new in the list.
    Unknown(String),
    /// The phone of this login, which is new in the list, was never seen registered, and members must have been seen registered.
    NeverRegistered(String),
}

/// An alias that is to be added or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveAlias {
    /// How it is to be.
    pub draft: AliasDraft,
    /// The [`AliasDraft::version`] that was looked at; `None` for a new one.
    pub version: Option<String>,
    /// Who saves it.
    pub actor: Actor,
}

impl SaveAlias {
    /// Saves it.
    ///
    /// # Errors
    /// [`SaveError`]; nothing was saved then.
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

/// Adds an alias for an editor who may do so, perhaps of a group.
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

/// Changes an alias for an editor who may do so, perhaps its group too.
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
    // A list that another program wrote keeps its blanks.
    let after = if is_same { stored.clone() } else { draft.alias() };
    let update = AliasUpdate { before: &stored, after: &after, group, named: &stored.alias_id };
    Ok(self::update(tx, editor.actor, &update)?)
}

/// Adds a login to an alias, behind the others, or removes one. A login that is there already stays where it is.
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

/// Adds an alias and its row of the audit log. Checks no rule.
pub(crate) fn insert(tx: &mut dyn FleetTx, actor: &Actor, alias: &Alias, group: Option<&str>) -> Result<(), TxError> {
    tx.add_alias(alias)?;
    if let Some(group) = group {
        set_group(tx, &alias.alias_id, group)?;
    }
    let inactive = if alias.active { "" } else { "; active: N" };
    let notes = match actor.source {
        // As VICIdial's administrators know it.
        Source::NonAgentApi => format!("phones: {}", alias.logins_list),
        _ => format!("phones: {}{inactive}", alias.logins_list),
    };
    actor.log(tx, AuditAction::Row(RowEvent::Add, Table::Alias), &alias.alias_id, notes)
}

/// An alias that changes.
pub(crate) struct AliasUpdate<'a> {
    pub before: &'a Alias,
    pub after: &'a Alias,
    /// Its group, before and after, if that changes.
    pub group: Option<(&'a str, &'a str)>,
    /// Its name, as the audit log is to have it.
    pub named: &'a str,
}

/// Changes an alias, and writes its row of the audit log. Checks no rule.
pub(crate) fn update(tx: &mut dyn FleetTx, actor: &Actor, update: &AliasUpdate<'_>) -> Result<(), TxError> {
    let (mut was, mut is) = (row_of(update.before), row_of(update.after));
    if let Some((before, after)) = update.group {
        was.set(GROUP, before.to_owned());
        is.set(GROUP, after.to_owned());
    }
    update_logged_as(tx, actor, update, RowDiff::modify(&was, &is).notes())
}

/// The same with these notes in the audit log.
pub(crate) fn update_logged_as(
    tx: &mut dyn FleetTx,
    actor: &Actor,
    update: &AliasUpdate<'_>,
    notes: String,
) -> Result<(), TxError> {
    // The Non-Agent API changes an alias, and logs that, even where nothing differs.
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

/// Refuses an alias with faults, or of a group that the editor does not see.
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

/// What is wrong with the name and the phones; what was there before may stay.
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

/// The row of an alias, with the columns that [`Alias`] has.
fn row_of(alias: &Alias) -> Row {
    let mut row = row_named(&alias.alias_id);
    row.set("alias_name", alias.alias_name.clone());
    row.set("phone_logins", alias.logins_list.clone());
    row.set("active", if alias.active { "Y" } else { "N" }.to_owned());
    row
}

/// A row that says nothing but which alias it is.
pub(crate) fn row_named(alias_id: &str) -> Row {
    let mut row = Row::new(Table::Alias);
    row.set("alias_id", alias_id.to_owned());
    row
}
