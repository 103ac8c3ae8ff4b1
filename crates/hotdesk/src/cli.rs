//! Command line arguments.

mod api;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use fleet::schema::Table;

use crate::config::{CommonArgs, ServeArgs, WithSources};
pub use api::{
    AliasAction, ApiArgs, CommonAction, ListArgs, LoginArgs, MemberArgs, RowsAction, ServerArgs, SessionAction,
    SessionId, SetArgs, TokenAction, UserAction, ValuesArgs,
};

/// One login for several phones: the hot-desk server for VICIdial call centres.
#[derive(Debug, Parser)]
#[command(name = "hotdesk", version, after_help = "Exit codes: 0 success, 1 failure, 2 wrong usage.")]
pub struct Cli {
    /// Settings file (TOML)
    #[arg(long, global = true, env = "HOTDESK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub common: WithSources<CommonArgs>,
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server; prints `ready: http://ADDRESS` when it accepts requests
    Serve(WithSources<ServeArgs>),
    /// Run the server with a demonstration fleet and simulated dialers and agents; fills an empty database first
    Demo(WithSources<ServeArgs>),
    /// Create or upgrade the database tables
    Migrate,
    /// Make the database match a fleet file, in one transaction
    Apply(ApplyArgs),
    /// Write the whole configuration, including secrets, as a fleet file to standard output
    #[command(long_about = EXPORT)]
    Export(ExportArgs),
    /// Add or update phones or aliases from a CSV file, in one transaction
    #[command(long_about = IMPORT)]
    Import(ImportArgs),
    /// Create phones with the same extensions on several dialers, and an alias per extension, in one transaction
    #[command(long_about = ROLLOUT)]
    Rollout(RolloutArgs),
    /// Write the Asterisk configuration files of a dialer, including secrets
    Conf(ConfArgs),
    /// Check the database and its configuration; prints each problem with its solution, and exits with 1 if
    /// it finds any
    Doctor(DoctorArgs),
    /// Keep a dialer's Asterisk configuration in sync with a Hotdesk server; runs on the dialer
    #[command(long_about = SIDECAR)]
    Sidecar(SidecarArgs),
    /// Show which phone a login would ring now, and why
    Why(WhyArgs),
    /// Run simulated Asterisk dialers
    #[command(long_about = SIMULATE)]
    Simulate(SimulateArgs),
    /// Manage phones
    Phone(api::RowsArgs),
    /// Manage aliases: one login that stands for several phones
    Alias(api::AliasesArgs),
    /// Manage dialers
    Dialer(api::RowsArgs),
    /// Manage users
    User(api::UsersArgs),
    /// Manage API tokens, which programs use instead of a password
    Token(api::TokensArgs),
    /// Manage agent sessions; needs --url
    Session(api::SessionsArgs),
    /// Write a completion script for a shell
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Write manual pages
    Man {
        /// Output folder; created if it does not exist
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

const EXPORT: &str = "Writes the whole configuration as a fleet file to standard output. `hotdesk apply` can recreate it in \
    an empty database.

The file contains secrets: the phones' passwords, the dialers' secrets, and the users' passwords, as digests or, if the \
    database has them so, as plain text. Protect it like the database.";

const IMPORT: &str = "Adds new rows from a CSV file and updates existing rows, in one transaction: if a line \
    is invalid, nothing is changed.

The first line names the columns, as in a fleet file or in the table. The file is UTF-8, with commas, or with semicolons if \
    the first line has no comma. An empty cell keeps the current value. Every invalid line is reported with its field.";

const ROLLOUT: &str = "Creates phones with the same extensions on several dialers, and an alias per extension, in one transaction.

`hotdesk rollout 101-199 --dialers dialer-a,dialer-b,dialer-c` creates phone 101 on each of the three dialers with the \
    logins 101a, 101b and 101c, an alias 101 of these logins, and so on. Existing rows are never changed: if a phone, login or \
    alias already exists, nothing is created.

Passwords are random: one registration password per phone, and one phone password per extension. They are written only to \
    the file of --secrets.";

const SIMULATE: &str = "Runs simulated Asterisk dialers until it is stopped. They implement the server side of the manager interface (AMI), \
    for tests without Asterisk. Prints one line per dialer.

The AMI secret is read from the environment (HOTDESK_AMI_SECRET). If it is not set, a random secret is used and printed.";

const SIDECAR: &str = "Runs on a dialer until it is stopped, and keeps the dialer's Asterisk configuration in sync with a Hotdesk server. \
    It replaces files atomically, reloads only the modules whose files changed, and reports the loaded versions to the server. If \
    the server is unreachable, the files stay unchanged.

The token is read from the environment (HOTDESK_TOKEN) or from a file; with --account, the account's password is read from \
    HOTDESK_PASSWORD or from a file. The AMI secret is read from HOTDESK_AMI_SECRET.";

/// Arguments of `hotdesk sidecar`.
#[derive(Debug, Args)]
pub struct SidecarArgs {
    /// URL of the Hotdesk server, such as `https://hotdesk.example.com`
    #[arg(long, env = "HOTDESK_URL", value_name = "URL")]
    pub url: String,
    /// `server_ip` of the dialer
    #[arg(long, value_name = "SERVER_IP")]
    pub dialer: String,
    /// Folder from which Asterisk includes the files
    #[arg(long, value_name = "FOLDER", default_value = "/etc/asterisk")]
    pub dir: PathBuf,
    #[command(flatten)]
    pub login: LoginArgs,
    /// Address of Asterisk's manager interface (AMI); without it nothing is reloaded
    #[arg(long, value_name = "HOST:PORT")]
    pub ami: Option<String>,
    /// AMI user; it needs `write = config,system`
    #[arg(long, value_name = "NAME", default_value = "hotdesk")]
    pub ami_user: String,
    /// Sync once and exit, with 1 if that failed
    #[arg(long)]
    pub once: bool,
}

/// Arguments of `hotdesk simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Number of dialers
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub dialers: u16,
    /// Address of the first dialer; each further dialer uses the next port
    #[arg(long, default_value = "127.0.0.1:5038", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// AMI user
    #[arg(long, default_value = "hotdesk")]
    pub user: String,
    /// Phones that are registered on every dialer, separated by commas: `100a` and `SIP/100a` are the same
    #[arg(long, value_delimiter = ',')]
    pub lines: Vec<String>,
    /// Milliseconds of ringing until a phone answers
    #[arg(long, default_value_t = 500, value_name = "MILLISECONDS")]
    pub answer_after: u64,
    /// Phones of --lines that ring but never answer
    #[arg(long, value_name = "LINES", value_delimiter = ',')]
    pub never_answers: Vec<String>,
    /// Phones of --lines that occasionally reject a call or hang up
    #[arg(long, value_name = "LINES", value_delimiter = ',')]
    pub careless: Vec<String>,
    /// Exit when standard input is closed, so that the simulation ends together with its parent process
    #[arg(long)]
    pub until_input_ends: bool,
}

/// Arguments of `hotdesk conf`.
#[derive(Debug, Args)]
pub struct ConfArgs {
    /// `server_ip` or `server_id` of the dialer
    pub dialer: String,
    /// Write only this file to standard output, such as `sip-hotdesk.conf`
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    pub file: Option<String>,
    /// Write all files into this folder, readable only by their owner
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// Arguments of `hotdesk doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Also log in to the manager interface of every dialer, for at most 2 seconds; without this, no dialer
    /// is contacted
    #[arg(long)]
    pub dialers: bool,
}

/// Arguments of `hotdesk apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Fleet file: TOML, or JSON if its name ends in .json; `-` reads TOML from standard input
    pub file: PathBuf,
    /// Only print what would change
    #[arg(long)]
    pub plan: bool,
    /// Also remove the rows that the file does not contain, in every section of which it contains at least one row
    #[arg(long)]
    pub prune: bool,
}

