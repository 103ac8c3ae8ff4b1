//! Commands of the Non-Agent API: parsing, preparation and execution of a call's function.

use std::sync::Arc;

use super::{
    AddPhone, AddPhoneAlias, AddPhoneAliasByExtension, AddUser, AgentCampaigns, AgentStatus, AgentsAndCalls,
    BlindMonitor, Caller, CampaignsList, ContainerList, CopyUser, LoggedInAgents, Outcome, ResetMail, ServerRefresh,
    UpdatePhone, UpdatePhoneAlias, UpdateRemoteAgent, UpdateUser, UserDetails, UserGroupStatus, VmList, add_phone,
    add_phone_alias, add_user, copy_user, update_phone, update_phone_alias,
};
use crate::authorization::functions;
use crate::authorization::functions::Permission;
use crate::campaigns::{CampaignSettings, Container, InGroup, Mailbox};
use crate::field::{AgentPass, Field, FieldId, Function, Reader};
use crate::password::NewPassword;
use crate::users::columns::LiveAgentRow;
use crate::{FleetTx, TxError};

/// A call's function with its fields.
#[derive(Debug, Clone)]
pub enum Command {
    /// `version`: the version of the API. Needs no login.
    Version,
    /// `add_phone`.
    AddPhone(Box<AddPhone>),
    /// `update_phone`.
    UpdatePhone(Box<UpdatePhone>),
    /// `add_phone_alias`.
    AddPhoneAlias(AddPhoneAlias),
    /// `add_phone_alias` in the second form, which names an extension.
    AddPhoneAliasByExtension(AddPhoneAliasByExtension),
    /// `update_phone_alias`.
    UpdatePhoneAlias(UpdatePhoneAlias),
    /// `server_refresh`.
    ServerRefresh(ServerRefresh),
    /// `add_user`.
    AddUser(Box<AddUser>),
    /// `copy_user`.
    CopyUser(CopyUser),
    /// `update_user`.
    UpdateUser(Box<UpdateUser>),
    /// `user_details`.
    UserDetails(UserDetails),
    /// `logged_in_agents`.
    LoggedInAgents(LoggedInAgents),
    /// `agent_campaigns`.
    AgentCampaigns(AgentCampaigns),
    /// `agent_status`.
    AgentStatus(AgentStatus),
    /// `blind_monitor`.
    BlindMonitor(BlindMonitor),
    /// `campaigns_list`.
    CampaignsList(CampaignsList),
    /// `container_list`.
    ContainerList(ContainerList),
    /// `update_remote_agent`.
    UpdateRemoteAgent(UpdateRemoteAgent),
    /// `user_group_status`.
    UserGroupStatus(UserGroupStatus),
    /// `vm_list`.
    VmList(VmList),
    /// No function, or one that Hotdesk does not implement.
    Unknown,
}

