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
