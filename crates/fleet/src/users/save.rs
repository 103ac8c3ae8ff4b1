//! Adding and changing an account; the audit log's row is part of the transaction.

use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::authorization::{Role, grants};
use crate::password::NewPassword;
use crate::records::User;
use crate::save::{Editor, InvalidKey, RowDiff, SaveError, SaveRefusal, refuse};
use crate::schema::{Invalid, PASS, PASS_HASH, Row, Table};
use crate::sessions::NoLiveStatus;
use crate::users::columns::{CopiedRanks, UserColumn, UserValues};
use crate::users::permissions::Access;
use crate::{FleetTx, TxError};

/// Required values of a new account besides the password, as in `add_user`.
const NEEDED: [&str; 3] = ["full_name", "user_level", "user_group"];

/// The level to assume for a level that is not a number.
const LOWEST: i64 = 1;

/// Command to change an account's permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveAccess {
    /// The account.
    pub user: String,
    /// The new permissions.
    pub access: Access,
    /// The [`Access::version`] that the actor saw.
    pub version: String,
    /// The actor.
    pub actor: Actor,
}

impl SaveAccess {
    /// Saves the permissions.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was saved.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<(), SaveError> {
        let (editor, row, user) = editable(tx, &self.actor, &self.user)?;
        if Access::of(&user).version() != self.version {
            return Err(SaveRefusal::Stale { row: Box::new(row), keys: Vec::new() }.into());
        }
        if !(1..=9).contains(&self.access.user_level) {
            let range = Invalid::NotInRange { key: "user_level", from: 1, to: 9 };
            return Err(InvalidKey::of(Table::User, range).into());
        }
        change(tx, &editor, &row, &self.access.values(), None)
    }
}

/// Command to set an account's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPassword {
    /// The account.
    pub user: String,
    /// The new password, hashed before the transaction.
    pub password: NewPassword,
    /// The actor.
    pub actor: Actor,
    /// The digest of the admin session in which the password is set; that session stays valid.
    pub admin_session: String,
}

impl SetPassword {
    /// Sets the password, and ends the account's other admin sessions.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was changed.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<(), SaveError> {
        let (_, _, user) = editable(tx, &self.actor, &self.user)?;
        set_password(tx, &self.actor, &user, &self.password, &self.admin_session)?;
        Ok(())
    }
}

/// Refuses an actor who may not change this account.
///
/// # Errors
/// [`SaveError`].
pub fn check_editable(tx: &mut dyn FleetTx, actor: &Actor, user: &str) -> Result<(), SaveError> {
    editable(tx, actor, user).map(drop)
}

/// The actor and the account, if the actor may change it.
fn editable<'a>(tx: &mut dyn FleetTx, actor: &'a Actor, user: &str) -> Result<(Editor<'a>, Row, User), SaveError> {
    let editor = Editor::authorized(tx, actor, (RowEvent::Modify, Table::User), &NoLiveStatus)?;
    let row = editor.find(tx, &row_named(user))?;
    let user = tx.user(row.text("user"))?.ok_or(SaveRefusal::NotFound)?;
    grants::check_level(&editor.user, user.user_level)?;
    Ok((editor, row, user))
}

/// Adds an account with these values for an authorized editor. `password` replaces a plain one among them.
pub(crate) fn add(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    named: &Row,
    values: &Row,
    password: Option<&NewPassword>,
) -> Result<(), SaveError> {
    let has_password = values.get(PASS_HASH).is_some() || password.is_some();
    let missing = NEEDED.into_iter().filter(|key| values.text(key).is_empty());
    let missing = missing.chain((!has_password).then_some(PASS));
    let mut invalid: Vec<InvalidKey> =
        missing.map(|key| InvalidKey::of(Table::User, Invalid::Missing { key })).collect();
    invalid.extend(faults_of(tx, editor, None, values)?);
    refuse(invalid)?;
    let diff = RowDiff::add(without_plain_password(values).over(named));
    let name = named.text("user");
    let write = UserWrite { name, columns: UserColumns::Row(&diff), password, admin_session: "", record_id: name };
    write.execute(tx, editor.actor)?;
    Ok(())
}