/// Arguments of `hotdesk export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Write JSON instead of TOML
    #[arg(long)]
    pub json: bool,
    /// Write only these rows, as CSV
    #[arg(long, value_name = "ROWS", conflicts_with = "json")]
    pub csv: Option<CsvTable>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Tables that can be imported and exported as CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CsvTable {
    Phones,
    Aliases,
}

impl CsvTable {
    /// Name in the paths of the JSON API.
    pub fn collection(self) -> &'static str {
        match self {
            Self::Phones => "phones",
            Self::Aliases => "aliases",
        }
    }

    /// Section of a fleet file.
    pub fn section(self) -> Table {
        match self {
            Self::Phones => Table::Phone,
            Self::Aliases => Table::Alias,
        }
    }
}

/// Arguments of `hotdesk import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Kind of rows in the file
    pub rows: CsvTable,
    /// CSV file; `-` reads standard input
    pub file: PathBuf,
    /// Only print what would change
    #[arg(long)]
    pub plan: bool,
    /// Import the valid lines, and report and skip the invalid ones; exits with 1 if any line is invalid
    #[arg(long)]
    pub keep_going: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `hotdesk rollout`.
#[derive(Debug, Args)]
pub struct RolloutArgs {
    /// Extensions and ranges of extensions, such as 101-199,210
    pub extensions: String,
    /// `server_ip` or `server_id` of each dialer, separated by commas
    #[arg(long, required = true, value_delimiter = ',')]
    pub dialers: Vec<String>,
    /// Suffix of the logins on each dialer, in the order of --dialers [default: a,b,c,…]
    #[arg(long, value_delimiter = ',')]
    pub suffixes: Vec<String>,
    /// Suffix of the alias ids
    #[arg(long, default_value = "", hide_default_value = true, value_name = "SUFFIX")]
    pub alias_suffix: String,
    /// Create no aliases
    #[arg(long, conflicts_with = "alias_suffix")]
    pub no_aliases: bool,
    /// Value for all phones, such as protocol=PJSIP; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// New file for the passwords, as CSV, readable only by its owner
    #[arg(long, value_name = "FILE", required_unless_present = "plan")]
    pub secrets: Option<PathBuf>,
    /// Use the first line of this file as the phone password, instead of random ones; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub pass_from: Option<PathBuf>,
    /// Only print what would be created
    #[arg(long)]
    pub plan: bool,
}

