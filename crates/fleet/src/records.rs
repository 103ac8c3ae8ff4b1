//! Rows that the rules work on, named after VICIdial's tables and columns.

use std::fmt;

use crate::name;
use crate::password::StoredPassword;
use crate::password::vicidial::HashRule;
use crate::text::Alphabet;

pub use crate::schema::phone::Phone;

/// Key of a phone: its extension and its dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneKey {
    /// The phone's name on its dialer.
    pub extension: String,
    /// Its dialer.
    pub server_ip: String,
}

impl PhoneKey {
    /// Whether both are keys of the same phone.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        name::same(&self.extension, &other.extension) && name::same(&self.server_ip, &other.server_ip)
    }
}

impl Phone {
    /// Whether the phone registers with an account on its dialer. EXTERNAL and Zap phones have none.
    #[must_use]
    pub fn has_account(&self) -> bool {
        !matches!(self.protocol.as_str(), "EXTERNAL" | "Zap")
    }

    /// The phone's key.
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
    /// The display name.
    pub alias_name: String,
    /// The logins of its phones, separated by commas.
    pub logins_list: String,
    /// `false` if logins with it are refused. Stored in `hotdesk_alias`.
    pub active: bool,
}

/// A user (table `vicidial_users`), with the columns that the rules need.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are independent columns")]
pub struct User {
    /// The row number.
    pub user_id: i64,
    /// The name.
    pub user: String,
    /// The stored password.
    pub stored_password: StoredPassword,
    /// 1 to 9.
    pub user_level: i64,
    /// The group.
    pub user_group: String,
    /// Whether the account is active.
    pub active: bool,
    /// ` name name ` or ` ALL_FUNCTIONS `.
    pub api_allowed_functions: String,
    /// May use the API.
    pub vdc_agent_api_access: bool,
    /// May change phones, aliases and dialers.
    pub ast_admin_access: bool,
    /// May delete phones and aliases.
    pub ast_delete_phones: bool,
    /// May change users.
    pub modify_users: bool,
    /// May delete users.
    pub delete_users: bool,
    /// May change users of their own level.
    pub modify_same_user_level: bool,
    /// May see reports.
    pub view_reports: bool,
    /// May change remote agents.
    pub modify_remote_agents: bool,
    /// May log in from any address.
    pub ignore_ip_list: bool,
    /// Only for programs: cannot log in as an agent.
    pub api_only: bool,
    /// Failed logins since the last successful one, or since the counter was last reset.
    pub failed_login_count: i64,
    /// Time of the last successful login, or of the failure that reset the counter, as [`crate::Timestamp::stamp`] writes it.
    pub last_login_date: String,
    /// Address of the last successful login.
    pub last_ip: String,
}

impl User {
    /// Whether the user may call this function (rule: ` function ` between blanks, or `ALL_FUNCTIONS` anywhere, or exactly
    /// `ALL`).
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

    /// Whether the user may create users of this level (rule: level 9 may create any, but 9 only with `modify_same_user_level`;
    /// all others only lower ones).
    #[must_use]
    pub fn may_create_level(&self, level: u64) -> bool {
        match u64::try_from(self.user_level) {
            Ok(own @ 0..9) => level < own,
            Ok(own) => level != own || self.modify_same_user_level,
            Err(_) => false,
        }
    }

    /// The highest level of users that the user may change.
    #[must_use]
    pub fn highest_changeable_level(&self) -> i64 {
        if self.modify_same_user_level { self.user_level } else { self.user_level.saturating_sub(1) }
    }
}

/// The phone or alias that is assigned to an account, with its password.
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

/// A user group (table `vicidial_user_groups`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserGroup {
    /// The name.
    pub user_group: String,
    /// The groups whose rows its members see, separated by blanks.
    pub admin_viewable_groups: String,
    /// The IP list of addresses from which its members may call the API; empty for any.
    pub api_ip_list: String,
    /// The campaigns that its members may work in, separated by blanks.
    pub allowed_campaigns: String,
}

impl UserGroup {
    /// Whether its members see rows of `group`. A list that contains `--ALL--`, or has at most 3 characters, is no restriction,
    /// and rows of `---ALL---` are visible to all.
    #[must_use]
    pub fn sees(&self, group: &str) -> bool {
        let mut viewable = self.admin_viewable_groups.split_whitespace();
        self.sees_all() || group == "---ALL---" || viewable.any(|viewable| name::same(viewable, group))
    }

    /// Whether its members see rows of every group.
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

/// System settings that the rules need (table `system_settings`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemSettings {
    /// Whether names may contain any Unicode letters.
    pub use_non_latin: bool,
    /// Whether IP lists are enforced.
    pub allow_ip_lists: bool,
    /// The IP list of blocked addresses; empty for none.
    pub system_ip_blacklist: String,
    /// The rule for VICIdial's password hashes, if it uses them.
    pub hash_rule: Option<HashRule>,
}

impl SystemSettings {
    /// The set of letters that texts are read in.
    #[must_use]
    pub const fn alphabet(&self) -> Alphabet {
        if self.use_non_latin { Alphabet::Unicode } else { Alphabet::Latin }
    }
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
    fn a_group_sees_the_groups_on_its_list_and_rows_for_all() {
        assert!(group(" AGENTS LIMITED ").sees("agents"));
        assert!(group(" AGENTS LIMITED ").sees("---ALL---"));
        assert!(!group(" AGENTS LIMITED ").sees("AGENTS2"));
    }

    #[test]
    fn a_short_list_or_one_with_all_is_no_restriction() {
        for viewable in ["", " X ", " ---ALL--- ", "x--ALL--x"] {
            assert!(group(viewable).sees("AGENTS2"), "{viewable:?}");
        }
        assert!(!group(" XY ").sees("AGENTS2"));
    }
}
