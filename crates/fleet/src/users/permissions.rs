//! What an account may do: which permission a call of the API lacks, and changing them.

use std::net::IpAddr;

use crate::authorization::Role;
use crate::login::{API_LEVEL, is_locked, may_come_from};
use crate::name;
use crate::password::NewPassword;
use crate::records::User;
use crate::sessions::digest_of;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// The least level that may change anything through the API.
const ADMIN_LEVEL: i64 = 8;

/// Functions that a user can be allowed one by one.
pub const FUNCTIONS: [&str; 10] = [
    "add_phone",
    "update_phone",
    "add_phone_alias",
    "update_phone_alias",
    "server_refresh",
    "add_user",
    "copy_user",
    "update_user",
    "user_details",
    "logged_in_agents",
];

/// What allows every function.
pub const ALL_FUNCTIONS: &str = " ALL_FUNCTIONS ";

/// An account with what only people ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What the rules know of it.
    pub user: User,
    /// The name for people.
    pub full_name: String,
    /// May change users.
    pub modify_users: bool,
}

/// What an account may do, as far as the API is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a row has as many flags as it has")]
pub struct Access {
    /// Whether the account can be used.
    pub active: bool,
    /// 1 to 9.
    pub user_level: i64,
    /// May use the API at all.
    pub vdc_agent_api_access: bool,
    /// May change phones, aliases and dialers.
    pub ast_admin_access: bool,
    /// May delete phones and aliases.
    pub ast_delete_phones: bool,
    /// ` name name ` or ` ALL_FUNCTIONS `.
    pub api_allowed_functions: String,
}

impl Access {
    /// What the account may do now.
    #[must_use]
    pub fn of(user: &User) -> Self {
        Self {
            active: user.active,
            user_level: user.user_level,
            vdc_agent_api_access: user.vdc_agent_api_access,
            ast_admin_access: user.ast_admin_access,
            ast_delete_phones: user.ast_delete_phones,
            api_allowed_functions: user.api_allowed_functions.clone(),
        }
    }

    /// A list of functions as the column has it: each between blanks, or else it never matches.
    #[must_use]
    pub fn functions<'a>(names: impl Iterator<Item = &'a str>) -> String {
        let names: Vec<&str> = names.collect();
        if names.is_empty() { String::new() } else { format!(" {} ", names.join(" ")) }
    }

    /// Stands for these values: who changes them shows with it which ones were looked at.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }

    /// What differs, in words for the admin log.
    fn difference(&self, after: &Self) -> String {
        let flag = |flag: bool| if flag { "Y" } else { "N" }.to_owned();
        let pairs = [
            ("active", flag(self.active), flag(after.active)),
            ("user_level", self.user_level.to_string(), after.user_level.to_string()),
            ("vdc_agent_api_access", flag(self.vdc_agent_api_access), flag(after.vdc_agent_api_access)),
            ("ast_admin_access", flag(self.ast_admin_access), flag(after.ast_admin_access)),
            ("ast_delete_phones", flag(self.ast_delete_phones), flag(after.ast_delete_phones)),
            ("api_allowed_functions", self.api_allowed_functions.clone(), after.api_allowed_functions.clone()),
        ];
        let changed = pairs.into_iter().filter(|(_, before, after)| before != after);
        changed.map(|(name, before, after)| format!("{name}: {before} to {after}")).collect::<Vec<_>>().join("; ")
    }
}

/// What a call of the API needs, in the order in which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Not locked by wrong passwords.
    NotLocked,
    /// `active`.
    Active,
    /// Level 7 or above.
    Level,
    /// The function among `api_allowed_functions`.
    Function,
    /// `vdc_agent_api_access`.
    ApiAccess,
    /// `ast_admin_access`: for phones, aliases and dialers.
    AdminAccess,
    /// `modify_users`: for users.
    ModifyUsers,
    /// `view_reports`: for questions about users and agents.
    ViewReports,
    /// Level 8 or above.
    AdminLevel,
    /// `ast_delete_phones`.
    Delete,
    /// Not on the system's black list, and on the list of the account's group if that has one.
    Address,
}

/// A call of the API that is thought of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// The function.
    pub function: &'a str,
    /// Whether it is to delete something.
    pub deletes: bool,
    /// From where; `None` for anywhere.
    pub from: Option<IpAddr>,
}

