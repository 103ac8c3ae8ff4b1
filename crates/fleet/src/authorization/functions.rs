//! Functions of the Non-Agent API and the rights that calling each takes.

use crate::authorization::Scope;
use crate::login::API_LEVEL;
use crate::non_agent_api;
use crate::records::User;

/// Allows every function.
pub const ALL_FUNCTIONS: &str = " ALL_FUNCTIONS ";

/// The least level that may change anything.
const ADMIN_LEVEL: i64 = 8;

/// What a call of the Non-Agent API needs.
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

impl Permission {
    /// Whether the account has it, where its own columns say so.
    #[must_use]
    pub fn is_given(self, user: &User) -> bool {
        match self {
            Self::Active => user.active,
            Self::Level => user.user_level >= API_LEVEL,
            Self::ApiAccess => user.vdc_agent_api_access,
            Self::AdminAccess => user.ast_admin_access,
            Self::ModifyUsers => user.modify_users,
            Self::ViewReports => user.view_reports,
            Self::AdminLevel => user.user_level >= ADMIN_LEVEL,
            Self::Delete => user.ast_delete_phones,
            Self::NotLocked | Self::Function | Self::Address => true,
        }
    }
}

/// The rights that calling a function takes beyond level 7, API access and being allowed that function.
#[must_use]
pub fn permissions_for(function: &str) -> &'static [Permission] {
    match non_agent_api::function(function).map_or(Scope::Phones, |known| known.scope) {
        Scope::Read => &[Permission::ViewReports],
        Scope::Users => &[Permission::ModifyUsers, Permission::AdminLevel],
        _ => &[Permission::AdminAccess, Permission::AdminLevel],
    }
}

/// Whether the account has the rights that calling a function takes.
#[must_use]
pub fn has_rights_for(user: &User, function: &str) -> bool {
    let for_all = [Permission::Level, Permission::ApiAccess];
    for_all.iter().chain(permissions_for(function)).all(|permission| permission.is_given(user))
}
