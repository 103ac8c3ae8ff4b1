//! What can be asked through the API, and the order in which a call is checked.

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

/// One function with its fields.
#[derive(Debug, Clone)]
pub enum Command {
    /// `version`: what answers here. Needs no login.
    Version,
    /// `add_phone`.
    AddPhone(Box<AddPhone>),
    /// `update_phone`.
    UpdatePhone(Box<UpdatePhone>),
    /// `add_phone_alias`.
    AddPhoneAlias(AddPhoneAlias),
    /// `add_phone_alias` in the form that names an extension.
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
    /// No function, or one that Hotdesk does not have.
    Unknown,
}

/// A function that users can be allowed one by one. From this table follow which functions there are, how a call is read, which
/// rights it takes, and the panel's lists of functions.
pub struct FunctionSpec {
    /// The name, as `function=` has it.
    pub name: &'static str,
    /// What calling it is: reading, changing users, or changing phones and what belongs to them.
    pub scope: Scope,
    read: fn(Reader<'_>) -> Command,
}

/// The functions of the Non-Agent API but `version`, which needs no login.
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

/// The published documents have two forms of `add_phone_alias`.
fn read_add_phone_alias(fields: Reader<'_>) -> Command {
    if fields.is_sent(FieldId::OtherFormAlias) && !fields.is_sent(FieldId::AliasId) {
        Command::AddPhoneAliasByExtension(AddPhoneAliasByExtension::read(fields))
    } else {
        Command::AddPhoneAlias(AddPhoneAlias::read(fields))
    }
}

/// The names of all functions but `version`.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// The function of this name.
#[must_use]
pub fn function(name: &str) -> Option<&'static FunctionSpec> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

impl Command {
    /// Reads the command that a request asks for.
    #[must_use]
    pub fn read(name: &Function, fields: Reader<'_>) -> Self {
        match name.as_str() {
            "version" => Self::Version,
            name => function(name).map_or(Self::Unknown, |function| (function.read)(fields)),
        }
    }

    /// What has to be made ready before the transaction, since it takes long.
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
        password.can_be_had().then_some(Need::Digest(password))
    }

    /// Whether it only looks names up and adds rows, so that many such can share a transaction anywhere.
    #[must_use]
    pub fn only_adds(&self) -> bool {
        matches!(self, Self::AddPhoneAlias(_) | Self::AddPhoneAliasByExtension(_))
    }
}

/// What a command needs that takes long to get.
#[derive(Debug, Clone, Copy)]
pub enum Need<'a> {
    /// A digest of the password that a user is to get.
    Digest(&'a AgentPass),
    /// Everybody who is logged in.
    Agents {
        /// And why they pause.
        with_pauses: bool,
    },
}

/// What was made ready for a command before its transaction.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// Nothing is needed, or the call is not open to the user.
    Nothing,
    /// For [`Need::Digest`].
    Digest(NewPassword),
    /// For [`Need::Agents`].
    Agents(Vec<Arc<LiveAgentRow>>),
}

impl Prepared {
    /// The password that a user is to get; `None` if none was sent that a user can have.
    fn password(&self) -> Option<&NewPassword> {
        match self {
            Self::Digest(password) => Some(password),
            _ => None,
        }
    }
}

impl Command {
    /// How a command ends of which a field is too long.
    fn too_long(&self) -> Option<Outcome> {
        match self {
            // An update may have written ranks before, which must not stay.
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

/// One call of the API: who asks for what, from where.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is asked for, as it was named.
    pub function: Function,
    /// Who asks.
    pub user: UserName,
    /// Which program asks.
    pub source: field::Source,
    /// The client's address.
    pub from: IpAddr,
    /// In which alphabet the fields were read.
    pub alphabet: Alphabet,
    /// What is asked for.
    pub command: Command,
    /// What [`Command::needs`], if the call [is open](Self::is_open_to) to the user.
    pub prepared: Prepared,
}

impl Call {
    /// Whether the function's own checks would be reached by this user. If not, nothing needs to be made ready.
    #[must_use]
    pub fn is_open_to(&self, user: &User) -> bool {
        user.may_call(self.function.as_str()) && has_rights_for(user, self.function.as_str())
    }
}

/// Every way in which a call can end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `version` was answered; with an active dialer's time zone.
    Version(Option<String>),
    /// Unknown user, wrong password, inactive, or not of a level that may call the API.
    LoginIncorrect,
    /// Too many failures, not long ago.
    Locked,
    /// Not from this address.
    AddressNotAllowed,
    /// The settings, the stored password or what the user may do changed since the call was read: read and check it again.
    ReadAgain,
    /// No function, or one that Hotdesk does not have.
    UnknownFunction,
    /// `source` has fewer than 2 characters.
    SourceTooShort,
    /// The user may not call this function.
    FunctionNotAllowed,
    /// The user lacks the permission that this function needs.
    NoPermission,
    /// How `add_phone` ended.
    AddPhone(add_phone::Outcome),
    /// How `update_phone` ended.
    UpdatePhone(update_phone::Outcome),
    /// How `add_phone_alias` ended, in either form.
    AddPhoneAlias(add_phone_alias::Outcome),
    /// How `update_phone_alias` ended.
    UpdatePhoneAlias(update_phone_alias::Outcome),
    /// How `server_refresh` ended.
    ServerRefresh(server_refresh::Outcome),
    /// How `add_user` ended.
    AddUser(add_user::Outcome),
    /// How `copy_user` ended.
    CopyUser(copy_user::Outcome),
    /// How `update_user` ended.
    UpdateUser(update_user::Outcome),
    /// How `user_details` ended.
    UserDetails(user_details::Outcome),
    /// How `logged_in_agents` ended.
    LoggedInAgents(logged_in_agents::Outcome),
}

/// Carries a call out, in the documented order of checks: login, function, source, allowed functions, permission, and then
/// the function's own. Where it ends before the function's own checks, nothing but counters has been written. `live_status` knows
/// the house rules, and what is known of dialers beyond the database.
///
/// # Errors
/// [`TxError`] when the database fails; nothing must be kept then.
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
    // The audit log has the account's name as the caller typed it.
    let actor = Actor { user: call.user.as_str().to_owned(), from: call.from, source: Source::NonAgentApi };
    let by = Caller { user: &user, actor: &actor, live_status, prepared: &call.prepared };
    let ending = match &call.command {
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
    match ending {
        // The row is the first thing that each of them writes, so nothing has been written.
        Err(TxError::DoesNotFit(what)) => call.command.too_long().ok_or(TxError::DoesNotFit(what)),
        ending => ending,
    }
}

/// Who calls a function.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The account.
    pub user: &'a User,
    /// The account, as the audit log is to name it.
    pub actor: &'a Actor,
    /// The dialers as they are now.
    pub live_status: &'a dyn LiveStatus,
    /// What was prepared before the transaction.
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
