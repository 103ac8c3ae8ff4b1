//! The command line.

mod api;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use fleet::schema::Table;

pub use api::{
    AliasesAct, AnyAct, Api, List, Login, Member, RowsAct, Server, Session, SessionsAct, Set, TokensAct, UsersAct,
    Values,
};

/// One login for several phones: the hot-desk server for VICIdial call centres.
#[derive(Debug, Parser)]
#[command(name = "hotdesk", version, after_help = "Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage.")]
pub struct Cli {
    #[command(flatten)]
    pub settings: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// Settings of every command. Flags win over the environment, which wins over the file.
#[derive(Debug, Args)]
pub struct Common {
    /// Settings file (TOML)
    #[arg(long, global = true, env = "HOTDESK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database: `sqlite:FILE`, or `mariadb://USER@HOST[,HOST…]/DATABASE` with the password in `HOTDESK_DATABASE_PASSWORD` [default:
    /// sqlite:hotdesk.db]
    #[arg(long, global = true, env = "HOTDESK_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the server; prints `ready: http://ADDRESS` once it answers
    Serve(Serving),
    /// Runs the server on a demonstration fleet, which an empty database gets first, with simulated dialers and agents
    Demo(Serving),
    /// Creates or upgrades the database's tables
    Migrate,
    /// Makes the database match a fleet file, all of it or nothing
    Apply(Apply),
    /// Writes the fleet file of what is there, which contains secrets, to standard output
    #[command(long_about = EXPORT)]
    Export(Export),
    /// Adds the rows of a CSV file and changes those that are there, all of them or nothing
    #[command(long_about = IMPORT)]
    Import(Import),
    /// Makes phones of the same extensions on several dialers, and an alias an extension, all of it or nothing
    #[command(long_about = ROLLOUT)]
    Rollout(Rollout),
    /// Writes the configuration files of a dialer's Asterisk, which contain secrets
    Conf(Conf),
    /// Checks the database and the fleet in it; says what is wrong and how to mend it; exit 1 if anything is
    Doctor(Doctor),
    /// Runs on a dialer: keeps its configuration files as a Hotdesk server has them, and its Asterisk reading them
    #[command(long_about = SIDECAR)]
    Sidecar(Sidecar),
    /// Says which dialer a login would get now, and why
    Why(Why),
    /// Runs simulated Asterisk dialers until it is told to stop
    #[command(long_about = SIMULATE)]
    Simulate(Simulate),
    /// Phones
    Phone(api::Rows),
    /// Aliases: one login for several phones
    Alias(api::Aliases),
    /// Dialers
    Server(api::Rows),
    /// Accounts
    User(api::Users),
    /// Tokens, with which programs come in
    Token(api::Tokens),
    /// Agents who are logged in; with --url alone
    Session(api::Sessions),
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

`hotdesk rollout 101-199 --servers dialer-a,dialer-b,dialer-c` makes phone 101 on each of the three with the logins 101a, 101b \
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
pub struct Sidecar {
    /// The Hotdesk server, such as `https://hotdesk.example.com`
    #[arg(long, env = "HOTDESK_URL", value_name = "URL")]
    pub url: String,
    /// The dialer: its `server_ip`
    #[arg(long, value_name = "SERVER_IP")]
    pub server: String,
    /// Where its Asterisk includes the files from
    #[arg(long, value_name = "FOLDER", default_value = "/etc/asterisk")]
    pub dir: PathBuf,
    #[command(flatten)]
    pub login: Login,
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
pub struct Simulate {
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
pub struct Conf {
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
pub struct Doctor {
    /// Also logs in to the manager interface of every dialer once, for 2 seconds at most; without this nobody is contacted
    #[arg(long)]
    pub dialers: bool,
}

/// How a fleet file is applied.
#[derive(Debug, Args)]
pub struct Apply {
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
pub struct Export {
    /// As JSON instead of TOML
    #[arg(long)]
    pub json: bool,
    /// Only these rows, as CSV
    #[arg(long, value_name = "ROWS", conflicts_with = "json")]
    pub csv: Option<Rows>,
    #[command(flatten)]
    pub server: Server,
}

/// Rows that a CSV file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    Phones,
    Aliases,
}

impl Rows {
    /// As addresses call them.
    pub fn word(self) -> &'static str {
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
pub struct Import {
    /// What the file holds
    pub rows: Rows,
    /// CSV file; `-` reads standard input
    pub file: PathBuf,
    /// Only prints what would change, and changes nothing
    #[arg(long)]
    pub plan: bool,
    /// Writes the lines that are right, and leaves out and reports the others; exit 1 if there are any
    #[arg(long)]
    pub keep_going: bool,
    #[command(flatten)]
    pub server: Server,
}

/// Which phones and aliases are made.
#[derive(Debug, Args)]
pub struct Rollout {
    /// Extensions: ranges and single ones, such as 101-199,210
    pub extensions: String,
    /// The dialers, by `server_ip` or `server_id`, separated by commas
    #[arg(long, required = true, value_delimiter = ',')]
    pub servers: Vec<String>,
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
pub struct Why {
    /// An alias, a phone's login, or several logins separated by commas
    pub login: String,
    /// The campaign that the agent would log in to
    #[arg(long, default_value = "")]
    pub campaign: String,
}

/// Settings of the server.
#[derive(Debug, Default, Args)]
pub struct Serving {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "HOTDESK_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Reply dialect of the Non-Agent API: `documented` or `vicidial` [default: documented]
    #[arg(long, env = "HOTDESK_REPLIES", value_name = "DIALECT")]
    pub replies: Option<String>,
    /// How dialers are driven: `ami` or `queue` [default: ami]
    #[arg(long, env = "HOTDESK_DIALERS", value_name = "DRIVER")]
    pub dialers: Option<String>,
    /// PEM file of the certificates that are believed of dialers reached with TLS [default: none]
    #[arg(long, env = "HOTDESK_AMI_CA", value_name = "FILE")]
    pub ami_ca: Option<PathBuf>,
    /// Whether a phone that an agent is live on may take a second one, each in a room of their own [default: false]
    #[arg(long, env = "HOTDESK_SHARED_PHONES", value_name = "BOOL")]
    pub shared_phones: Option<bool>,
    /// Phones that their dialer calls not registered: rung `last`, or `never` [default: last]
    #[arg(long, env = "HOTDESK_UNREGISTERED", value_name = "WHEN")]
    pub unregistered: Option<String>,
    /// Who may join an alias: `any` phone, or only one that was ever seen `registered` [default: any]
    #[arg(long, env = "HOTDESK_ALIAS_MEMBERS", value_name = "WHO")]
    pub alias_members: Option<String>,
    /// Agents of a lost dialer that are rung again each second on each other dialer, 1 to 10000 [default: 200]
    #[arg(long, env = "HOTDESK_REHOMED_A_SECOND", value_name = "NUMBER")]
    pub rehomed_a_second: Option<u32>,
    /// Whether a plain password is replaced by its digest at the first good login [default: true]
    #[arg(long, env = "HOTDESK_UPGRADE_PASSWORDS", value_name = "BOOL")]
    pub upgrade_passwords: Option<bool>,
    /// Proxies whose Forwarded and X-Forwarded-For headers are believed, separated by commas [default: none]
    #[arg(long, env = "HOTDESK_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<String>>,
    /// Networks that webhooks may go to, separated by commas [default: all but this machine's own and its link's]
    #[arg(long, env = "HOTDESK_WEBHOOK_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
    pub webhook_networks: Option<Vec<String>>,
    /// PEM file of certificates that are believed of webhooks' receivers, besides the system's [default: none]
    #[arg(long, env = "HOTDESK_WEBHOOK_CA", value_name = "FILE")]
    pub webhook_ca: Option<PathBuf>,
    /// Seconds that a client may take to send a request, to take an answer, or to rest in between [default: 15]
    #[arg(long, env = "HOTDESK_CLIENT_TIMEOUT", value_name = "SECONDS")]
    pub client_timeout: Option<u64>,
    /// The Non-Agent API of a VICIdial, which gets the calls of functions that Hotdesk does not have [default: none]
    #[arg(long, env = "HOTDESK_UPSTREAM", value_name = "URL")]
    pub upstream: Option<String>,
    /// Functions that Hotdesk has and that go to the upstream all the same, separated by commas [default: none]
    #[arg(long, env = "HOTDESK_UPSTREAM_FUNCTIONS", value_name = "FUNCTIONS", value_delimiter = ',')]
    pub upstream_functions: Option<Vec<String>>,
    /// Requests a second that a caller of the JSON API may make, and five times as many at once; 0: any number [default: 200]
    #[arg(long, env = "HOTDESK_API_RATE", value_name = "REQUESTS")]
    pub api_rate: Option<u32>,
    /// Days that rows of the API log are kept; 0 for ever [default: 90]
    #[arg(long, env = "HOTDESK_API_LOG_DAYS", value_name = "DAYS")]
    pub api_log_days: Option<u32>,
    /// Days that rows of the admin log are kept; 0 for ever [default: 0]
    #[arg(long, env = "HOTDESK_ADMIN_LOG_DAYS", value_name = "DAYS")]
    pub admin_log_days: Option<u32>,
    /// Days that agents' sessions are kept after their end; 0 for ever [default: 90]
    #[arg(long, env = "HOTDESK_SESSION_DAYS", value_name = "DAYS")]
    pub session_days: Option<u32>,
    /// Days that the history of lines is kept: when each registered and when not; 0 for ever [default: 90]
    #[arg(long, env = "HOTDESK_LINE_DAYS", value_name = "DAYS")]
    pub line_days: Option<u32>,
    /// What is logged, such as `info` or `web=debug` [default: info]
    #[arg(long, env = "HOTDESK_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

/// Settings of the server that come from the environment alone.
#[derive(Debug, Parser)]
struct OfEnvironment {
    #[command(flatten)]
    serving: Serving,
}

impl Serving {
    /// What the environment says, for commands that do not take the server's flags.
    pub fn of_environment() -> Self {
        OfEnvironment::try_parse_from(["hotdesk"]).map(|found| found.serving).unwrap_or_default()
    }
}

/// A new account.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are flags of a command line")]
pub struct AddUser {
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
