//! A visit: somebody is in the panel with a browser. The browser has a key, the database its digest, so a visit can be ended
//! here whatever the browser does.
//!
//! What a visitor may do is looked up in the account at every request: who loses a right loses it at once.

use std::net::IpAddr;

use crate::actor::Actor;
use crate::audit_log::AuditAction;
use crate::authorization::{Role, administrator};
use crate::records::User;
use crate::sessions::digest_of;
use crate::{FleetTx, OperationError, Timestamp, TxError};

/// For how many seconds a visit lasts at most.
pub const AT_MOST: i64 = 12 * 60 * 60;

/// After how many seconds without use it is over.
const IDLE: i64 = 60 * 60;

/// A use is written down once this many seconds have passed since the last one, since every write is a commit.
const NOTED_EVERY: i64 = 60;

/// A visit as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSessionRow {
    /// The account.
    pub user: String,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it was last used, give or take a minute.
    pub used: Option<Timestamp>,
    /// From where it began.
    pub from: String,
}

impl AdminSessionRow {
    /// Whether it is over, since it lasted too long or was not used.
    fn is_over(&self, now: Timestamp) -> bool {
        let passed = |since: Option<Timestamp>| since.map_or(i64::MAX, |since| now.unix() - since.unix());
        passed(self.began) >= AT_MOST || passed(self.used) >= IDLE
    }
}

/// Begins a visit of an account whose password was right, and forgets those that are over. `None` if the account may use the
/// API not at all, and so not the panel.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn begin(tx: &mut dyn FleetTx, name: &str, key_digest: &str, from: IpAddr) -> Result<Option<Role>, TxError> {
    let Some(user) = tx.user(name)? else { return Ok(None) };
    let Some(role) = Role::of(&user) else { return Ok(None) };
    let now = tx.now();
    tx.delete_expired_admin_sessions(seconds_before(now, AT_MOST), seconds_before(now, IDLE))?;
    tx.begin_admin_session(key_digest, &user.user, from)?;
    Ok(Some(role))
}

/// A visit that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSession {
    /// The account.
    pub user: User,
    /// What it may do now.
    pub role: Role,
    /// Whether its use is to be written down with [`AdminSessionsTx::touch_admin_session`](crate::tx::AdminSessionsTx::touch_admin_session).
    pub is_to_be_noted: bool,
}

/// The visit with this digest, if it is not over and its account may still come in.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn find(tx: &mut dyn FleetTx, key_digest: &str) -> Result<Option<AdminSession>, TxError> {
    let now = tx.now();
    let Some(row) = tx.admin_session(key_digest)?.filter(|row| !row.is_over(now)) else { return Ok(None) };
    // A locked account's visits go on: whoever guesses its password must not be able to put its owner out.
    let Some(user) = tx.user(&row.user)? else { return Ok(None) };
    let is_to_be_noted = row.used.is_none_or(|last| now.unix() - last.unix() >= NOTED_EVERY);
    Ok(Role::of(&user).map(|role| AdminSession { user, role, is_to_be_noted }))
}

/// A visit, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSessionSummary {
    /// Stands for the visit: made of the digest of its key, and saying nothing of it.
    pub number: String,
    /// The visit.
    pub row: AdminSessionRow,
    /// What the account may do now.
    pub role: Role,
}

/// What stands for the visit with this digest where people read.
#[must_use]
pub fn number(key_digest: &str) -> String {
    digest_of(&format!("visit of {key_digest}")).chars().take(16).collect()
}

/// Who is in the panel now; the one who did something last comes first.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn all(tx: &mut dyn FleetTx) -> Result<Vec<AdminSessionSummary>, TxError> {
    let now = tx.now();
    let mut lines = Vec::new();
    for (digest, row) in tx.admin_sessions()?.into_iter().filter(|(_, row)| !row.is_over(now)) {
        let user = tx.user(&row.user)?;
        if let Some(role) = user.as_ref().and_then(Role::of) {
            lines.push(AdminSessionSummary { number: number(&digest), row, role });
        }
    }
    Ok(lines)
}

/// Why an admin session was not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndRefusal {
    /// The session does not exist or is over.
    NoSuchSession,
    /// The actor is not an administrator.
    MayNot,
    /// The session's account is above the actor's level.
    AboveOwnLevel,
}

impl From<EndRefusal> for OperationError<EndRefusal> {
    fn from(refusal: EndRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Ends the admin session of this number, and writes a row of the audit log.
///
/// # Errors
/// The [`EndRefusal`], or [`TxError`] when the database fails.
pub fn end(tx: &mut dyn FleetTx, wanted: &str, by: &Actor) -> Result<(), OperationError<EndRefusal>> {
    let own = administrator(tx, &by.user)?.ok_or(EndRefusal::MayNot)?;
    let found = tx.admin_sessions()?.into_iter().find(|(digest, _)| number(digest) == wanted);
    let (digest, row) = found.ok_or(EndRefusal::NoSuchSession)?;
    if tx.user(&row.user)?.is_some_and(|user| user.user_level > own.user_level) {
        return Err(EndRefusal::AboveOwnLevel.into());
    }
    tx.end_admin_session(&digest)?;
    by.log(tx, AuditAction::EndAdminSession, &row.user, format!("visit from: {}", row.from))?;
    Ok(())
}

fn seconds_before(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_unix(now.unix() - seconds)
}