/// A function that users can be granted individually. The list of functions, the parsing of calls, the required rights and the
/// panel's lists all follow from [`FUNCTIONS`].
pub struct FunctionSpec {
    /// The name, as in the parameter `function`.
    pub name: &'static str,
    /// The rights that calling it takes beyond level 7 and being allowed it.
    pub permissions: &'static [Permission],
    read: fn(Reader<'_>) -> Command,
}

/// The functions of the Non-Agent API, except `version`, which needs no login.
pub static FUNCTIONS: [FunctionSpec; 18] = [
    FunctionSpec {
        name: "add_phone",
        permissions: functions::CHANGE_PHONES,
        read: |fields| Command::AddPhone(Box::new(AddPhone::read(fields))),
    },
    FunctionSpec {
        name: "update_phone",
        permissions: functions::CHANGE_PHONES,
        read: |fields| Command::UpdatePhone(Box::new(UpdatePhone::read(fields))),
    },
    FunctionSpec { name: "add_phone_alias", permissions: functions::CHANGE_PHONES, read: read_add_phone_alias },
    FunctionSpec {
        name: "update_phone_alias",
        permissions: functions::CHANGE_PHONES,
        read: |fields| Command::UpdatePhoneAlias(UpdatePhoneAlias::read(fields)),
    },
    FunctionSpec {
        name: "server_refresh",
        permissions: functions::CHANGE_PHONES,
        read: |fields| Command::ServerRefresh(ServerRefresh::read(fields)),
    },
    FunctionSpec {
        name: "add_user",
        permissions: functions::CHANGE_USERS,
        read: |fields| Command::AddUser(Box::new(AddUser::read(fields))),
    },
    FunctionSpec {
        name: "copy_user",
        permissions: functions::CHANGE_USERS,
        read: |fields| Command::CopyUser(CopyUser::read(fields)),
    },
    FunctionSpec {
        name: "update_user",
        permissions: functions::CHANGE_USERS,
        read: |fields| Command::UpdateUser(Box::new(UpdateUser::read(fields))),
    },
    FunctionSpec {
        name: "user_details",
        permissions: functions::READ,
        read: |fields| Command::UserDetails(UserDetails::read(fields)),
    },
    FunctionSpec {
        name: "logged_in_agents",
        permissions: functions::READ,
        read: |fields| Command::LoggedInAgents(LoggedInAgents::read(fields)),
    },
    FunctionSpec {
        name: "agent_status",
        permissions: functions::READ,
        read: |fields| Command::AgentStatus(AgentStatus::read(fields)),
    },
    FunctionSpec {
        name: "user_group_status",
        permissions: functions::READ,
        read: |fields| Command::UserGroupStatus(UserGroupStatus::read(fields)),
    },
    FunctionSpec {
        name: "agent_campaigns",
        permissions: functions::READ_AGENT_CAMPAIGNS,
        read: |fields| Command::AgentCampaigns(AgentCampaigns::read(fields)),
    },
    FunctionSpec {
        name: "campaigns_list",
        permissions: functions::READ_CAMPAIGNS,
        read: |fields| Command::CampaignsList(CampaignsList::read(fields)),
    },
    FunctionSpec {
        name: "update_remote_agent",
        permissions: functions::CHANGE_REMOTE_AGENTS,
        read: |fields| Command::UpdateRemoteAgent(UpdateRemoteAgent::read(fields)),
    },
    FunctionSpec {
        name: "blind_monitor",
        permissions: functions::MONITOR,
        read: |fields| Command::BlindMonitor(BlindMonitor::read(fields)),
    },
    FunctionSpec { name: "vm_list", permissions: &[], read: |fields| Command::VmList(VmList::read(fields)) },
    FunctionSpec {
        name: "container_list",
        permissions: &[],
        read: |fields| Command::ContainerList(ContainerList::read(fields)),
    },
];

/// The published documentation has two forms of `add_phone_alias`.
fn read_add_phone_alias(fields: Reader<'_>) -> Command {
    if fields.is_sent(FieldId::OtherFormAlias) && !fields.is_sent(FieldId::AliasId) {
        Command::AddPhoneAliasByExtension(AddPhoneAliasByExtension::read(fields))
    } else {
        Command::AddPhoneAlias(AddPhoneAlias::read(fields))
    }
}

/// The names of all functions except `version`.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// The function of this name.
#[must_use]
pub fn function(name: &str) -> Option<&'static FunctionSpec> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

impl Command {
    /// Parses the command of a request.
    #[must_use]
    pub fn read(name: &Function, fields: Reader<'_>) -> Self {
        match name.as_str() {
            "version" => Self::Version,
            name => function(name).map_or(Self::Unknown, |function| (function.read)(fields)),
        }
    }

