//! Arguments of the commands that use the JSON API.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Server, credentials and output format.
#[derive(Debug, Args)]
#[command(after_help = TOKENS)]
pub struct ApiArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// Print the API's response as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// Server and credentials.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// URL of a running Hotdesk server, such as `https://hotdesk.example`; without it, the command works on
    /// the database
    #[arg(long, global = true, env = "HOTDESK_URL", value_name = "URL")]
    pub url: Option<String>,
    #[command(flatten)]
    pub login: LoginArgs,
}

/// Credentials for a server, and the certificates that it is verified with.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Account to act as; with --url its password is read from `HOTDESK_PASSWORD` or a file, on a database it
    /// needs none
    #[arg(long, global = true, env = "HOTDESK_ACCOUNT", value_name = "USER")]
    pub account: Option<String>,
    /// File whose first line is the account's password
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// File whose first line is a token, instead of `HOTDESK_TOKEN`
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "password_file")]
    pub token_file: Option<PathBuf>,
    /// PEM file of trusted certificates, instead of the system's
    #[arg(long, global = true, env = "HOTDESK_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

const TOKENS: &str = "With --url, the command authenticates with a token (HOTDESK_TOKEN or --token-file) or with --account and its password \
    (HOTDESK_PASSWORD or --password-file). On a database (--database), it acts as --account, by default as the account with \
    the most permissions.";

/// Arguments of the commands for rows.
#[derive(Debug, Args)]
pub struct RowsArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: RowsAction,
}

/// Actions on rows.
#[derive(Debug, Subcommand)]
pub enum RowsAction {
    #[command(flatten)]
    Common(CommonAction),
    /// Add one
    Add(ValuesArgs),
}

/// Arguments of `hotdesk alias`.
#[derive(Debug, Args)]
pub struct AliasesArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: AliasAction,
}

/// Actions on aliases.
#[derive(Debug, Subcommand)]
pub enum AliasAction {
    #[command(flatten)]
    Common(CommonAction),
    /// Add one
    Add(ValuesArgs),
    /// Add a phone login to an alias
    AddMember(MemberArgs),
    /// Remove a phone login from an alias; the phone itself is not changed
    RemoveMember(MemberArgs),
}

/// Arguments of `hotdesk user`.
#[derive(Debug, Args)]
pub struct UsersArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: UserAction,
}

/// Actions on users.
#[derive(Debug, Subcommand)]
pub enum UserAction {
    #[command(flatten)]
    Common(CommonAction),
    /// Add a user; the password is prompted for or read from standard input
    Add(super::AddUserArgs),
    /// Set a user's password, which is prompted for or read from standard input
    Password {
        /// The account
        name: String,
    },
}

/// Actions on rows of any kind.
#[derive(Debug, Subcommand)]
pub enum CommonAction {
    /// List all, or those that match filters
    List(ListArgs),
    /// Show one with all its values except secrets
    Show(RowName),
    /// Change values of one
    Set(SetArgs),
    /// Remove one
    Remove(RowName),
}

/// Arguments of the action `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Filters, such as `extension=101` or `phone_login=10*`
    #[arg(value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// Sort by this key; a leading `-` sorts in descending order
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Maximum number of rows [default: all]
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
    /// Columns to print, separated by commas
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub columns: Vec<String>,
}

/// Name of a row.
#[derive(Debug, Args)]
pub struct RowName {
    /// Name of the row; for a phone `SERVER_IP/EXTENSION` or its login
    pub name: String,
}

/// Arguments of the action `set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    pub name: RowName,
    #[command(flatten)]
    pub values: ValuesArgs,
}

/// Values of a row.
#[derive(Debug, Args)]
pub struct ValuesArgs {
    /// Values, with the keys of a fleet file; the items of a list are separated by commas
    #[arg(value_name = "KEY=VALUE")]
    pub values: Vec<String>,
    /// Key of a secret, which is prompted for or read from the next line of standard input
    #[arg(long, value_name = "KEY")]
    pub secret_from_stdin: Vec<String>,
}

/// Arguments of `add-member` and `remove-member`.
#[derive(Debug, Args)]
pub struct MemberArgs {
    /// Alias id
    pub alias_id: String,
    /// Phone login
    pub login: String,
}

/// Arguments of `hotdesk token`.
#[derive(Debug, Args)]
pub struct TokensArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: TokenAction,
}

/// Actions on tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// List tokens
    List,
    /// Show a token, without its secret
    Show(TokenId),
    /// Create a token for the account and print it; it cannot be shown again
    Add(NewTokenArgs),
    /// Revoke a token
    Remove(TokenId),
}

/// Id of a token.
#[derive(Debug, Args)]
pub struct TokenId {
    /// Token id
    pub token_id: u64,
}

/// Arguments of `hotdesk token add`.
#[derive(Debug, Args)]
pub struct NewTokenArgs {
    /// Purpose of the token
    pub name: String,
    /// Scopes, separated by commas: read, phones, users, dialers, sessions, conf, webhooks
    #[arg(long, value_delimiter = ',', default_value = "read")]
    pub scopes: Vec<String>,
    /// Validity in days
    #[arg(long)]
    pub days: Option<u32>,
}

/// Arguments of `hotdesk session`.
#[derive(Debug, Args)]
pub struct SessionsArgs {
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(subcommand)]
    pub action: SessionAction,
}

/// Actions on sessions. They need --url, since only a running server knows the sessions.
#[derive(Debug, Subcommand)]
pub enum SessionAction {
    /// List open sessions
    List,
    /// Show a session with its timeline
    Show(SessionId),
    /// Log the agent out
    End(SessionId),
    /// Move the agent to another dialer
    Move {
        #[command(flatten)]
        session: SessionId,
        /// Confirm that the agent's current call will end
        #[arg(long)]
        in_call: bool,
    },
}

/// Id of a session.
#[derive(Debug, Args)]
pub struct SessionId {
    /// Session id
    pub session_id: u64,
}
