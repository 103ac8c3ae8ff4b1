//! Campaigns, in-groups, remote agents, mailboxes and settings containers, for functions of the Non-Agent API.

/// A campaign with its dial settings (table `vicidial_campaigns`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct CampaignSettings {
    pub campaign_id: String,
    pub campaign_name: String,
    pub active: String,
    pub user_group: String,
    pub dial_method: String,
    pub auto_dial_level: String,
    pub lead_order: String,
    pub dial_statuses: String,
    pub dial_timeout: String,
    pub dial_prefix: String,
    pub manual_dial_prefix: String,
    pub three_way_dial_prefix: String,
    /// In-groups whose calls the campaign's agents take, between blanks.
    pub closer_campaigns: String,
}

impl CampaignSettings {
    /// The dial statuses without the blank in front and the ` -` behind them.
    #[must_use]
    pub fn dial_status_list(&self) -> &str {
        let list = self.dial_statuses.strip_prefix(' ').unwrap_or(&self.dial_statuses);
        list.strip_suffix(" -").unwrap_or(list)
    }
}

/// An in-group (table `vicidial_inbound_groups`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are columns")]
pub struct InGroup {
    pub group_id: String,
    pub active: bool,
    pub user_group: String,
}

/// A remote agent (table `vicidial_remote_agents`): calls go to an external number.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are columns")]
pub struct RemoteAgent {
    pub user_start: String,
    pub status: String,
}

/// New values of a remote agent; `None` keeps the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "these are columns")]
pub struct RemoteAgentChanges<'a> {
    pub number_of_lines: Option<u32>,
    pub campaign_id: Option<&'a str>,
    pub status: Option<&'a str>,
}

impl RemoteAgentChanges<'_> {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.number_of_lines.is_none() && self.campaign_id.is_none() && self.status.is_none()
    }
}

/// A mailbox: a separate one (table `vicidial_voicemail`), or that of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its number.
    pub voicemail_id: String,
    /// Its name, or the phone's extension and name.
    pub name: String,
    /// The email address that receives its messages.
    pub email: String,
    /// The group whose administrators see it.
    pub user_group: String,
}

/// A settings container (table `vicidial_settings_containers`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are columns")]
pub struct Container {
    pub container_id: String,
    pub container_notes: String,
    pub user_group: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_around_the_dial_statuses_are_left_out() {
        for (stored, shown) in
            [(" NEW -", "NEW"), (" NEW A B -", "NEW A B"), ("", ""), ("NEW A-B -", "NEW A-B"), ("NEW", "NEW")]
        {
            let campaign = CampaignSettings { dial_statuses: stored.to_owned(), ..CampaignSettings::default() };
            assert_eq!(campaign.dial_status_list(), shown, "{stored:?}");
        }
    }
}
