//! Who may change which rows.

use super::change::Act;
use crate::fleet_file::Section;
use crate::records::User;
use crate::scope::Scope;

/// The level that may change what limits everybody: groups of users and lists of addresses.
const HIGHEST: i64 = 9;

/// What an account lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
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
    /// A level above that of the user who is to be changed.
    AboveOwnLevel,
}

/// The scope that changing rows of a section takes.
#[must_use]
pub fn scope(section: Section) -> Scope {
    match section {
        Section::Phone | Section::Alias | Section::Template => Scope::Phones,
        Section::User | Section::UserGroup | Section::IpList => Scope::Users,
        Section::Server | Section::Campaign | Section::Weight | Section::Settings => Scope::Servers,
    }
}

/// What the account lacks to change anything of this scope.
#[must_use]
pub fn lack(user: &User, scope: Scope) -> Option<Lack> {
    let (may, lack) = match scope {
        Scope::Users => (user.may_administer_users(), Lack::ModifyUsers),
        _ => (user.may_administer_phones(), Lack::AdminAccess),
    };
    (!may || !user.active).then_some(lack)
}

/// What the account lacks to do this with a row of a section.
pub(super) fn lack_for(user: &User, section: Section, act: &Act) -> Option<Lack> {
    lack(user, scope(section)).or_else(|| match section {
        Section::Phone | Section::Alias => {
            (*act == Act::Delete && !user.ast_delete_phones).then_some(Lack::DeletePhones)
        }
        Section::User => (*act == Act::Delete && !user.delete_users).then_some(Lack::DeleteUsers),
        Section::UserGroup | Section::IpList => (user.user_level < HIGHEST).then_some(Lack::HighestLevel),
        _ => None,
    })
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
            ignore_ip_list: false,
            api_only: false,
            failed_login_count: 0,
            last_login_date: String::new(),
            last_ip: String::new(),
        }
    }

    #[test]
    fn each_kind_of_row_takes_its_own_right_and_deleting_another() {
        let (phones, users) = (account(8, &["ast_admin_access"]), account(8, &["modify_users"]));
        let patch = Act::Patch(crate::fleet_file::Entry::new(Section::Phone));
        for section in [Section::Phone, Section::Alias, Section::Template, Section::Server, Section::Campaign] {
            assert_eq!(lack_for(&phones, section, &patch), None, "{section:?}");
            assert_eq!(lack_for(&users, section, &patch), Some(Lack::AdminAccess), "{section:?}");
        }
        assert_eq!(lack_for(&phones, Section::User, &patch), Some(Lack::ModifyUsers));
        assert_eq!(lack_for(&users, Section::User, &patch), None);
        assert_eq!(lack_for(&users, Section::UserGroup, &patch), Some(Lack::HighestLevel));
        assert_eq!(lack_for(&account(9, &["modify_users"]), Section::IpList, &Act::Delete), None);
        assert_eq!(lack_for(&phones, Section::Phone, &Act::Delete), Some(Lack::DeletePhones));
        assert_eq!(lack_for(&phones, Section::Alias, &Act::RemoveMember(String::new())), None);
        assert_eq!(lack_for(&users, Section::User, &Act::Delete), Some(Lack::DeleteUsers));
        assert_eq!(lack_for(&account(7, &["ast_admin_access"]), Section::Phone, &patch), Some(Lack::AdminAccess));
    }

    #[test]
    fn an_account_that_is_not_active_may_nothing() {
        let gone = User { active: false, ..account(9, &["ast_admin_access", "modify_users"]) };
        assert!(Scope::ALL.iter().all(|scope| lack(&gone, *scope).is_some()));
    }
}