    /// The slow preparation that the command needs before the transaction.
    #[must_use]
    pub fn needs(&self) -> Option<Need<'_>> {
        let password = match self {
            Self::UpdateUser(command) if command.reset_length().is_some() && command.agent_pass.is_empty() => {
                return command.reset_length().map(|length| Need::Reset { length });
            }
            Self::AddUser(command) => &command.agent_pass,
            Self::CopyUser(command) => &command.agent_pass,
            Self::UpdateUser(command) => &command.agent_pass,
            Self::LoggedInAgents(command) => {
                return Some(Need::Agents { with_pauses: command.with_sub_status() });
            }
            Self::UserGroupStatus(_)
            | Self::AgentCampaigns(_)
            | Self::CampaignsList(_)
            | Self::VmList(_)
            | Self::ContainerList(_) => return Some(Need::Rows),
            Self::BlindMonitor(_) => return Some(Need::CallId),
            _ => return None,
        };
        password.is_acceptable().then_some(Need::Digest(password))
    }

    /// Reads the rows of [`Need::Rows`].
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read_rows(&self, tx: &mut dyn FleetTx) -> Result<Prepared, TxError> {
        Ok(match self {
            Self::UserGroupStatus(_) => Prepared::AgentsAndCalls(UserGroupStatus::read_rows(tx)?),
            Self::AgentCampaigns(_) => {
                Prepared::Campaigns { campaigns: tx.campaign_settings()?, in_groups: tx.in_groups()? }
            }
            Self::CampaignsList(_) => Prepared::Campaigns { campaigns: tx.campaign_settings()?, in_groups: Vec::new() },
            Self::VmList(_) => Prepared::Mailboxes { mailboxes: tx.mailboxes()?, of_phones: tx.phone_mailboxes()? },
            Self::ContainerList(command) => Prepared::Containers(tx.containers(command.container_type.as_str())?),
            _ => Prepared::Nothing,
        })
    }

    /// Whether the command accepts calls without `source`: the pages on which administrators pick from a list.
    #[must_use]
    pub fn needs_no_source(&self) -> bool {
        matches!(self, Self::VmList(_) | Self::ContainerList(_))
    }

    /// Whether the command only looks up names and adds rows, so that many of them can share a transaction on every storage
    /// engine.
    #[must_use]
    pub fn only_adds(&self) -> bool {
        matches!(self, Self::AddPhoneAlias(_) | Self::AddPhoneAliasByExtension(_))
    }
}

/// Slow preparation of a command.
#[derive(Debug, Clone, Copy)]
pub enum Need<'a> {
    /// A digest of the user's new password.
    Digest(&'a AgentPass),
    /// All agents that are logged in.
    Agents {
        /// Whether their pause codes are needed.
        with_pauses: bool,
    },
    /// A possibly long list of rows that only this function reads.
    Rows,
    /// The unique id of a call that Hotdesk may have to place.
    CallId,
    /// A new password, emailed to the user.
    Reset {
        /// Its length.
        length: usize,
    },
}

/// Result of a command's preparation.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// The command needs nothing, or the user may not make the call.
    Nothing,
    /// For [`Need::Digest`].
    Digest(NewPassword),
    /// For [`Need::Agents`].
    Agents(Vec<Arc<LiveAgentRow>>),
    /// For `user_group_status`.
    AgentsAndCalls(AgentsAndCalls),
    /// For `agent_campaigns` and `campaigns_list`.
    Campaigns {
        /// Every campaign.
        campaigns: Vec<CampaignSettings>,
        /// Every in-group.
        in_groups: Vec<InGroup>,
    },
    /// For `vm_list`.
    Mailboxes {
        /// The mailboxes that belong to no phone.
        mailboxes: Vec<Mailbox>,
        /// The mailboxes of phones.
        of_phones: Vec<Mailbox>,
    },
    /// For `container_list`.
    Containers(Vec<Container>),
    /// For [`Need::CallId`]; `None` if the cluster's daemons place calls.
    CallId(Option<String>),
    /// For [`Need::Reset`].
    Reset(ResetMail),
}

