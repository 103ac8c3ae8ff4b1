//! What an account may do: which permission a call of the API lacks, and changing them.

use std::net::IpAddr;

use super::visit::Role;
use crate::login::{API_LEVEL, is_locked};
use crate::name;
use crate::records::User;
use crate::seating::digest_of;
use crate::tx::AdminEntry;
use crate::{FleetTx, Moment, TxError};

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
}

/// What calling this function needs, and whether the account has it.
#[must_use]
pub fn permissions(user: &User, function: &str, now: Moment) -> Vec<(Permission, bool)> {
    let mut needed = vec![
        (Permission::NotLocked, !is_locked(user, now)),
        (Permission::Active, user.active),
        (Permission::Level, user.user_level >= API_LEVEL),
        (Permission::Function, user.may_call(function)),
        (Permission::ApiAccess, user.vdc_agent_api_access),
    ];
    let admin_level = (Permission::AdminLevel, user.user_level >= ADMIN_LEVEL);
    needed.extend(match function {
        "user_details" | "logged_in_agents" => vec![(Permission::ViewReports, user.view_reports)],
        "add_user" | "copy_user" | "update_user" => vec![(Permission::ModifyUsers, user.modify_users), admin_level],
        _ => vec![(Permission::AdminAccess, user.ast_admin_access), admin_level],
    });
    needed
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
    pub fn carry_out(&self, tx: &mut dyn FleetTx) -> Result<Changed, TxError> {
        let Some(by) = tx.account(&self.by)? else { return Ok(Changed::MayNot) };
        if !by.modify_users || Role::of(&by.user) != Some(Role::Administrator) {
            return Ok(Changed::MayNot);
        }
        let Some(account) = tx.account(&self.user)? else { return Ok(Changed::NoSuchUser) };
        let (user, access) = (&account.user, &self.access);
        if !(1..=9).contains(&access.user_level) {
            return Ok(Changed::NoSuchLevel);
        }
        if user.user_level.max(access.user_level) > by.user.user_level {
            return Ok(Changed::AboveOwnLevel);
        }
        let before = Access::of(user);
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
        let (code, notes) = ("ADMIN MODIFY USER", before.difference(access));
        let (section, event, record_id) = ("USERS", "MODIFY", user.user.as_str());
        tx.log_admin(&AdminEntry { user: &self.by, from: self.from, section, event, record_id, code, notes })?;
        Ok(Changed::Done)
    }
}
