//! The Non-Agent API: its functions, and the order in which a call is checked.

pub mod add_phone;
pub mod add_phone_alias;
pub mod add_phone_alias_by_extension;
pub mod add_user;
pub mod agent_campaigns;
pub mod agent_status;
pub mod blind_monitor;
pub mod campaigns_list;
mod command;
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

use crate::actor::{Actor, Source};
use crate::authorization::functions::has_rights_for;
use crate::field;
use crate::field::{Field, Function, UserName};
use crate::login;
use crate::login::{ApiLogin, PasswordCheck};
use crate::records::User;
use crate::sessions::LiveStatus;
use crate::text::Alphabet;
use crate::{FleetTx, TxError};

pub use add_phone::AddPhone;
pub use add_phone_alias::AddPhoneAlias;
pub use add_phone_alias_by_extension::AddPhoneAliasByExtension;
pub use add_user::AddUser;
pub use agent_campaigns::AgentCampaigns;
pub use agent_status::AgentStatus;
pub use blind_monitor::BlindMonitor;
pub use campaigns_list::CampaignsList;
pub use command::{Command, FUNCTIONS, FunctionSpec, Need, Prepared, function, function_names};
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
    /// Outcome of `agent_campaigns`.
    AgentCampaigns(agent_campaigns::Outcome),
    /// Outcome of `agent_status`.
    AgentStatus(agent_status::Outcome),
    /// Outcome of `blind_monitor`.
    BlindMonitor(blind_monitor::Outcome),
    /// Outcome of `campaigns_list`.
    CampaignsList(campaigns_list::Outcome),
    /// Outcome of `container_list`.
    ContainerList(container_list::Outcome),
    /// Outcome of `update_remote_agent`.
    UpdateRemoteAgent(update_remote_agent::Outcome),
    /// Outcome of `user_group_status`.
    UserGroupStatus(user_group_status::Outcome),
    /// Outcome of `vm_list`.
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
    if tx.settings()?.alphabet() != call.alphabet {
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
    match call.command.execute(tx, by) {
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

/// The first of these logins that belongs to no phone.
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
