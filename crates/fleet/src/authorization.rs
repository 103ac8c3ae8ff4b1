//! Permissions: roles in the panel, the right to change rows of each table, token scopes, and the rows that an account sees. All
//! adapters use these.

pub mod functions;
pub(crate) mod grants;
mod scope;

pub use scope::Scope;

use crate::actor::{Actor, Source};
use crate::audit_log::RowEvent;
use crate::login::API_LEVEL;
use crate::records::{User, UserGroup};
use crate::save::{SaveError, SaveRefusal};
use crate::schema::{Row, Table};
use crate::{FleetTx, TxError};

/// The level required to change user groups and IP lists, which restrict other accounts.
const HIGHEST: i64 = 9;

/// A permission that an account lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingPermission {
    /// `ast_admin_access`, `vdc_agent_api_access` or level 8.
    AdminAccess,
    /// `ast_delete_phones`.
    DeletePhones,
    /// `modify_users`, `vdc_agent_api_access` or level 8.
    ModifyUsers,
    /// `delete_users`.
    DeleteUsers,
    /// Level 9.
    HighestLevel,
    /// A level above that of the user to be changed.
    AboveOwnLevel,
}

/// The scope required to change rows of a section.
#[must_use]
pub fn scope_of(table: Table) -> Scope {
    match table {
        Table::Phone | Table::Alias | Table::Template => Scope::Phones,
        Table::User | Table::UserGroup | Table::IpList => Scope::Users,
        Table::Dialer | Table::Campaign | Table::Weight | Table::Settings => Scope::Dialers,
    }
}

/// The permission that the account lacks to change anything of this scope.
#[must_use]
pub fn missing_permission(user: &User, scope: Scope) -> Option<MissingPermission> {
    let (may, missing_permission) = match scope {
        Scope::Users => (user.may_administer_users(), MissingPermission::ModifyUsers),
        _ => (user.may_administer_phones(), MissingPermission::AdminAccess),
    };
    (!may || !user.active).then_some(missing_permission)
}

/// The permission that the account lacks for this change to rows of a table.
pub(crate) fn missing_permission_for(user: &User, event: RowEvent, table: Table) -> Option<MissingPermission> {
    missing_permission(user, scope_of(table)).or_else(|| match table {
        Table::Phone | Table::Alias => {
            (event == RowEvent::Delete && !user.ast_delete_phones).then_some(MissingPermission::DeletePhones)
        }
        Table::User => (event == RowEvent::Delete && !user.delete_users).then_some(MissingPermission::DeleteUsers),
        Table::UserGroup | Table::IpList => (user.user_level < HIGHEST).then_some(MissingPermission::HighestLevel),
        _ => None,
    })
}

/// The actor's account, if it is authorized for this change. Called inside the transaction, so an account that loses a right
/// loses it at once.
pub(crate) fn authorize(tx: &mut dyn FleetTx, actor: &Actor, event: RowEvent, table: Table) -> Result<User, SaveError> {
    let missing = |missing| Err(SaveError::Refused(SaveRefusal::Missing(missing)));
    let Some(user) = tx.user(&actor.user)? else { return missing(MissingPermission::AdminAccess) };
    if actor.source == Source::Panel && Role::of(&user) != Some(Role::Administrator) {
        return missing(MissingPermission::AdminAccess);
    }
    match missing_permission_for(&user, event, table) {
        Some(lacking) => missing(lacking),
        None => Ok(user),
    }
}

/// Role of an account in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May view everything.
    Supervisor,
    /// May view and change everything.
    Administrator,
}