/// Arguments of `hotdesk why`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// Alias, phone login, or several logins separated by commas
    pub login: String,
    /// Campaign that the agent would log in to
    #[arg(long, default_value = "")]
    pub campaign: String,
}

/// Arguments of `hotdesk user add`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are flags of a command line")]
pub struct AddUserArgs {
    /// User name: 2 to 20 letters, digits, `-` and `_`
    pub name: String,
    /// User level: 1 to 6 for agents, 7 for reports, 8 and 9 for administrators
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub level: u8,
    /// Full name
    #[arg(long, default_value = "")]
    pub full_name: String,
    /// User group
    #[arg(long, default_value = "ADMIN")]
    pub group: String,
    /// Allow use of the API
    #[arg(long)]
    pub api: bool,
    /// Allow changes of phones, aliases and dialers
    #[arg(long)]
    pub ast_admin: bool,
    /// Allow deletion of phones and aliases
    #[arg(long)]
    pub delete_phones: bool,
    /// Allow changes of users
    #[arg(long)]
    pub modify_users: bool,
    /// Allow access to reports
    #[arg(long)]
    pub view_reports: bool,
    /// Non-Agent API functions that the user may call, separated by commas
    #[arg(long, default_value = "ALL_FUNCTIONS", value_delimiter = ',')]
    pub functions: Vec<String>,
}
