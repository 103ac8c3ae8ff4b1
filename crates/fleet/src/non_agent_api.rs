//! The Non-Agent API: its functions, and the order in which a call is checked.

pub mod add_phone;
pub mod add_phone_alias;
pub mod add_phone_alias_by_extension;
pub mod add_user;
pub mod agent_campaigns;
pub mod agent_status;
pub mod blind_monitor;
pub mod campaigns_list;
mod command_fields;
pub mod container_list;
pub mod copy_user;
pub mod logged_in_agents;
mod new_users;
pub mod reset_password;
pub mod server_refresh;
pub mod update_phone;
pub mod update_phone_alias;
pub mod update_remote_agent;
pub mod update_user;
pub mod user_details;
pub mod user_group_status;
pub mod vm_list;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::actor::{Actor, Source};
use crate::authorization::functions;
use crate::authorization::functions::{Permission, has_rights_for};
use crate::campaigns::{CampaignSettings, Container, InGroup, Mailbox};
use crate::field;
use crate::field::{AgentPass, Field, FieldId, Function, Reader, UserName};
use crate::login;
use crate::login::{ApiLogin, PasswordCheck};
use crate::password::NewPassword;
use crate::records::User;
use crate::sessions::LiveStatus;
use crate::text::Alphabet;
use crate::users::columns::LiveAgentRow;
use crate::{FleetTx, TxError};

pub use add_phone::AddPhone;
pub use add_phone_alias::AddPhoneAlias;
pub use add_phone_alias_by_extension::AddPhoneAliasByExtension;
pub use add_user::AddUser;
pub use agent_campaigns::AgentCampaigns;
pub use agent_status::AgentStatus;
pub use blind_monitor::BlindMonitor;
pub use campaigns_list::CampaignsList;
pub use container_list::ContainerList;
pub use copy_user::CopyUser;
pub use logged_in_agents::LoggedInAgents;
pub use reset_password::{ResetMail, ResetOutcome};
pub use server_refresh::ServerRefresh;
pub use update_phone::UpdatePhone;
pub use update_phone_alias::UpdatePhoneAlias;
pub use update_remote_agent::UpdateRemoteAgent;
pub use update_user::UpdateUser;
pub use user_details::UserDetails;
pub use user_group_status::{AgentsAndCalls, UserGroupStatus};
pub use vm_list::VmList;

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

    /// Reads the rows that [`Need::Rows`] asks for.
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

    /// Whether it works without `source`: the lists from which the pages of administrators choose.
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
    /// Rows that only this function reads, in a list that may be long.
    Rows,
    /// The unique id of a call that Hotdesk may have to place.
    CallId,
    /// A new password that is sent to the user.
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
        /// The mailboxes that are no phone's.
        mailboxes: Vec<Mailbox>,
        /// The mailboxes of phones.
        of_phones: Vec<Mailbox>,
    },
    /// For `container_list`.
    Containers(Vec<Container>),
    /// For [`Need::CallId`]; `None` where the cluster's daemons place calls.
    CallId(Option<String>),
    /// For [`Need::Reset`].
    Reset(ResetMail),
}

impl Prepared {
    /// The user's new password; `None` if no valid one was sent.
    fn password(&self) -> Option<&NewPassword> {
        match self {
            Self::Digest(password) => Some(password),
            _ => None,
        }
    }
}

