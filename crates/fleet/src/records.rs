//! The rows that the rules work on, named after VICIdial's tables and columns.

use std::fmt;

use crate::name;
use crate::password::StoredPassword;
use crate::password::vicidial::HashRule;

pub use crate::schema::phone::Phone;

/// What names a phone: its extension and its dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneKey {
    /// The phone's name on its dialer.
    pub extension: String,
    /// Its dialer.
    pub server_ip: String,
}

impl PhoneKey {
    /// Whether both name the same phone.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        name::same(&self.extension, &other.extension) && name::same(&self.server_ip, &other.server_ip)
    }
}

impl Phone {
    /// What names this phone.
    #[must_use]
    pub fn key(&self) -> PhoneKey {
        PhoneKey { extension: self.extension.clone(), server_ip: self.server_ip.clone() }
    }
}

/// An alias: one login that stands for several phones (table `phones_alias`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The login.
    pub alias_id: String,
    /// Its name for people.
    pub alias_name: String,
    /// The logins of its phones, separated by commas.
    pub logins_list: String,
    /// `false`: a login through it is refused. Kept in `hotdesk_alias`.
    pub active: bool,
}

/// A user of the system (table `vicidial_users`), as far as the rules need one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a row has as many flags as it has")]
pub struct User {
    /// The row's number.
    pub user_id: i64,
    /// The name.
    pub user: String,
    /// What a password is compared with.
    pub stored_password: StoredPassword,
    /// 1 to 9.
    pub user_level: i64,
    /// The group.
    pub user_group: String,
    /// Whether the account can be used.
    pub active: bool,
    /// ` name name ` or ` ALL_FUNCTIONS `.
    pub api_allowed_functions: String,
    /// May use the API at all.
    pub vdc_agent_api_access: bool,
    /// May change phones, aliases and dialers.
    pub ast_admin_access: bool,
    /// May delete phones and aliases.
    pub ast_delete_phones: bool,
    /// May change users.
    pub modify_users: bool,
    /// May delete users.
    pub delete_users: bool,
    /// May change users of the own level.
    pub modify_same_user_level: bool,
    /// May see reports.
    pub view_reports: bool,
    /// May come from any address.
    pub ignore_ip_list: bool,
    /// Is for programs: opens no agent's door.
    pub api_only: bool,
    /// Failures since the last good login, or since the count last began again.
    pub failed_login_count: i64,
    /// When the last good login was, or the failure that began the count again: as [`crate::Timestamp::stamp`] writes it.
    pub last_login_date: String,
    /// Where the last good login came from.
    pub last_ip: String,
}

impl User {
    /// Whether this function is among those that the user may call
    /// (rule: ` function ` between blanks, or `ALL_FUNCTIONS` anywhere, or exactly `ALL`).
    #[must_use]
    pub fn may_call(&self, function: &str) -> bool {
        let allowed = &self.api_allowed_functions;
        allowed == "ALL" || allowed.contains("ALL_FUNCTIONS") || allowed.contains(&format!(" {function} "))
    }

    /// Whether the user may change phones, aliases and dialers through the API.
    #[must_use]
    pub fn may_administer_phones(&self) -> bool {
        self.vdc_agent_api_access && self.ast_admin_access && self.user_level >= 8
    }

    /// Whether the user may change users through the API.
    #[must_use]
    pub fn may_administer_users(&self) -> bool {
        self.vdc_agent_api_access && self.modify_users && self.user_level >= 8
    }

    /// Whether the user may make a user of this level (rule: level 9 any, but 9 only with `modify_same_user_level`; all
    /// others only a lower one).
    #[must_use]
    pub fn may_make_level(&self, level: u64) -> bool {
        match u64::try_from(self.user_level) {
            Ok(own @ 0..9) => level < own,
            Ok(own) => level != own || self.modify_same_user_level,
            Err(_) => false,
        }
    }

    /// The highest level of users that the user may change.
    #[must_use]
    pub fn highest_to_change(&self) -> i64 {
        if self.modify_same_user_level { self.user_level } else { self.user_level.saturating_sub(1) }
    }
}

/// A phone or an alias that belongs to an account, with its password.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnPhone {
    /// An alias, a phone's login, or several logins separated by commas.
    pub login: String,
    /// The phones' password.
    pub pass: String,
}

impl fmt::Debug for OwnPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnPhone").field("login", &self.login).finish_non_exhaustive()
    }
}

/// A group of users (table `vicidial_user_groups`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserGroup {
    /// The name.
    pub user_group: String,
    /// The groups whose phones its members see, between blanks.
    pub admin_viewable_groups: String,
    /// The list of addresses from which its members may call the API; empty for any.
    pub api_ip_list: String,
    /// The campaigns that its members work in, between blanks.
    pub allowed_campaigns: String,
}

impl UserGroup {
    /// Whether its members see what belongs to `group`. A list with `--ALL--`, or of 3 characters or fewer, is no limit, and
    /// what belongs to `---ALL---` is everybody's.
    #[must_use]
    pub fn sees(&self, group: &str) -> bool {
        let mut viewable = self.admin_viewable_groups.split_whitespace();
        self.sees_all() || group == "---ALL---" || viewable.any(|viewable| name::same(viewable, group))
    }

    /// Whether its members see what belongs to any group.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.admin_viewable_groups.len() <= 3 || self.admin_viewable_groups.contains("--ALL--")
    }

    /// Whether its members may work in this campaign (rule: names between blanks, or `-ALL-CAMPAIGNS-`).
    #[must_use]
    pub fn works_in(&self, campaign_id: &str) -> bool {
        let list = &self.allowed_campaigns;
        list.contains("-ALL-CAMPAIGNS-") || list.split_whitespace().any(|campaign| name::same(campaign, campaign_id))
    }
}

/// The settings of the whole system that the rules need (table `system_settings`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemSettings {
    /// Letters are any Unicode letters.
    pub use_non_latin: bool,
    /// IP lists are looked at.
    pub allow_ip_lists: bool,
    /// The list of addresses from which nobody may call; empty for none.
    pub system_ip_blacklist: String,
    /// How VICIdial digests passwords, where it does.
    pub hash_rule: Option<HashRule>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(viewable: &str) -> UserGroup {
        UserGroup {
            user_group: "LIMITED".into(),
            admin_viewable_groups: viewable.into(),
            api_ip_list: String::new(),
            allowed_campaigns: String::new(),
        }
    }

    #[test]
    fn a_group_sees_what_its_list_names_and_what_is_everybodys() {
        assert!(group(" AGENTS LIMITED ").sees("agents"));
        assert!(group(" AGENTS LIMITED ").sees("---ALL---"));
        assert!(!group(" AGENTS LIMITED ").sees("AGENTS2"));
    }

    #[test]
    fn a_short_list_or_one_with_all_is_no_limit() {
        for viewable in ["", " X ", " ---ALL--- ", "x--ALL--x"] {
            assert!(group(viewable).sees("AGENTS2"), "{viewable:?}");
        }
        assert!(!group(" XY ").sees("AGENTS2"));
    }
}