impl Prepared {
    /// The user's new password; `None` if no valid one was sent.
    pub(super) fn password(&self) -> Option<&NewPassword> {
        match self {
            Self::Digest(password) => Some(password),
            _ => None,
        }
    }
}

impl Command {
    /// Executes the command.
    pub(super) fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        match self {
            Self::Version | Self::Unknown => Ok(Outcome::UnknownFunction),
            Self::AddPhone(command) => command.execute(tx, by).map(Outcome::AddPhone),
            Self::UpdatePhone(command) => command.execute(tx, by).map(Outcome::UpdatePhone),
            Self::AddPhoneAlias(command) => command.execute(tx, by).map(Outcome::AddPhoneAlias),
            Self::AddPhoneAliasByExtension(command) => command.execute(tx, by).map(Outcome::AddPhoneAlias),
            Self::UpdatePhoneAlias(command) => command.execute(tx, by).map(Outcome::UpdatePhoneAlias),
            Self::ServerRefresh(command) => command.execute(tx, by).map(Outcome::ServerRefresh),
            Self::AddUser(command) => command.execute(tx, by).map(Outcome::AddUser),
            Self::CopyUser(command) => command.execute(tx, by).map(Outcome::CopyUser),
            Self::UpdateUser(command) => command.execute(tx, by).map(Outcome::UpdateUser),
            Self::UserDetails(command) => command.execute(tx, by).map(Outcome::UserDetails),
            Self::LoggedInAgents(command) => command.execute(tx, by).map(Outcome::LoggedInAgents),
            Self::AgentStatus(command) => command.execute(tx, by).map(Outcome::AgentStatus),
            Self::UserGroupStatus(command) => command.execute(tx, by).map(Outcome::UserGroupStatus),
            Self::AgentCampaigns(command) => command.execute(tx, by).map(Outcome::AgentCampaigns),
            Self::CampaignsList(command) => command.execute(tx, by).map(Outcome::CampaignsList),
            Self::UpdateRemoteAgent(command) => command.execute(tx, by).map(Outcome::UpdateRemoteAgent),
            Self::BlindMonitor(command) => command.execute(tx, by).map(Outcome::BlindMonitor),
            Self::VmList(_) => VmList::execute(tx, by).map(Outcome::VmList),
            Self::ContainerList(_) => ContainerList::execute(tx, by).map(Outcome::ContainerList),
        }
    }

    /// Outcome of a command with a field that the database found too long.
    pub(super) fn too_long(&self) -> Option<Outcome> {
        match self {
            // An update may have written ranks before, which must be rolled back.
            Self::Version
            | Self::Unknown
            | Self::ServerRefresh(_)
            | Self::UpdateUser(_)
            | Self::UserDetails(_)
            | Self::LoggedInAgents(_)
            | Self::AgentStatus(_)
            | Self::UserGroupStatus(_)
            | Self::AgentCampaigns(_)
            | Self::CampaignsList(_)
            | Self::UpdateRemoteAgent(_)
            | Self::BlindMonitor(_)
            | Self::VmList(_)
            | Self::ContainerList(_) => None,
            Self::AddUser(_) => Some(Outcome::AddUser(add_user::Outcome::FieldsRequired)),
            Self::CopyUser(_) => Some(Outcome::CopyUser(copy_user::Outcome::FieldsRequired)),
            Self::AddPhone(_) => Some(Outcome::AddPhone(add_phone::Outcome::FieldsRequired)),
            Self::UpdatePhone(_) => Some(Outcome::UpdatePhone(update_phone::Outcome::FieldsRequired)),
            Self::AddPhoneAlias(_) | Self::AddPhoneAliasByExtension(_) => {
                Some(Outcome::AddPhoneAlias(add_phone_alias::Outcome::FieldsRequired))
            }
            Self::UpdatePhoneAlias(_) => Some(Outcome::UpdatePhoneAlias(update_phone_alias::Outcome::FieldsRequired)),
        }
    }
}