impl Command {
    /// Outcome of a command with a field that the database found too long.
    fn too_long(&self) -> Option<Outcome> {
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

/// One call of the API: the function, the caller and the address.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function's name, as it was sent.
    pub function: Function,
    /// The calling account.
    pub user: UserName,
    /// The calling program.
    pub source: field::Source,
    /// The client's address.
    pub from: IpAddr,
    /// The alphabet in which the fields were read.
    pub alphabet: Alphabet,
    /// The command.
    pub command: Command,
    /// Result of [`Command::needs`], if the call [is open](Self::is_open_to) to the user.
    pub prepared: Prepared,
}

impl Call {
    /// Whether this user would reach the function's own checks. If not, the call needs no preparation.
    #[must_use]
    pub fn is_open_to(&self, user: &User) -> bool {
        user.may_call(self.function.as_str()) && has_rights_for(user, self.function.as_str())
    }
}

/// Outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Reply to `version`, with the time zone of an active dialer.
    Version(Option<String>),
    /// The user is unknown, the password is wrong, the account is inactive, or its level is too low.
    LoginIncorrect,
    /// The account is locked after too many recent failures.
    Locked,
    /// The account may not call from this address.
    AddressNotAllowed,
    /// The settings, the stored password or the user's rights have changed since the call was read: read and check it again.
    ReadAgain,
    /// No function, or one that Hotdesk does not implement.
    UnknownFunction,
    /// `source` has fewer than 2 characters.
    SourceTooShort,
    /// The user may not call this function.
    FunctionNotAllowed,
    /// The user lacks the permission that this function needs.
    NoPermission,
    /// Outcome of `add_phone`.
    AddPhone(add_phone::Outcome),
    /// Outcome of `update_phone`.
    UpdatePhone(update_phone::Outcome),
    /// Outcome of `add_phone_alias`, in either form.
    AddPhoneAlias(add_phone_alias::Outcome),
    /// Outcome of `update_phone_alias`.
    UpdatePhoneAlias(update_phone_alias::Outcome),
    /// Outcome of `server_refresh`.
    ServerRefresh(server_refresh::Outcome),
    /// Outcome of `add_user`.
    AddUser(add_user::Outcome),
    /// Outcome of `copy_user`.
    CopyUser(copy_user::Outcome),
    /// Outcome of `update_user`.
    UpdateUser(update_user::Outcome),
    /// Outcome of `user_details`.
    UserDetails(user_details::Outcome),
    /// Outcome of `logged_in_agents`.
    LoggedInAgents(logged_in_agents::Outcome),
    /// How `agent_campaigns` ended.
    AgentCampaigns(agent_campaigns::Outcome),
    /// How `agent_status` ended.
    AgentStatus(agent_status::Outcome),
    /// How `blind_monitor` ended.
    BlindMonitor(blind_monitor::Outcome),
    /// How `campaigns_list` ended.
    CampaignsList(campaigns_list::Outcome),
    /// How `container_list` ended.
    ContainerList(container_list::Outcome),
    /// How `update_remote_agent` ended.
    UpdateRemoteAgent(update_remote_agent::Outcome),
    /// How `user_group_status` ended.
    UserGroupStatus(user_group_status::Outcome),
    /// How `vm_list` ended.
    VmList(vm_list::Outcome),
}

