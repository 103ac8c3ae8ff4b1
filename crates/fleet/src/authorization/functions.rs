//! Rights required to call each function of the Non-Agent API.

use crate::login::API_LEVEL;
use crate::non_agent_api;
use crate::records::User;

/// Value of `api_allowed_functions` that allows every function.
pub const ALL_FUNCTIONS: &str = " ALL_FUNCTIONS ";

/// The lowest level that may change anything.
const ADMIN_LEVEL: i64 = 8;

/// A permission that a call of the Non-Agent API requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// The account is not locked because of wrong passwords.
    NotLocked,
    /// `active`.
    Active,
    /// Level 7 or above.
    Level,
    /// `api_allowed_functions` includes the function.
    Function,
    /// `vdc_agent_api_access`.
    ApiAccess,
    /// `ast_admin_access`: for phones, aliases and dialers.
    AdminAccess,
    /// `modify_users`: for users.
    ModifyUsers,
    /// `view_reports`: for functions that read users and agents.
    ViewReports,
    /// `modify_remoteagents`: for remote agents.
    ModifyRemoteAgents,
    /// Level 8 or above.
    AdminLevel,
    /// `ast_delete_phones`.
    Delete,
    /// The address is not on the system's block list, and is on the allow list of the account's group if that has one.
    Address,
}

impl Permission {
    /// Whether the account's own columns grant it; always `true` for permissions that depend on more than those.
    #[must_use]
    pub fn is_given(self, user: &User) -> bool {
        match self {
            Self::Active => user.active,
            Self::Level => user.user_level >= API_LEVEL,
            Self::ApiAccess => user.vdc_agent_api_access,
            Self::AdminAccess => user.ast_admin_access,
            Self::ModifyUsers => user.modify_users,
            Self::ViewReports => user.view_reports,
            Self::ModifyRemoteAgents => user.modify_remote_agents,
            Self::AdminLevel => user.user_level >= ADMIN_LEVEL,
            Self::Delete => user.ast_delete_phones,
            Self::NotLocked | Self::Function | Self::Address => true,
        }
    }
}

/// The rights that reading about users and agents takes.
pub(crate) const READ: &[Permission] = &[Permission::ApiAccess, Permission::ViewReports];

/// The rights that changing users takes.
pub(crate) const CHANGE_USERS: &[Permission] =
    &[Permission::ApiAccess, Permission::ModifyUsers, Permission::AdminLevel];

/// The rights that changing phones, aliases and dialers takes.
pub(crate) const CHANGE_PHONES: &[Permission] =
    &[Permission::ApiAccess, Permission::AdminAccess, Permission::AdminLevel];

/// The rights that reading campaigns takes.
pub(crate) const READ_CAMPAIGNS: &[Permission] =
    &[Permission::ApiAccess, Permission::ViewReports, Permission::AdminLevel];

/// The rights that reading the campaigns of an agent takes.
pub(crate) const READ_AGENT_CAMPAIGNS: &[Permission] =
    &[Permission::ApiAccess, Permission::ViewReports, Permission::ModifyUsers, Permission::AdminLevel];

/// The rights that calling a phone into an agent's conference takes.
pub(crate) const MONITOR: &[Permission] = &[Permission::ApiAccess];

/// The rights that changing remote agents takes.
pub(crate) const CHANGE_REMOTE_AGENTS: &[Permission] =
    &[Permission::ApiAccess, Permission::ModifyRemoteAgents, Permission::AdminLevel];

/// The rights that calling a function takes beyond level 7 and being allowed that function.
#[must_use]
pub fn permissions_for(function: &str) -> &'static [Permission] {
    non_agent_api::function(function).map_or(CHANGE_PHONES, |known| known.permissions)
}

/// Whether the account has the rights that a function requires.
#[must_use]
pub fn has_rights_for(user: &User, function: &str) -> bool {
    let needed = std::iter::once(&Permission::Level).chain(permissions_for(function));
    needed.into_iter().all(|permission| permission.is_given(user))
}
