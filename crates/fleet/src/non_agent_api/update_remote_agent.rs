//! `update_remote_agent`: changes a remote agent.

use std::ops::RangeInclusive;

use crate::audit_log::AuditAction;
use crate::authorization::Visibility;
use crate::authorization::grants::check_level;
use crate::campaigns::RemoteAgentChanges;
use crate::field::{AgentUser, CampaignId, Field, NumberOfLines, ServerIp, Status};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::{FleetTx, TxError};

/// Valid lengths of `agent_user`, in bytes.
const NAME: RangeInclusive<usize> = 2..=20;

/// Valid numbers of simultaneous calls of a remote agent. VICIdial accepts up to 999, but its column stores at most 255.
const LINES: RangeInclusive<u32> = 1..=255;

/// Maximum length of a campaign's name, in bytes.
const CAMPAIGN: usize = 8;

command_fields! {
    /// The command's fields. The first is required; of the others, an empty field changes nothing.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct UpdateRemoteAgent {
        pub agent_user: AgentUser,
        pub number_of_lines: NumberOfLines,
        pub campaign_id: CampaignId,
        pub status: Status,
        /// Only repeated in the reply.
        pub server_ip: ServerIp,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The fields are valid.
    Done {
        /// Whether the remote agent already has the requested status.
        is_already: bool,
        /// Whether the call changed anything.
        changed: bool,
    },
    /// The call names no user, or the length of the name is not valid.
    FieldsRequired,
    /// No remote agent starts at this user.
    Unknown,
    /// The user is unknown, the user's level is too high, or the caller does not see the user's group.
    MayNotUpdate {
        /// The caller's level.
        own: i64,
        /// Whether the caller may change users of the same level.
        same: bool,
    },
    /// `number_of_lines` is not valid.
    LinesInvalid,
    /// The campaign is unknown, or the caller's group does not allow it.
    CampaignInvalid,
    /// `status` is neither `ACTIVE` nor `INACTIVE`.
    StatusInvalid,
}

impl UpdateRemoteAgent {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !NAME.contains(&self.agent_user.len()) {
            return Ok(Outcome::FieldsRequired);
        }
        let name = self.agent_user.as_str();
        let Some(remote) = tx.remote_agent(name)? else { return Ok(Outcome::Unknown) };
        if !self.may_update(tx, by)? {
            let (own, same) = (by.user.user_level, by.user.modify_same_user_level);
            return Ok(Outcome::MayNotUpdate { own, same });
        }
        let mut changes = RemoteAgentChanges::default();
        if !self.number_of_lines.is_empty() {
            let lines = self.number_of_lines.as_str().parse().ok().filter(|lines| LINES.contains(lines));
            let Some(lines) = lines else { return Ok(Outcome::LinesInvalid) };
            changes.number_of_lines = Some(lines);
        }
        if !self.campaign_id.is_empty() {
            if !self.campaign_is_allowed(tx, by)? {
                return Ok(Outcome::CampaignInvalid);
            }
            changes.campaign_id = Some(self.campaign_id.as_str());
        }
        let status = self.status.as_str();
        let is_already = !status.is_empty() && status == remote.status;
        match status {
            "" => {}
            "ACTIVE" | "INACTIVE" => changes.status = Some(status).filter(|_| !is_already),
            _ => return Ok(Outcome::StatusInvalid),
        }
        if changes.is_empty() {
            return Ok(Outcome::Done { is_already, changed: false });
        }
        tx.change_remote_agents(name, &changes)?;
        by.actor.log(tx, AuditAction::UpdateRemoteAgent, name, format!("user start: {name}"))?;
        Ok(Outcome::Done { is_already, changed: true })
    }

    fn may_update(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<bool, TxError> {
        let Some(user) = tx.user(self.agent_user.as_str())? else { return Ok(false) };
        Ok(check_level(by.user, user.user_level).is_ok() && Visibility::of(tx, by.user)?.see_group(&user.user_group))
    }

    fn campaign_is_allowed(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<bool, TxError> {
        if self.campaign_id.len() > CAMPAIGN {
            return Ok(false);
        }
        let Some(campaign) = tx.campaign(self.campaign_id.as_str())? else { return Ok(false) };
        let own = tx.user_group(&by.user.user_group)?;
        Ok(own.is_some_and(|own| own.works_in(&campaign.campaign_id)))
    }
}
