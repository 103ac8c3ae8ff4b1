//! A user's ranks in campaigns and in-groups.

use std::ops::RangeInclusive;

use crate::field::Field;
use crate::non_agent_api::update_user::{InvalidField, UpdateUser};
use crate::php_number::{is_within, stored};
use crate::users::columns::{Rank, Ranked, RankedRows};

const RANK: RangeInclusive<i64> = -9..=9;
const GRADE: RangeInclusive<i64> = 1..=10;

impl UpdateUser {
    /// The ranks to set.
    pub(super) fn ranks(&self) -> Result<Vec<Rank<'_>>, InvalidField> {
        let campaigns = Rank {
            ranked: Ranked::Campaigns,
            rank: number(&self.campaign_rank, &RANK, InvalidField::CampaignRank)?,
            grade: number(&self.campaign_grade, &GRADE, InvalidField::CampaignGrade)?,
            only: (self.camp_rg_only.as_str() == "1").then_some(self.campaign_id.as_str()),
        };
        let in_groups = Rank {
            ranked: Ranked::InGroups,
            rank: number(&self.ingroup_rank, &RANK, InvalidField::IngroupRank)?,
            grade: number(&self.ingroup_grade, &GRADE, InvalidField::IngroupGrade)?,
            only: (self.ingrp_rg_only.as_str() == "1").then_some(self.group_id.as_str()),
        };
        let is_sent = |rank: &Rank<'_>| rank.rank.is_some() || rank.grade.is_some();
        Ok([campaigns, in_groups].into_iter().filter(is_sent).collect())
    }

    /// Notes on ranks for the audit log.
    pub(super) fn rank_notes(&self, rank: &Rank<'_>, rows: RankedRows) -> String {
        let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let only = rank.only.map(|only| format!("|{only}|1")).unwrap_or_default();
        format!(
            "user: {}|rank: {}|grade: {}|rows: {}|{}|{only}",
            self.agent_user.as_str(),
            text(rank.rank),
            text(rank.grade),
            rows.kept,
            rows.live
        )
    }
}

/// The number, if the field was sent.
fn number(
    field: &impl Field,
    allowed: &RangeInclusive<i64>,
    invalid: InvalidField,
) -> Result<Option<i64>, InvalidField> {
    if field.is_empty() {
        return Ok(None);
    }
    let text = field.as_str();
    is_within(text, allowed).then(|| Some(stored(text))).ok_or(invalid)
}
