//! What the API's functions for users ask of a database.

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
            Self::Active => "active",
        }
    }
}

/// Values for columns of a user's row. Has no debug output, since a phone's password may be among them.
#[derive(Default)]
pub struct UserValues(Vec<(UserColumn, String)>);

impl UserValues {
    /// Adds a value.
    pub fn set(&mut self, column: UserColumn, value: impl Into<String>) {
        self.0.push((column, value.into()));
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[(UserColumn, String)] {
        &self.0
    }
}

/// What users have a rank in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranked {
    /// Campaigns (tables `vicidial_campaign_agents` and `vicidial_live_agents`).
    Campaigns,
    /// In-groups (tables `vicidial_inbound_group_agents` and `vicidial_live_inbound_agents`).
    InGroups,
}

/// A user's rank and grade in all campaigns or in-groups, or in one. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank<'a> {
    /// In what.
    pub ranked: Ranked,
    /// From -9 to 9.
    pub rank: Option<i64>,
    /// From 1 to 10.
    pub grade: Option<i64>,
    /// In this one only.
    pub only: Option<&'a str>,
}

/// How many ranks were set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedRows {
    /// Of the user.
    pub kept: usize,
    /// Of the agent who is live.
    pub live: usize,
}

/// How many ranks were copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopiedRanks {
    /// In in-groups.
    pub in_groups: usize,
    /// In campaigns.
    pub campaigns: usize,
}

/// An agent who is logged in (tables `vicidial_live_agents`, `vicidial_users`, `vicidial_agent_log`).
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
    /// Why the agent pauses or last did (`vicidial_agent_log.sub_status`); empty unless asked for.
    pub pause_code: String,
    /// Whether there is a call of this `callerid` (table `vicidial_auto_calls`); `false` unless asked for.
    pub has_call: bool,
}