impl Role {
    /// The role of an account; `None` if it has no access to the panel.
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

/// The account of this name, if it is an administrator. Also called inside transactions, so an account that loses the right loses
/// it at once.
pub(crate) fn administrator(tx: &mut dyn FleetTx, name: &str) -> Result<Option<User>, TxError> {
    Ok(tx.user(name)?.filter(|user| Role::of(user) == Some(Role::Administrator)))
}

/// The rows that an account sees: those of the user groups that its own group may see, as in the Non-Agent API.
pub(crate) struct Visibility(Option<UserGroup>);

impl Visibility {
    pub(crate) fn of(tx: &mut dyn FleetTx, user: &User) -> Result<Self, TxError> {
        Ok(Self(tx.user_group(&user.user_group)?))
    }

    /// Every row.
    pub(crate) const fn unlimited() -> Self {
        Self(None)
    }

    /// The account's own user group; `None` if it does not exist.
    pub(crate) fn own_group(&self) -> Option<&UserGroup> {
        self.0.as_ref()
    }

    /// Whether the account sees rows of this user group.
    pub(crate) fn see_group(&self, user_group: &str) -> bool {
        self.0.as_ref().is_none_or(|own| own.sees(user_group))
    }

    /// Whether the account sees rows of every user group.
    pub(crate) fn see_all(&self) -> bool {
        self.0.as_ref().is_none_or(UserGroup::sees_all)
    }

    /// Whether the account sees this row. Rows without a user group are visible to all.
    pub(crate) fn see(&self, row: &Row) -> bool {
        row.get("user_group").is_none_or(|group| self.see_group(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::StoredPassword;

    /// An account of this level with these rights.
    fn account(user_level: i64, rights: &[&str]) -> User {
        let has = |right: &str| rights.contains(&right);
        User {
            user_id: 1,
            user: "6666".to_owned(),
            stored_password: StoredPassword::Plain(String::new()),
            user_level,
            user_group: String::new(),
            active: true,
            api_allowed_functions: String::new(),
            vdc_agent_api_access: true,
            ast_admin_access: has("ast_admin_access"),
            ast_delete_phones: has("ast_delete_phones"),
            modify_users: has("modify_users"),
            delete_users: has("delete_users"),
            modify_same_user_level: false,
            view_reports: false,
            modify_remote_agents: false,
            ignore_ip_list: false,
            api_only: false,
            failed_login_count: 0,
            last_login_date: String::new(),
            last_ip: String::new(),
        }
    }

    #[test]
    fn each_table_requires_its_own_right_and_deleting_another() {
        let (phones, users) = (account(8, &["ast_admin_access"]), account(8, &["modify_users"]));
        let patch = RowEvent::Modify;
        for table in [Table::Phone, Table::Alias, Table::Template, Table::Dialer, Table::Campaign] {
            assert_eq!(missing_permission_for(&phones, patch, table), None, "{table:?}");
            assert_eq!(missing_permission_for(&users, patch, table), Some(MissingPermission::AdminAccess), "{table:?}");
        }
        assert_eq!(missing_permission_for(&phones, patch, Table::User), Some(MissingPermission::ModifyUsers));
        assert_eq!(missing_permission_for(&users, patch, Table::User), None);
        assert_eq!(missing_permission_for(&users, patch, Table::UserGroup), Some(MissingPermission::HighestLevel));
        assert_eq!(missing_permission_for(&account(9, &["modify_users"]), RowEvent::Delete, Table::IpList), None);
        assert_eq!(
            missing_permission_for(&phones, RowEvent::Delete, Table::Phone),
            Some(MissingPermission::DeletePhones)
        );
        assert_eq!(missing_permission_for(&phones, patch, Table::Alias), None);
        assert_eq!(missing_permission_for(&users, RowEvent::Delete, Table::User), Some(MissingPermission::DeleteUsers));
        assert_eq!(
            missing_permission_for(&account(7, &["ast_admin_access"]), patch, Table::Phone),
            Some(MissingPermission::AdminAccess)
        );
    }

    #[test]
    fn an_inactive_account_has_no_permissions() {
        let inactive = User { active: false, ..account(9, &["ast_admin_access", "modify_users"]) };
        assert!(Scope::ALL.iter().all(|scope| missing_permission(&inactive, *scope).is_some()));
    }
}
