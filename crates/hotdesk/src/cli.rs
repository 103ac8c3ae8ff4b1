//! The command line.

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
#[command(name = "hotdesk", version, after_help = "Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage.")]
pub struct Cli {
    /// Settings file (TOML)
    #[arg(long, global = true, env = "HOTDESK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub common: WithSources<CommonArgs>,
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the server; prints `ready: http://ADDRESS` once it answers
    Serve(WithSources<ServeArgs>),
    /// Runs the server on a demonstration fleet, which an empty database gets first, with simulated dialers and agents
    Demo(WithSources<ServeArgs>),
    /// Creates or upgrades the database's tables
    Migrate,
    /// Makes the database match a fleet file, all of it or nothing
    Apply(ApplyArgs),
    /// Writes the fleet file of what is there, which contains secrets, to standard output
    #[command(long_about = EXPORT)]
    Export(ExportArgs),
    /// Adds the rows of a CSV file and changes those that are there, all of them or nothing
    #[command(long_about = IMPORT)]
    Import(ImportArgs),
    /// Makes phones of the same extensions on several dialers, and an alias an extension, all of it or nothing
    #[command(long_about = ROLLOUT)]
    Rollout(RolloutArgs),
    /// Writes the configuration files of a dialer's Asterisk, which contain secrets
    Conf(ConfArgs),
    /// Checks the database and the fleet in it; says what is wrong and how to mend it; exit 1 if anything is
    Doctor(DoctorArgs),
    /// Runs on a dialer: keeps its configuration files as a Hotdesk server has them, and its Asterisk reading them
    #[command(long_about = SIDECAR)]
    Sidecar(SidecarArgs),
    /// Says which dialer a login would get now, and why
    Why(WhyArgs),
    /// Runs simulated Asterisk dialers until it is told to stop
    #[command(long_about = SIMULATE)]
    Simulate(SimulateArgs),
    /// Phones
    Phone(api::RowsArgs),
    /// Aliases: one login for several phones
    Alias(api::AliasesArgs),
    /// Dialers
    Dialer(api::RowsArgs),
    /// Accounts
    User(api::UsersArgs),
    /// Tokens, with which programs come in
    Token(api::TokensArgs),
    /// Agents who are logged in; with --url alone
    Session(api::SessionsArgs),
    /// Writes what a shell completes commands with
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Writes manual pages
    Man {
        /// The folder, which is made if need be
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

const EXPORT: &str = "Writes the fleet file of what is there to standard output, such that `hotdesk apply` makes an empty \
database match it.

The file contains secrets: the phones' passwords, the dialers' secrets, and users' passwords, as digests where Hotdesk keeps \
digests and as plain text where they are kept so. Keep it as safe as the database.";

const IMPORT: &str = "Adds the rows of a CSV file and changes those that are there, all of them or nothing.

The first line names the columns, as a fleet file's keys or the table's columns. UTF-8; commas, or semicolons where the first \
line has no comma. An empty cell leaves its value as it is. Every wrong line is named with its field.";

const ROLLOUT: &str = "Makes phones of the same extensions on several dialers, and an alias an extension, all of it or nothing.

`hotdesk rollout 101-199 --dialers dialer-a,dialer-b,dialer-c` makes phone 101 on each of the three with the logins 101a, 101b \
and 101c, the alias 101 of these, and so on. Nothing that is there is changed: a phone, login or alias that exists already \
refuses the whole.

Passwords are made at random, those for registering one a phone and those for logging in one an extension, and are written once, \
to the file of --secrets.";

const SIMULATE: &str = "Runs simulated Asterisk dialers until it is told to stop: the manager interface's server side, for \
trying things out without Asterisk. Prints one line a dialer.

The secret of the dialers' user is read from the environment (HOTDESK_AMI_SECRET). If it is not there, one is made up and \
printed.";

const SIDECAR: &str = "Runs on a dialer: keeps its configuration files as a Hotdesk server has them, and its Asterisk reading \
them, until it is told to stop. A file is replaced as a whole, only the modules whose file changed are reloaded, and the server is \
told what is loaded. While the server is away the files stay as they are.

The token is read from the environment (HOTDESK_TOKEN) or from a file; or with --account, that account's password from \
HOTDESK_PASSWORD or from a file. The secret of the manager interface's user is read from HOTDESK_AMI_SECRET.";

/// Which dialer's files are kept, and where.
#[derive(Debug, Args)]
pub struct SidecarArgs {
    /// The Hotdesk server, such as `https://hotdesk.example.com`
    #[arg(long, env = "HOTDESK_URL", value_name = "URL")]
    pub url: String,
    /// The dialer: its `server_ip`
    #[arg(long, value_name = "SERVER_IP")]
    pub dialer: String,
    /// Where its Asterisk includes the files from
    #[arg(long, value_name = "FOLDER", default_value = "/etc/asterisk")]
    pub dir: PathBuf,
    #[command(flatten)]
    pub login: LoginArgs,
    /// The manager interface of its Asterisk; without it nothing is reloaded
    #[arg(long, value_name = "HOST:PORT")]
    pub ami: Option<String>,
    /// The user there, who needs `write = config,system`
    #[arg(long, value_name = "NAME", default_value = "hotdesk")]
    pub ami_user: String,
    /// Ends when the files are as they should be; exit 1 if they are not
    #[arg(long)]
    pub once: bool,
}

/// Which dialers are simulated.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// How many
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub dialers: u16,
    /// Address of the first; each further one has the next port
    #[arg(long, default_value = "127.0.0.1:5038", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// The user who may log in
    #[arg(long, default_value = "hotdesk")]
    pub user: String,
    /// Lines that are registered on every dialer, separated by commas: `100a` and `SIP/100a` are the same
    #[arg(long, value_delimiter = ',')]
    pub lines: Vec<String>,
    /// After how many milliseconds of ringing a line answers
    #[arg(long, default_value_t = 500, value_name = "MILLISECONDS")]
    pub answer_after: u64,
    /// Those of the lines that ring and are never answered
    #[arg(long, value_name = "LINES", value_delimiter = ',')]
    pub never_answers: Vec<String>,
    /// Those of the lines whose agents reject a call or hang up now and then
    #[arg(long, value_name = "LINES", value_delimiter = ',')]
    pub careless: Vec<String>,
    /// Ends when standard input is closed, and so with the program that holds it, however that ends
    #[arg(long)]
    pub until_input_ends: bool,
}

/// Which dialer's files, and where to.
#[derive(Debug, Args)]
pub struct ConfArgs {
    /// The dialer: its `server_ip` or its `server_id`
    pub dialer: String,
    /// Writes this file alone to standard output, such as `sip-hotdesk.conf`
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    pub file: Option<String>,
    /// Writes all of them into this folder, which only their owner can read
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// What is looked at.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Also logs in to the manager interface of every dialer once, for 2 seconds at most; without this nobody is contacted
    #[arg(long)]
    pub dialers: bool,
}

/// How a fleet file is applied.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Fleet file: TOML, or JSON if its name ends in .json; `-` reads TOML from standard input
    pub file: PathBuf,
    /// Only prints what would change, and changes nothing
    #[arg(long)]
    pub plan: bool,
    /// Also removes the rows that the file does not name, in every section of which it names at least one row
    #[arg(long)]
    pub prune: bool,
}

