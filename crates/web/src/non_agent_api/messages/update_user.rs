//! The replies of `update_user`.

use fleet::field::Field;
use fleet::non_agent_api::update_user::{InvalidField, Outcome};
use fleet::non_agent_api::{ResetOutcome, UpdateUser};
use fleet::users::columns::Ranked;

use super::{ReplyKind, ReplyLine};

pub(super) fn lines(user: &str, sent: &UpdateUser, ending: &Outcome) -> Vec<ReplyLine> {
    let Outcome::Updated { ranked, reset, changed } = ending else { return vec![line(sent, ending)] };
    let mut lines: Vec<ReplyLine> = ranked.iter().map(|ranked| notice(user, sent, *ranked)).collect();
    lines.extend(reset.as_ref().map(|reset| reset_notice(user, sent, reset)));
    lines.push(if *changed {
        ReplyLine::success("update_user USER HAS BEEN UPDATED", format!("{}|", sent.agent_user.as_str()))
    } else {
        ReplyLine::error("update_user NO UPDATES DEFINED", "")
    });
    lines
}

/// Notice about ranks, which is the same in both dialects.
fn notice(user: &str, sent: &UpdateUser, ranked: Ranked) -> ReplyLine {
    let (reason, rank, grade, only, name) = match ranked {
        Ranked::Campaigns => (
            "update_user USER CAMPAIGN RANKS/GRADES HAVE BEEN UPDATED",
            sent.campaign_rank.as_str(),
            sent.campaign_grade.as_str(),
            sent.camp_rg_only.as_str(),
            sent.campaign_id.as_str(),
        ),
        Ranked::InGroups => (
            "update_user USER IN-GROUP RANKS/GRADES HAVE BEEN UPDATED",
            sent.ingroup_rank.as_str(),
            sent.ingroup_grade.as_str(),
            sent.ingrp_rg_only.as_str(),
            sent.group_id.as_str(),
        ),
    };
    let only = if only == "1" { format!("|{name}|1") } else { String::new() };
    let agent = sent.agent_user.as_str();
    ReplyLine::whole(ReplyKind::Notice, reason, format!("NOTICE: {reason} - {user}|{agent}|{rank}|{grade}{only}"))
}

/// Written the same way in both dialects.
fn reset_notice(user: &str, sent: &UpdateUser, reset: &ResetOutcome) -> ReplyLine {
    let (reason, data) = match reset {
        ResetOutcome::Reset(address) => ("update_user USER PASSWORD HAS BEEN RESET", address.clone()),
        ResetOutcome::NoAddress(address) => {
            ("update_user USER PASSWORD RESET FAILED: NO VALID EMAIL PROVIDED", address.clone())
        }
        ResetOutcome::MailFailed(address, why) => {
            ("update_user USER PASSWORD RESET FAILED: EMAIL FAILURE", format!("{address}|{why}"))
        }
    };
    let agent = sent.agent_user.as_str();
    ReplyLine::whole(ReplyKind::Notice, reason, format!("NOTICE: {reason} - {user}|{agent}|{data}"))
}

fn line(sent: &UpdateUser, ending: &Outcome) -> ReplyLine {
    let agent = sent.agent_user.as_str();
    match ending {
        Outcome::Deleted => ReplyLine::success("update_user USER HAS BEEN DELETED", format!("{agent}|")),
        Outcome::UserUnknown => ReplyLine::error("update_user USER DOES NOT EXIST", sent.server_ip.as_str()),
        // VICIdial ends this line twice.
        Outcome::MayNotUpdate { own, same } => ReplyLine::error(
            "update_user USER DOES NOT HAVE PERMISSION TO UPDATE THIS USER",
            format!("{agent}|{}|{own}\n", if *same { "<=" } else { "<" }),
        ),
        Outcome::MayNotDelete => ReplyLine::error("update_user USER DOES NOT HAVE PERMISSION TO DELETE USERS", "0"),
        Outcome::LevelInvalid { own, same } => ReplyLine::error(
            "update_user YOU MUST USE A VALID USER LEVEL, THIS IS AN OPTIONAL FIELD",
            format!("{}|{own}|{}", sent.agent_user_level.as_str(), u8::from(*same)),
        ),
        Outcome::Invalid(field) => invalid(sent, *field),
        Outcome::FieldsRequired | Outcome::Updated { .. } => {
            ReplyLine::error("update_user YOU MUST USE ALL REQUIRED FIELDS", format!("{agent}|"))
        }
    }
}

fn invalid(sent: &UpdateUser, field: InvalidField) -> ReplyLine {
    let (what, data) = match field {
        // Not in the recordings, so the password is not repeated.
        InvalidField::AgentPass => ("PASSWORD", ""),
        InvalidField::AgentFullName => ("FULL NAME", sent.agent_full_name.as_str()),
        InvalidField::AgentUserGroup => ("USER GROUP", sent.agent_user_group.as_str()),
        InvalidField::PhoneLogin => ("PHONE LOGIN", sent.phone_login.as_str()),
        InvalidField::PhonePass => ("PHONE PASSWORD", sent.phone_pass.as_str()),
        InvalidField::HotkeysActive => ("HOTKEYS SETTING", sent.hotkeys_active.as_str()),
        InvalidField::VoicemailId => ("VOICEMAIL ID", sent.voicemail_id.as_str()),
        InvalidField::Email => ("EMAIL", sent.email.as_str()),
        InvalidField::CustomOne => ("CUSTOM ONE", sent.custom_one.as_str()),
        InvalidField::CustomTwo => ("CUSTOM TWO", sent.custom_two.as_str()),
        InvalidField::CustomThree => ("CUSTOM THREE", sent.custom_three.as_str()),
        InvalidField::CustomFour => ("CUSTOM FOUR", sent.custom_four.as_str()),
        InvalidField::CustomFive => ("CUSTOM FIVE", sent.custom_five.as_str()),
        InvalidField::CampaignRank => ("CAMPAIGN RANK", sent.campaign_rank.as_str()),
        InvalidField::CampaignGrade => ("CAMPAIGN GRADE", sent.campaign_grade.as_str()),
        InvalidField::IngroupRank => ("IN-GROUP RANK", sent.ingroup_rank.as_str()),
        InvalidField::IngroupGrade => ("IN-GROUP GRADE", sent.ingroup_grade.as_str()),
        InvalidField::Active => {
            let reason = "update_user ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD";
            return ReplyLine::error(reason, sent.active.as_str());
        }
        InvalidField::WrapupSecondsOverride => {
            let reason = "update_user wrapup_seconds_override MUST BE A VALID DIGIT BETWEEN -1 AND 9999, \
                          THIS IS AN OPTIONAL FIELD";
            return ReplyLine::error(reason, sent.wrapup_seconds_override.as_str());
        }
    };
    // The number of groups, phones and aliases with this name.
    let found = match field {
        InvalidField::AgentUserGroup => "|0",
        InvalidField::PhoneLogin => "|0|0",
        _ => "",
    };
    ReplyLine::error(
        format!("update_user YOU MUST USE A VALID {what}, THIS IS AN OPTIONAL FIELD"),
        format!("{data}{found}"),
    )
}
