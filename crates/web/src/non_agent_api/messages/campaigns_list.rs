//! The replies of `campaigns_list`.

use fleet::non_agent_api::CampaignsList;
use fleet::non_agent_api::campaigns_list::Outcome;

use super::ReplyLine;
use super::table::Table;

const COLUMNS: [&str; 12] = [
    "campaign_id",
    "campaign_name",
    "active",
    "user_group",
    "dial_method",
    "dial_level",
    "lead_order",
    "dial_statuses",
    "dial_timeout",
    "dial_prefix",
    "manual_dial_prefix",
    "three_way_dial_prefix",
];

pub(super) fn line(sent: &CampaignsList, ending: &Outcome) -> ReplyLine {
    let Outcome::Campaigns(campaigns) = ending else {
        return ReplyLine::not_found("campaigns_list THIS USER HAS NO VIEWABLE CAMPAIGNS", "");
    };
    let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS);
    for campaign in campaigns {
        table.add(&[
            &campaign.campaign_id,
            &campaign.campaign_name,
            &campaign.active,
            &campaign.user_group,
            &campaign.dial_method,
            &campaign.auto_dial_level,
            &campaign.lead_order,
            campaign.dial_status_list(),
            &campaign.dial_timeout,
            &campaign.dial_prefix,
            &campaign.manual_dial_prefix,
            &campaign.three_way_dial_prefix,
        ]);
    }
    table.line_with(format!("campaigns_list RESULTS FOUND: {}", campaigns.len()))
}