/// How the database's content is written.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// As JSON instead of TOML
    #[arg(long)]
    pub json: bool,
    /// Only these rows, as CSV
    #[arg(long, value_name = "ROWS", conflicts_with = "json")]
    pub csv: Option<CsvTable>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Rows that a CSV file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CsvTable {
    Phones,
    Aliases,
}

impl CsvTable {
    /// As addresses call them.
    pub fn collection(self) -> &'static str {
        match self {
            Self::Phones => "phones",
            Self::Aliases => "aliases",
        }
    }

    /// Their section of a fleet file.
    pub fn section(self) -> Table {
        match self {
            Self::Phones => Table::Phone,
            Self::Aliases => Table::Alias,
        }
    }
}

/// How a CSV file is imported.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the file holds
    pub rows: CsvTable,
    /// CSV file; `-` reads standard input
    pub file: PathBuf,
    /// Only prints what would change, and changes nothing
    #[arg(long)]
    pub plan: bool,
    /// Writes the lines that are right, and leaves out and reports the others; exit 1 if there are any
    #[arg(long)]
    pub keep_going: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Which phones and aliases are made.
#[derive(Debug, Args)]
pub struct RolloutArgs {
    /// Extensions: ranges and single ones, such as 101-199,210
    pub extensions: String,
    /// The dialers, by `server_ip` or `server_id`, separated by commas
    #[arg(long, required = true, value_delimiter = ',')]
    pub dialers: Vec<String>,
    /// What the logins on each dialer end with, in the dialers' order [default: a,b,c,…]
    #[arg(long, value_delimiter = ',')]
    pub suffixes: Vec<String>,
    /// What the aliases' names end with
    #[arg(long, default_value = "", hide_default_value = true, value_name = "SUFFIX")]
    pub alias_suffix: String,
    /// Makes no aliases
    #[arg(long, conflicts_with = "alias_suffix")]
    pub no_aliases: bool,
    /// A value that all the phones have, such as protocol=PJSIP; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// New file for the passwords, which only its owner may read (CSV)
    #[arg(long, value_name = "FILE", required_unless_present = "plan")]
    pub secrets: Option<PathBuf>,
    /// The phones' password for logging in is the first line of this file, instead of a random one; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub pass_from: Option<PathBuf>,
    /// Only prints what would be made, and makes nothing
    #[arg(long)]
    pub plan: bool,
}

/// Which login.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// An alias, a phone's login, or several logins separated by commas
    pub login: String,
    /// The campaign that the agent would log in to
    #[arg(long, default_value = "")]
    pub campaign: String,
}

/// A new account.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are flags of a command line")]
pub struct AddUserArgs {
    /// Its name: 2 to 20 letters, digits, `-` and `_`
    pub name: String,
    /// 1 to 6 for agents, 7 for reports, 8 and 9 for administrators
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub level: u8,
    /// Its name for people
    #[arg(long, default_value = "")]
    pub full_name: String,
    /// Its user group
    #[arg(long, default_value = "ADMIN")]
    pub group: String,
    /// May use the API
    #[arg(long)]
    pub api: bool,
    /// May change phones, aliases and dialers
    #[arg(long)]
    pub ast_admin: bool,
    /// May delete phones and aliases
    #[arg(long)]
    pub delete_phones: bool,
    /// May change users
    #[arg(long)]
    pub modify_users: bool,
    /// May see reports
    #[arg(long)]
    pub view_reports: bool,
    /// The API functions it may call, separated by commas
    #[arg(long, default_value = "ALL_FUNCTIONS", value_delimiter = ',')]
    pub functions: Vec<String>,
}
