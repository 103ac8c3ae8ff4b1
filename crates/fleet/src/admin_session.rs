//! Admin sessions: logins to the panel with a browser. The browser holds a key and the database its digest, so the server can end
//! a session at any time.
//!
//! Each request reads the account's rights again, so an account that loses a right loses it at once.

use std::net::IpAddr;

use crate::actor::Actor;
use crate::audit_log::AuditAction;
use crate::authorization::{Role, administrator};
use crate::records::User;
use crate::sessions::digest_of;
use crate::{FleetTx, OperationError, Timestamp, TxError};

/// Maximum duration of an admin session, in seconds.
pub const AT_MOST: i64 = 12 * 60 * 60;

/// An admin session ends after this many seconds without a request.
const IDLE: i64 = 60 * 60;

/// Minimum interval between two updates of the time of last use, in seconds, since every update is a commit.
const NOTED_EVERY: i64 = 60;

/// An admin session, as the database stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSessionRow {
    /// The account.
    pub user: String,
    /// The time of the login.
    pub began: Option<Timestamp>,
    /// When it was last used, accurate to a minute.
    pub used: Option<Timestamp>,
    /// The client's address at the login.
    pub from: String,
}

impl AdminSessionRow {
    /// Whether it has expired: it lasted too long or was not used.
    fn is_over(&self, now: Timestamp) -> bool {
        let passed = |since: Option<Timestamp>| since.map_or(i64::MAX, |since| now.unix() - since.unix());
        passed(self.began) >= AT_MOST || passed(self.used) >= IDLE
    }
}

/// Begins an admin session for an account whose password was verified, and deletes expired ones. `None` if the account has no
/// access to the API, and so none to the panel.
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

/// A valid admin session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSession {
    /// The account.
    pub user: User,
    /// The account's current role.
    pub role: Role,
    /// Whether the caller must record this use with
    /// [`AdminSessionsTx::touch_admin_session`](crate::tx::AdminSessionsTx::touch_admin_session).
    pub must_record_use: bool,
}

/// The admin session with this digest, unless it has expired or its account lost access to the panel.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn find(tx: &mut dyn FleetTx, key_digest: &str) -> Result<Option<AdminSession>, TxError> {
    let now = tx.now();
    let Some(row) = tx.admin_session(key_digest)?.filter(|row| !row.is_over(now)) else { return Ok(None) };
    // The sessions of a locked account stay valid: otherwise anybody could sign its owner out by guessing passwords.
    let Some(user) = tx.user(&row.user)? else { return Ok(None) };
    let must_record_use = row.used.is_none_or(|last| now.unix() - last.unix() >= NOTED_EVERY);
    Ok(Role::of(&user).map(|role| AdminSession { user, role, must_record_use }))
}

/// An admin session, as the panel lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSessionSummary {
    /// Identifies the session. Derived from the digest of its key without revealing it.
    pub number: String,
    /// The session.
    pub row: AdminSessionRow,
    /// The account's current role.
    pub role: Role,
}

/// The public identifier of the session with this digest.
#[must_use]
pub fn number(key_digest: &str) -> String {
    digest_of(&format!("visit of {key_digest}")).chars().take(16).collect()
}

/// All valid admin sessions, most recently used first.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn all(tx: &mut dyn FleetTx) -> Result<Vec<AdminSessionSummary>, TxError> {
    let now = tx.now();
    let mut summaries = Vec::new();
    for (digest, row) in tx.admin_sessions()?.into_iter().filter(|(_, row)| !row.is_over(now)) {
        let user = tx.user(&row.user)?;
        if let Some(role) = user.as_ref().and_then(Role::of) {
            summaries.push(AdminSessionSummary { number: number(&digest), row, role });
        }
    }
    Ok(summaries)
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

/// Ends the admin session with this number, and logs that.
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
    by.log(tx, AuditAction::EndAdminSession, &row.user, format!("session from: {}", row.from))?;
    Ok(())
}

fn seconds_before(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_unix(now.unix() - seconds)
}
