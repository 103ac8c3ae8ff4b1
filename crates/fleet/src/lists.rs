//! Lists, a page at a time. A page begins behind the last row of the one before, so the last page is as fast as the first.

/// A page of names that begin so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamePage {
    /// What the names begin with.
    pub begins: String,
    /// The last name of the page before; empty for the first page.
    pub after: String,
    /// How many rows.
    pub at_most: u32,
}

/// What phones are found and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneOrder {
    /// `phones.extension`, and for one extension the dialer.
    #[default]
    Extension,
    /// `phones.login`.
    Login,
}

/// A page of phones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhonePage {
    /// What they are ordered by.
    pub by: PhoneOrder,
    /// What that begins with.
    pub begins: String,
    /// The only dialer; empty for all.
    pub server_ip: String,
    /// Only phones that are not active: found by extension.
    pub inactive: bool,
    /// The last row of the page before: its extension or login, and its dialer or number. Empty for the first page.
    pub after: (String, String),
    /// How many rows.
    pub at_most: u32,
}

/// A phone, as it is listed: without its passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneSummary {
    /// The row's number.
    pub number: i64,
    /// The phone's name on its dialer.
    pub extension: String,
    /// Its dialer.
    pub server_ip: String,
    /// Its login.
    pub login: String,
    /// Its name for people.
    pub fullname: String,
    /// `SIP`, `IAX2`, …
    pub protocol: String,
    /// Whether it can be used.
    pub active: bool,
    /// Whether it lives in the browser: `Y`, `N` or `Y_API_LAUNCH`.
    pub is_webphone: String,
}

/// An alias, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasSummary {
    /// The login.
    pub alias_id: String,
    /// Its name for people.
    pub alias_name: String,
    /// The logins of its phones, separated by commas.
    pub logins_list: String,
}

/// A user, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSummary {
    /// The name.
    pub user: String,
    /// The name for people.
    pub full_name: String,
    /// 1 to 9.
    pub user_level: i64,
    /// The group.
    pub user_group: String,
    /// Whether the account can be used.
    pub active: bool,
    /// May use the API at all.
    pub vdc_agent_api_access: bool,
    /// May change phones, aliases and dialers.
    pub ast_admin_access: bool,
    /// ` name name ` or ` ALL_FUNCTIONS `.
    pub api_allowed_functions: String,
}
