//! Columns, ranks and live agents, for the Non-Agent API's functions for users.

use crate::agent_states::SubStatus;

/// A column of `vicidial_users` that the API writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented at its field in `crate::field`")]
pub enum UserColumn {
    FullName,
    UserLevel,
    UserGroup,
    PhoneLogin,
    PhonePass,
    HotkeysActive,
    VoicemailId,
    Email,
    CustomOne,
    CustomTwo,
    CustomThree,
    CustomFour,
    CustomFive,
    WrapupSecondsOverride,
    AgentChooseIngroups,
    AgentChooseBlended,
    CloserDefaultBlended,
    CloserCampaigns,
    /// Number of failed logins; 0 unlocks the account.
    FailedLoginCount,
    Active,
}

impl UserColumn {
    /// The column's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::UserLevel => "user_level",
            Self::UserGroup => "user_group",
            Self::PhoneLogin => "phone_login",
            Self::PhonePass => "phone_pass",
            Self::HotkeysActive => "hotkeys_active",
            Self::VoicemailId => "voicemail_id",
            Self::Email => "email",
            Self::CustomOne => "custom_one",
            Self::CustomTwo => "custom_two",
            Self::CustomThree => "custom_three",
            Self::CustomFour => "custom_four",
            Self::CustomFive => "custom_five",
            Self::WrapupSecondsOverride => "wrapup_seconds_override",
            Self::AgentChooseIngroups => "agent_choose_ingroups",
            Self::AgentChooseBlended => "agent_choose_blended",
            Self::CloserDefaultBlended => "closer_default_blended",
            Self::CloserCampaigns => "closer_campaigns",
            Self::FailedLoginCount => "failed_login_count",
            Self::Active => "active",
        }
    }
}

/// Values for columns of a user. It has no debug output, because it may contain a phone's password.
#[derive(Default)]
pub struct UserValues(Vec<(UserColumn, String)>);

impl UserValues {
    /// Adds a value.
    pub fn set(&mut self, column: UserColumn, value: impl Into<String>) {
        self.0.push((column, value.into()));
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values.
    #[must_use]
    pub fn all(&self) -> &[(UserColumn, String)] {
        &self.0
    }
}

/// The kinds of ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranked {
    /// Campaigns (tables `vicidial_campaign_agents` and `vicidial_live_agents`).
    Campaigns,
    /// In-groups (tables `vicidial_inbound_group_agents` and `vicidial_live_inbound_agents`).
    InGroups,
}

/// A user's rank and grade in all campaigns or in-groups, or in one. `None` leaves a value unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank<'a> {
    /// The kind of rank.
    pub ranked: Ranked,
    /// From -9 to 9.
    pub rank: Option<i64>,
    /// From 1 to 10.
    pub grade: Option<i64>,
    /// The only campaign or in-group to change.
    pub only: Option<&'a str>,
}

/// Number of ranks that were set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedRows {
    /// Stored ranks of the user.
    pub kept: usize,
    /// Ranks of the live agent.
    pub live: usize,
}

/// Number of ranks that were copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopiedRanks {
    /// In in-groups.
    pub in_groups: usize,
    /// In campaigns.
    pub campaigns: usize,
}

/// A logged-in agent (tables `vicidial_live_agents`, `vicidial_users`, `vicidial_agent_log`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are columns")]
pub struct LiveAgentRow {
    pub user: String,
    pub campaign_id: String,
    pub conf_exten: String,
    pub status: String,
    pub lead_id: String,
    pub callerid: String,
    pub calls_today: String,
    pub full_name: String,
    pub user_group: String,
    pub user_level: String,
    /// The current or last pause code (`vicidial_agent_log.sub_status`); empty unless requested.
    pub pause_code: String,
    /// What the agent is doing, beyond the status; `None` unless requested.
    pub sub_status: Option<SubStatus>,
}
