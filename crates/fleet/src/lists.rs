//! Paged lists for the panel. A page starts after the last row of the previous page, so the last page is as fast as the first.

/// Query for a page of names with a common prefix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamePage {
    /// The prefix of the names.
    pub begins: String,
    /// The last name of the page before; empty for the first page.
    pub after: String,
    /// Maximum number of rows.
    pub at_most: u32,
}

/// Column by which phones are searched and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneOrder {
    /// `phones.extension`, then the dialer.
    #[default]
    Extension,
    /// `phones.login`.
    Login,
}

/// Query for a page of phones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhonePage {
    /// The column to search and order by.
    pub by: PhoneOrder,
    /// The prefix of that column.
    pub begins: String,
    /// Only phones of this dialer; empty for all.
    pub server_ip: String,
    /// Only inactive phones; searched by extension.
    pub inactive: bool,
    /// The last row of the previous page: its extension or login, and its dialer or row number. Empty for the first page.
    pub after: (String, String),
    /// Maximum number of rows.
    pub at_most: u32,
}

/// A phone in a list, without its passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneSummary {
    /// The row number.
    pub number: i64,
    /// The phone's name on its dialer.
    pub extension: String,
    /// Its dialer.
    pub server_ip: String,
    /// Its login.
    pub login: String,
    /// Its display name.
    pub fullname: String,
    /// `SIP`, `IAX2`, …
    pub protocol: String,
    /// Whether it is active.
    pub active: bool,
    /// Whether it is a browser phone: `Y`, `N` or `Y_API_LAUNCH`.
    pub is_webphone: String,
}

/// An alias in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasSummary {
    /// The login.
    pub alias_id: String,
    /// Its display name.
    pub alias_name: String,
    /// The logins of its phones, separated by commas.
    pub logins_list: String,
}

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSummary {
    /// The name.
    pub user: String,
    /// The display name.
    pub full_name: String,
    /// 1 to 9.
    pub user_level: i64,
    /// The group.
    pub user_group: String,
    /// Whether the account is active.
    pub active: bool,
    /// May use the API.
    pub vdc_agent_api_access: bool,
    /// May change phones, aliases and dialers.
    pub ast_admin_access: bool,
    /// ` name name ` or ` ALL_FUNCTIONS `.
    pub api_allowed_functions: String,
}
