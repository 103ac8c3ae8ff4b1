//! A visit: somebody is in the panel with a browser. The browser has a key, the database its digest, so a visit can be ended
//! here whatever the browser does.
//!
//! What a visitor may do is looked up in the account at every request: who loses a right loses it at once.

use crate::login::API_LEVEL;
use crate::records::User;
use crate::{FleetTx, Moment, TxError};

/// For how many seconds a visit lasts at most.
pub const AT_MOST: i64 = 12 * 60 * 60;

/// After how many seconds without use it is over.
const IDLE: i64 = 60 * 60;

/// A use is written down once this many seconds have passed since the last one, since every write is a commit.
const NOTED_EVERY: i64 = 60;

/// A visit as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// The account.
    pub user: String,
    /// When it began.
    pub began: Option<Moment>,
    /// When it was last used, give or take a minute.
    pub used: Option<Moment>,
}

/// What a visitor may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Supervisor,
    /// Look and change.
    Administrator,
}

impl Role {
    /// The role of an account; `None` if it may not come in.
    #[must_use]
    pub fn of(user: &User) -> Option<Self> {
        let may_enter = user.active && user.user_level >= API_LEVEL && user.vdc_agent_api_access;
        match (may_enter, user.may_administer_phones()) {
            (false, _) => None,
            (true, false) => Some(Self::Supervisor),
            (true, true) => Some(Self::Administrator),
        }
    }
}

/// Begins a visit of an account whose password was right, and forgets those that are over. `None` if the account may use the
/// API not at all, and so not the panel.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn begin(tx: &mut dyn FleetTx, name: &str, key_digest: &str) -> Result<Option<Role>, TxError> {
    let Some(user) = tx.user(name)? else { return Ok(None) };
    let Some(role) = Role::of(&user) else { return Ok(None) };
    let now = tx.now();
    tx.forget_visits(seconds_before(now, AT_MOST), seconds_before(now, IDLE))?;
    tx.begin_visit(key_digest, &user.user)?;
    Ok(Some(role))
}

/// A visit that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The account.
    pub user: User,
    /// What it may do now.
    pub role: Role,
    /// Whether its use is to be written down with [`PanelTx::use_visit`](super::PanelTx::use_visit).
    pub is_to_be_noted: bool,
}

/// The visit with this digest, if it is not over and its account may still come in.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn find(tx: &mut dyn FleetTx, key_digest: &str) -> Result<Option<Visit>, TxError> {
    let Some(VisitRow { user: name, began: Some(began), used: Some(last) }) = tx.visit(key_digest)? else {
        return Ok(None);
    };
    let now = tx.now();
    let idle = now.unix() - last.unix();
    if now.unix() - began.unix() >= AT_MOST || idle >= IDLE {
        return Ok(None);
    }
    // A locked account's visits go on: whoever guesses its password must not be able to put its owner out.
    let Some(user) = tx.user(&name)? else { return Ok(None) };
    Ok(Role::of(&user).map(|role| Visit { user, role, is_to_be_noted: idle >= NOTED_EVERY }))
}

fn seconds_before(now: Moment, seconds: i64) -> Moment {
    Moment::from_unix(now.unix() - seconds)
}