/// Executes a call, in the documented order of checks: login, function, source, allowed functions, permission, and then the
/// function's own checks. A call that ends before the function's own checks has changed only login counters. `live_status`
/// supplies the settings, and the state of the dialers beyond the database.
///
/// # Errors
/// [`TxError`] when the database fails; then the caller must roll back.
pub fn execute(
    tx: &mut dyn FleetTx,
    call: &Call,
    password_check: &PasswordCheck,
    live_status: &dyn LiveStatus,
) -> Result<Outcome, TxError> {
    if tx.settings()?.use_non_latin != (call.alphabet == Alphabet::Unicode) {
        return Ok(Outcome::ReadAgain);
    }
    if matches!(call.command, Command::Version) {
        return Ok(Outcome::Version(tx.active_dialer_gmt()?));
    }
    let user = match login::enter(tx, call.user.as_str(), password_check, call.from)? {
        ApiLogin::In(user) => user,
        ApiLogin::Incorrect => return Ok(Outcome::LoginIncorrect),
        ApiLogin::Locked => return Ok(Outcome::Locked),
        ApiLogin::AddressNotAllowed => return Ok(Outcome::AddressNotAllowed),
        ApiLogin::CheckAgain => return Ok(Outcome::ReadAgain),
    };
    if matches!(call.command, Command::Unknown) {
        return Ok(Outcome::UnknownFunction);
    }
    if call.source.len() < 2 && !call.command.needs_no_source() {
        return Ok(Outcome::SourceTooShort);
    }
    if let Command::ContainerList(command) = &call.command
        && command.container_type.is_empty()
    {
        return Ok(Outcome::ContainerList(container_list::Outcome::TypeMissing));
    }
    if !user.may_call(call.function.as_str()) {
        return Ok(Outcome::FunctionNotAllowed);
    }
    if !has_rights_for(&user, call.function.as_str()) {
        return Ok(Outcome::NoPermission);
    }
    if matches!(call.prepared, Prepared::Nothing) && call.command.needs().is_some() {
        return Ok(Outcome::ReadAgain);
    }
    // The audit log shows the account's name as the caller spelled it.
    let actor = Actor { user: call.user.as_str().to_owned(), from: call.from, source: Source::NonAgentApi };
    let by = Caller { user: &user, actor: &actor, live_status, prepared: &call.prepared };
    let outcome = match &call.command {
        Command::Version | Command::Unknown => Ok(Outcome::UnknownFunction),
        Command::AddPhone(command) => command.execute(tx, by).map(Outcome::AddPhone),
        Command::UpdatePhone(command) => command.execute(tx, by).map(Outcome::UpdatePhone),
        Command::AddPhoneAlias(command) => command.execute(tx, by).map(Outcome::AddPhoneAlias),
        Command::AddPhoneAliasByExtension(command) => command.execute(tx, by).map(Outcome::AddPhoneAlias),
        Command::UpdatePhoneAlias(command) => command.execute(tx, by).map(Outcome::UpdatePhoneAlias),
        Command::ServerRefresh(command) => command.execute(tx, by).map(Outcome::ServerRefresh),
        Command::AddUser(command) => command.execute(tx, by).map(Outcome::AddUser),
        Command::CopyUser(command) => command.execute(tx, by).map(Outcome::CopyUser),
        Command::UpdateUser(command) => command.execute(tx, by).map(Outcome::UpdateUser),
        Command::UserDetails(command) => command.execute(tx, by).map(Outcome::UserDetails),
        Command::LoggedInAgents(command) => command.execute(tx, by).map(Outcome::LoggedInAgents),
        Command::AgentStatus(command) => command.execute(tx, by).map(Outcome::AgentStatus),
        Command::UserGroupStatus(command) => command.execute(tx, by).map(Outcome::UserGroupStatus),
        Command::AgentCampaigns(command) => command.execute(tx, by).map(Outcome::AgentCampaigns),
        Command::CampaignsList(command) => command.execute(tx, by).map(Outcome::CampaignsList),
        Command::UpdateRemoteAgent(command) => command.execute(tx, by).map(Outcome::UpdateRemoteAgent),
        Command::BlindMonitor(command) => command.execute(tx, by).map(Outcome::BlindMonitor),
        Command::VmList(_) => VmList::execute(tx, by).map(Outcome::VmList),
        Command::ContainerList(_) => ContainerList::execute(tx, by).map(Outcome::ContainerList),
    };
    match outcome {
        // Each of these commands writes the row first, so nothing has been written yet.
        Err(TxError::DoesNotFit(what)) => call.command.too_long().ok_or(TxError::DoesNotFit(what)),
        outcome => outcome,
    }
}

/// The caller of a function.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The account.
    pub user: &'a User,
    /// The actor for the audit log.
    pub actor: &'a Actor,
    /// The current state of the dialers.
    pub live_status: &'a dyn LiveStatus,
    /// Result of the preparation before the transaction.
    pub prepared: &'a Prepared,
}

/// The first login of a list that no phone has.
fn first_unknown_login<'a>(
    tx: &mut dyn FleetTx,
    logins: impl Iterator<Item = &'a str>,
) -> Result<Option<&'a str>, TxError> {
    let mut seen = HashSet::new();
    for login in logins {
        if seen.insert(login) && !tx.login_exists(login)? {
            return Ok(Some(login));
        }
    }
    Ok(None)
}