/// Sets these values of an account for an authorized editor. `password` replaces a plain one among them.
pub(crate) fn change(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    row: &Row,
    values: &Row,
    password: Option<&NewPassword>,
) -> Result<(), SaveError> {
    grants::check_level(&editor.user, level_of(row))?;
    refuse(faults_of(tx, editor, Some(row), values)?)?;
    grants::check_own_account(&editor.user, row, values)?;
    let diff = RowDiff::modify(row, &without_plain_password(values));
    if diff.is_empty() && password.is_none() {
        return Ok(());
    }
    let name = row.text("user");
    let write = UserWrite { name, columns: UserColumns::Row(&diff), password, admin_session: "", record_id: name };
    write.execute(tx, editor.actor)?;
    Ok(())
}

/// Faults in the level, the user group and the rights.
fn faults_of(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    before: Option<&Row>,
    values: &Row,
) -> Result<Vec<InvalidKey>, TxError> {
    let level = values.get("user_level").map(|level| level.parse().unwrap_or(LOWEST));
    let mut invalid: Vec<InvalidKey> =
        level.and_then(|level| grants::level_too_high(&editor.user, before.map(level_of), level)).into_iter().collect();
    let key = "user_group";
    if let Some(group) = values.get(key).filter(|group| before.is_none_or(|row| row.text(key) != *group)) {
        // An account without a group sees everything.
        let exists = editor.visibility.see_group(group) && (group.is_empty() || tx.user_group(group)?.is_some());
        let fault = Invalid::NamesNothing { key, value: group.to_owned(), target: Table::UserGroup };
        invalid.extend((!exists).then(|| InvalidKey::of(Table::User, fault)));
    }
    invalid.extend(grants::rights_lacking(&editor.user, before, values));
    let has_digest = values.get(PASS_HASH).is_some_and(|digest| !digest.is_empty());
    let is_refused = has_digest && tx.is_shared_with_vicidial();
    invalid.extend(is_refused.then(|| InvalidKey::of(Table::User, Invalid::DigestForVicidial)));
    Ok(invalid)
}

/// A row with nothing but the account's key.
fn row_named(user: &str) -> Row {
    let mut row = Row::new(Table::User);
    row.set("user", user.to_owned());
    row
}

/// The level of a row. A level that is not a number counts as the highest.
pub(crate) fn level_of(row: &Row) -> i64 {
    row.text("user_level").parse().unwrap_or(i64::MAX)
}

/// The values without the plain password if there is a digest, because the plain one would take precedence.
fn without_plain_password(values: &Row) -> Row {
    let mut values = values.clone();
    if values.get(PASS_HASH).is_some() {
        values.set(PASS, String::new());
    }
    values
}

/// Sets a password, logs that, and ends the account's admin sessions except one. Checks no rule.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn set_password(
    tx: &mut dyn FleetTx,
    actor: &Actor,
    user: &User,
    password: &NewPassword,
    admin_session: &str,
) -> Result<(), TxError> {
    let named = row_named(&user.user);
    let diff = RowDiff::modify(&named, &named);
    let columns = UserColumns::Row(&diff);
    let write = UserWrite { name: &user.user, columns, password: Some(password), admin_session, record_id: &user.user };
    write.execute(tx, actor).map(drop)
}

/// Adds an account with these values, and logs that. Checks no rule, since a command on the database calls it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn insert(tx: &mut dyn FleetTx, actor: &Actor, values: &Row, password: &NewPassword) -> Result<(), TxError> {
    let (diff, name) = (RowDiff::add(values.clone()), values.text("user"));
    let columns = UserColumns::Row(&diff);
    let write = UserWrite { name, columns, password: Some(password), admin_session: "", record_id: name };
    write.execute(tx, actor).map(drop)
}

