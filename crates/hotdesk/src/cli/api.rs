//! The commands that are requests of the JSON API.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where requests go, and who sends them.
#[derive(Debug, Args)]
#[command(after_help = TOKENS)]
pub struct ApiArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// Prints what the API answers, in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// A running server, and who comes in there.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// A running Hotdesk, such as `https://hotdesk.example`; without it, the database itself is changed
    #[arg(long, global = true, env = "HOTDESK_URL", value_name = "URL")]
    pub url: Option<String>,
    #[command(flatten)]
    pub login: LoginArgs,
}

/// Who comes in at a server, and which server is believed.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// The account: at a server its password is in `HOTDESK_PASSWORD` or a file; on the database it needs none
    #[arg(long, global = true, env = "HOTDESK_ACCOUNT", value_name = "USER")]
    pub account: Option<String>,
    /// File with the account's password in its first line
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// File with a token in its first line, instead of `HOTDESK_TOKEN`
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "password_file")]
    pub token_file: Option<PathBuf>,
    /// PEM file of the certificates that are believed, instead of the system's
    #[arg(long, global = true, env = "HOTDESK_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

const TOKENS: &str = "With --url, a token (HOTDESK_TOKEN or --token-file) or an account with its password (HOTDESK_PASSWORD or \
--password-file) comes in. On a database (--database), --account says as whom; without it, an account that may do most.";

/// Rows of one kind.
#[derive(Debug, Args)]
pub struct RowsArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: RowsAction,
}

/// What can be done with rows.
#[derive(Debug, Subcommand)]
pub enum RowsAction {
    #[command(flatten)]
    Common(CommonAction),
    /// Adds one
    Add(ValuesArgs),
}

/// Aliases.
#[derive(Debug, Args)]
pub struct AliasesArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: AliasAction,
}

/// What can be done with aliases.
#[derive(Debug, Subcommand)]
pub enum AliasAction {
    #[command(flatten)]
    Common(CommonAction),
    /// Adds one
    Add(ValuesArgs),
    /// Adds a phone's login to an alias
    AddMember(MemberArgs),
    /// Takes a login out of an alias; its phone stays
    RemoveMember(MemberArgs),
}

/// Users.
#[derive(Debug, Args)]
pub struct UsersArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: UserAction,
}

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserAction {
    #[command(flatten)]
    Common(CommonAction),
    /// Adds an account; asks for its password, or reads it from standard input
    Add(super::AddUserArgs),
    /// Sets an account's password; asks for it, or reads it from standard input
    Password {
        /// The account
        name: String,
    },
}

/// What can be done with rows of any kind.
#[derive(Debug, Subcommand)]
pub enum CommonAction {
    /// Lists them
    List(ListArgs),
    /// Shows one with all its values but secrets
    Show(RowName),
    /// Changes values of one
    Set(SetArgs),
    /// Removes one
    Remove(RowName),
}

/// Which rows are listed.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only those that are so: `extension=101`, `phone_login=10*`
    #[arg(value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// In the order of this key; with `-` in front, the last ones first
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// At most so many [default: all]
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
    /// These columns, separated by commas
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub columns: Vec<String>,
}

/// What names a row.
#[derive(Debug, Args)]
pub struct RowName {
    /// Its name; a phone's is `SERVER_IP/EXTENSION`, or its login
    pub name: String,
}

/// New values of a row.
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    pub name: RowName,
    #[command(flatten)]
    pub values: ValuesArgs,
}

/// Values.
#[derive(Debug, Args)]
pub struct ValuesArgs {
    /// The values, as a fleet file calls them; lists have commas between their items
    #[arg(value_name = "KEY=VALUE")]
    pub values: Vec<String>,
    /// A secret: it is asked for, or read from the next line of standard input
    #[arg(long, value_name = "KEY")]
    pub secret_from_stdin: Vec<String>,
}

/// A login of an alias.
#[derive(Debug, Args)]
pub struct MemberArgs {
    /// The alias
    pub alias_id: String,
    /// A phone's login
    pub login: String,
}

/// Tokens.
#[derive(Debug, Args)]
pub struct TokensArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: TokenAction,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Lists them
    List,
    /// Shows one, without the token itself
    Show(TokenId),
    /// Makes one for the account, and prints it this once
    Add(NewTokenArgs),
    /// Revokes one
    Remove(TokenId),
}

/// Which token.
#[derive(Debug, Args)]
pub struct TokenId {
    /// Its number
    pub token_id: u64,
}

/// A new token.
#[derive(Debug, Args)]
pub struct NewTokenArgs {
    /// What it is for, in words
    pub name: String,
    /// What it may be used for, separated by commas: read, phones, users, dialers, sessions, conf, webhooks
    #[arg(long, value_delimiter = ',', default_value = "read")]
    pub scopes: Vec<String>,
    /// For how many days it is good
    #[arg(long)]
    pub days: Option<u32>,
}

/// Sessions.
#[derive(Debug, Args)]
pub struct SessionsArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: SessionAction,
}

/// What can be done with sessions; all of it with --url, since only a running server knows them.
#[derive(Debug, Subcommand)]
pub enum SessionAction {
    /// Lists those that are open
    List,
    /// Shows one and what happened to it
    Show(SessionId),
    /// Logs its agent out
    End(SessionId),
    /// Moves its agent to another dialer
    Move {
        #[command(flatten)]
        session: SessionId,
        /// Even if the agent is in a call, which ends by it
        #[arg(long)]
        in_call: bool,
    },
}

/// Which session.
#[derive(Debug, Args)]
pub struct SessionId {
    /// Its number
    pub session_id: u64,
}
