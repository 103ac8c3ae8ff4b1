//! The Non-Agent API: its functions, and the order in which a call is checked.

pub mod add_phone;
pub mod add_phone_alias;
pub mod add_phone_alias_by_extension;
pub mod add_user;
mod command_fields;
pub mod copy_user;
pub mod logged_in_agents;
mod new_users;
pub mod server_refresh;
pub mod update_phone;
pub mod update_phone_alias;
pub mod update_user;
pub mod user_details;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::actor::{Actor, Source};
use crate::authorization::Scope;
use crate::authorization::functions::has_rights_for;
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
pub use copy_user::CopyUser;
pub use logged_in_agents::LoggedInAgents;
pub use server_refresh::ServerRefresh;
pub use update_phone::UpdatePhone;
pub use update_phone_alias::UpdatePhoneAlias;
pub use update_user::UpdateUser;
pub use user_details::UserDetails;

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
    /// No function, or one that Hotdesk does not implement.
    Unknown,
}

/// A function that users can be granted individually. The list of functions, the parsing of calls, the required rights and the
/// panel's lists all follow from [`FUNCTIONS`].
pub struct FunctionSpec {
    /// The name, as in the parameter `function`.
    pub name: &'static str,
    /// The scope of a call: reading, changing users, or changing phones and related rows.
    pub scope: Scope,
    read: fn(Reader<'_>) -> Command,
}

/// The functions of the Non-Agent API, except `version`, which needs no login.
pub static FUNCTIONS: [FunctionSpec; 10] = [
    FunctionSpec {
        name: "add_phone",
        scope: Scope::Phones,
        read: |fields| Command::AddPhone(Box::new(AddPhone::read(fields))),
    },
    FunctionSpec {
        name: "update_phone",
        scope: Scope::Phones,
        read: |fields| Command::UpdatePhone(Box::new(UpdatePhone::read(fields))),
    },
    FunctionSpec { name: "add_phone_alias", scope: Scope::Phones, read: read_add_phone_alias },
    FunctionSpec {
        name: "update_phone_alias",
        scope: Scope::Phones,
        read: |fields| Command::UpdatePhoneAlias(UpdatePhoneAlias::read(fields)),
    },
    FunctionSpec {
        name: "server_refresh",
        scope: Scope::Phones,
        read: |fields| Command::ServerRefresh(ServerRefresh::read(fields)),
    },
    FunctionSpec {
        name: "add_user",
        scope: Scope::Users,
        read: |fields| Command::AddUser(Box::new(AddUser::read(fields))),
    },
    FunctionSpec { name: "copy_user", scope: Scope::Users, read: |fields| Command::CopyUser(CopyUser::read(fields)) },
    FunctionSpec {
        name: "update_user",
        scope: Scope::Users,
        read: |fields| Command::UpdateUser(Box::new(UpdateUser::read(fields))),
    },
    FunctionSpec {
        name: "user_details",
        scope: Scope::Read,
        read: |fields| Command::UserDetails(UserDetails::read(fields)),
    },
    FunctionSpec {
        name: "logged_in_agents",
        scope: Scope::Read,
        read: |fields| Command::LoggedInAgents(LoggedInAgents::read(fields)),
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
            Self::AddUser(command) => &command.agent_pass,
            Self::CopyUser(command) => &command.agent_pass,
            Self::UpdateUser(command) => &command.agent_pass,
            Self::LoggedInAgents(command) => {
                return Some(Need::Agents { with_pauses: command.with_sub_status() });
            }
            _ => return None,
        };
        password.is_acceptable().then_some(Need::Digest(password))
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
            | Self::LoggedInAgents(_) => None,
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
    if call.source.len() < 2 {
        return Ok(Outcome::SourceTooShort);
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