/// Columns to write to an account.
pub(crate) enum UserColumns<'a> {
    /// A new account with these values.
    New(&'a UserValues),
    /// A copy of another account.
    CopyOf {
        source: &'a User,
        /// The source account, as the caller spelled it.
        named: &'a str,
        full_name: &'a str,
    },
    /// New values of an existing account.
    Changed(&'a User, &'a UserValues),
    /// A new or changed row.
    Row(&'a RowDiff),
}

/// A write of an account: its columns, its password, and one row of the audit log.
pub(crate) struct UserWrite<'a> {
    /// The account.
    pub name: &'a str,
    pub columns: UserColumns<'a>,
    /// The new password.
    pub password: Option<&'a NewPassword>,
    /// The digest of an admin session that stays valid when the password changes.
    pub admin_session: &'a str,
    /// The account's name for the audit log.
    pub record_id: &'a str,
}

impl UserWrite<'_> {
    /// Writes the account. A new password, or the loss of access to the panel, ends its admin sessions. As in VICIdial, a change
    /// unlocks the account after too many failed logins. Checks no rule.
    pub(crate) fn execute(&self, tx: &mut dyn FleetTx, actor: &Actor) -> Result<(), TxError> {
        let mut copied = CopiedRanks::default();
        match &self.columns {
            UserColumns::New(values) => tx.create_account(self.name, values)?,
            UserColumns::CopyOf { source, full_name, .. } => copied = tx.copy_account(source, self.name, full_name)?,
            UserColumns::Changed(_, values) if values.is_empty() => {}
            UserColumns::Changed(user, values) => tx.change_account(user, values)?,
            UserColumns::Row(diff) if diff.is_empty() => {}
            UserColumns::Row(diff) => diff.write(tx)?,
        }
        let user = tx.user(self.name)?;
        if let Some(password) = self.password {
            let user = user.as_ref().ok_or_else(|| TxError::Inconsistent {
                table: "vicidial_users",
                column: "user",
                key: self.name.to_owned(),
            })?;
            tx.store_password(user, password)?;
        }
        if let Some(locked) = user.as_ref().filter(|user| user.failed_login_count > 0) {
            let mut unlocked = UserValues::default();
            unlocked.set(UserColumn::FailedLoginCount, "0");
            tx.change_account(locked, &unlocked)?;
        }
        let may_enter = user.is_some_and(|user| Role::of(&user).is_some());
        let is_new = matches!(self.columns, UserColumns::New(_) | UserColumns::CopyOf { .. });
        if !is_new && (self.sets_password() || !may_enter) {
            tx.end_admin_sessions_of(self.name, self.admin_session)?;
        }
        let (action, notes) = self.audit(copied);
        actor.log(tx, action, self.record_id, notes)
    }

    fn sets_password(&self) -> bool {
        let is_set = |diff: &RowDiff| diff.row.get(PASS).is_some() || diff.row.get(PASS_HASH).is_some();
        self.password.is_some() || matches!(&self.columns, UserColumns::Row(diff) if is_set(diff))
    }

    fn audit(&self, copied: CopiedRanks) -> (AuditAction, String) {
        let name = self.record_id;
        let row = |event| AuditAction::Row(event, Table::User);
        match &self.columns {
            UserColumns::New(_) => (row(RowEvent::Add), format!("user: {name}")),
            UserColumns::Changed(..) => (row(RowEvent::Modify), format!("user: {name}")),
            UserColumns::CopyOf { named, .. } => {
                let rows = format!("rows: 1,{},{}", copied.in_groups, copied.campaigns);
                (AuditAction::CopyUser, format!("user: {name}   source_user: {named}   {rows}"))
            }
            UserColumns::Row(diff) => {
                let is_change = self.password.is_some() && diff.event == RowEvent::Modify;
                (row(diff.event), format!("{}{}", diff.notes(), if is_change { "; pass changed" } else { "" }))
            }
        }
    }
}