/// What such a call needs, and whether the account has it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn permissions(
    tx: &mut dyn FleetTx,
    user: &User,
    attempt: Attempt<'_>,
) -> Result<Vec<(Permission, bool)>, TxError> {
    let settings = tx.settings()?;
    let from = attempt.from.map(|from| may_come_from(tx, user, &settings, from)).transpose()?;
    let mut needed = vec![
        (Permission::NotLocked, !is_locked(user, tx.now())),
        (Permission::Active, user.active),
        (Permission::Level, user.user_level >= API_LEVEL),
    ];
    needed.extend(from.map(|is_allowed| (Permission::Address, is_allowed)));
    needed.extend([
        (Permission::Function, user.may_call(attempt.function)),
        (Permission::ApiAccess, user.vdc_agent_api_access),
    ]);
    let admin_level = (Permission::AdminLevel, user.user_level >= ADMIN_LEVEL);
    needed.extend(match attempt.function {
        "user_details" | "logged_in_agents" => vec![(Permission::ViewReports, user.view_reports)],
        "add_user" | "copy_user" | "update_user" => vec![(Permission::ModifyUsers, user.modify_users), admin_level],
        _ => vec![(Permission::AdminAccess, user.ast_admin_access), admin_level],
    });
    needed.extend(attempt.deletes.then_some((Permission::Delete, user.ast_delete_phones)));
    Ok(needed)
}

/// Who changes an account and whom, as they are now, or why that is not to be.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn may_change(tx: &mut dyn FleetTx, by: &str, user: &str) -> Result<Result<(User, User), Changed>, TxError> {
    let by = tx.account(by)?.filter(|by| by.modify_users && Role::of(&by.user) == Some(Role::Administrator));
    let Some(by) = by else { return Ok(Err(Changed::MayNot)) };
    let Some(user) = tx.account(user)?.map(|account| account.user) else { return Ok(Err(Changed::NoSuchUser)) };
    let is_above = user.user_level > by.user.user_level;
    Ok(if is_above { Err(Changed::AboveOwnLevel) } else { Ok((by.user, user)) })
}

/// A change of what an account may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The account.
    pub user: String,
    /// What it may do from now on.
    pub access: Access,
    /// The [`Access::version`] that was looked at.
    pub version: String,
    /// Who changes it.
    pub by: String,
    /// From where.
    pub from: IpAddr,
}

/// How a change ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is so now.
    Done,
    /// There is no such account.
    NoSuchUser,
    /// Who changes it may not change users.
    MayNot,
    /// The account has, or would get, a level above that of who changes it, who is not of level 9.
    AboveOwnLevel,
    /// Who changes the own account would not come in again.
    LocksOneselfOut,
    /// There is no such level.
    NoSuchLevel,
    /// Somebody else changed the account since it was looked at.
    Outdated,
}

impl Change {
    /// Carries the change out, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Changed, TxError> {
        let (user, access) = (&self.user, &self.access);
        let (by, user) = match may_change(tx, &self.by, user)? {
            Ok(accounts) => accounts,
            Err(refused) => return Ok(refused),
        };
        if !(1..=9).contains(&access.user_level) {
            return Ok(Changed::NoSuchLevel);
        }
        if access.user_level > by.user_level {
            return Ok(Changed::AboveOwnLevel);
        }
        let before = Access::of(&user);
        if before.version() != self.version {
            return Ok(Changed::Outdated);
        }
        let after = User {
            active: access.active,
            user_level: access.user_level,
            vdc_agent_api_access: access.vdc_agent_api_access,
            ast_admin_access: access.ast_admin_access,
            ..user.clone()
        };
        if name::same(&self.by, &user.user) && Role::of(&after) != Some(Role::Administrator) {
            return Ok(Changed::LocksOneselfOut);
        }
        if before == *access {
            return Ok(Changed::Done);
        }
        tx.set_access(user.user_id, access)?;
        if Role::of(&after).is_none() {
            tx.end_admin_sessions_of(&user.user, "")?;
        }
        let (code, notes) = ("ADMIN MODIFY USER", before.difference(access));
        let (section, event, record_id) = ("USERS", "MODIFY", user.user.as_str());
        tx.log_admin(&AdminEntry { user: &self.by, from: self.from, section, event, record_id, code, notes })?;
        Ok(Changed::Done)
    }
}

/// An account gets another password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPassword {
    /// The account.
    pub user: String,
    /// The new password, digested before the transaction.
    pub password: NewPassword,
    /// Who sets it.
    pub by: String,
    /// From where.
    pub from: IpAddr,
    /// The digest of the key of the visit in which it is set.
    pub visit: String,
}

impl SetPassword {
    /// Sets it, with its row of the admin log, and ends the account's visits but the one in which this is done.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<Changed, TxError> {
        let user = match may_change(tx, &self.by, &self.user)? {
            Ok((_, user)) => user,
            Err(refused) => return Ok(refused),
        };
        tx.store_password(&user, &self.password)?;
        tx.end_admin_sessions_of(&user.user, &self.visit)?;
        let (code, notes) = ("ADMIN MODIFY USER", "password: changed".to_owned());
        let (section, event, record_id) = ("USERS", "MODIFY", user.user.as_str());
        tx.log_admin(&AdminEntry { user: &self.by, from: self.from, section, event, record_id, code, notes })?;
        Ok(Changed::Done)
    }
}
