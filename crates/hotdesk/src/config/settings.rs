//! Table of settings, and the server's configuration that results from them.
//!
//! To add a setting, add an entry here, use it in [`ServeConfig::new`], and run `make docs`. The flag, the
//! environment variable, the key in the file, `--help`, the panel's page and `docs/configuration.md` follow
//! from the entry.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction;
use dialers::tls::Authorities;
use fleet::sessions::LoginPolicy;
use fleet::webhooks::Networks;
use floor::Driver;
use store::Location;
use web::{Dialect, ForwardedHeader, Mailer, Proxies};

use super::declare::settings;
use super::{Config, effective, validate};
use crate::failure::Failure;
use crate::retention::Retention;

pub use super::validate::DatabaseUrl;

settings! {
    /// Settings of every command.
    CommonArgs => CommonSettings {
        /// Database: `sqlite:FILE`, or `mariadb://USER@HOST[,HOST…]/DATABASE` with the password in
        /// `HOTDESK_DATABASE_PASSWORD`
        #[arg(global = true, env = "HOTDESK_DATABASE", value_name = "URL", default_value = "sqlite:hotdesk.db", hide_env_values = true)]
        database: DatabaseUrl => Location = DatabaseUrl::location, example "sqlite:/var/lib/hotdesk/hotdesk.db";
    }

    /// Settings of the server.
    #[command(next_help_heading = "Settings")]
    ServeArgs => ServeSettings {
        /// Address to listen on
        #[arg(env = "HOTDESK_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
        listen: String => SocketAddr = |text| validate::listen_address(text), example "0.0.0.0:8080";

        /// Reply dialect of the Non-Agent API: `documented` or `vicidial`; a request chooses the other with
        /// the header `Hotdesk-Replies`
        #[arg(env = "HOTDESK_REPLIES", value_name = "DIALECT", default_value = "documented")]
        replies: String => Dialect = |name| validate::parsed(name), example "vicidial";

        /// How calls are placed: `ami`, by Hotdesk through the dialers' manager interfaces, or `queue`, by
        /// the daemons of a VICIdial cluster
        #[arg(env = "HOTDESK_DIALERS", value_name = "DRIVER", default_value = "ami")]
        dialers: String => Driver = |name| validate::parsed(name), example "ami";

        /// PEM file of the certificates that are trusted for dialers with `ami_tls`; read at startup
        #[arg(env = "HOTDESK_AMI_CA", value_name = "FILE")]
        ami_ca: Option<PathBuf> => Option<Authorities> =
            |path| path.as_deref().map(validate::dialer_authorities).transpose(), example "/etc/hotdesk/dialers.pem";

        /// Whether a phone with a live agent may take a second agent, each in a separate conference
        #[arg(env = "HOTDESK_SHARED_PHONES", value_name = "BOOL", action = ArgAction::Set, default_value = "false")]
        shared_phones: bool => bool = |is_on| Ok(*is_on), example true;

        /// When to ring phones that their dialer reports as not registered: `last` or `never`
        #[arg(env = "HOTDESK_UNREGISTERED", value_name = "WHEN", default_value = "last")]
        unregistered: String => bool = |word| validate::registered_only(word), example "never";

        /// Which phones may join an alias through the API: `any`, or only phones that were ever seen `registered`
        #[arg(env = "HOTDESK_ALIAS_MEMBERS", value_name = "WHO", default_value = "any")]
        alias_members: String => bool = |word| validate::registered_members(word), example "registered";

        /// Agents that callers of the Agent API and of `blind_monitor` reach: `viewable`, those of groups that the caller sees, or
        /// `all`, as in VICIdial
        #[arg(env = "HOTDESK_REACHABLE_AGENTS", value_name = "WHO", default_value = "viewable")]
        reachable_agents: String => bool = |word| validate::reaches_all_agents(word), example "all";

        /// Maximum number of agents of a failed dialer that each other dialer rings per second, 1 to 10000;
        /// Asterisk 16 handles about 270 calls per second
        #[arg(env = "HOTDESK_REHOMED_A_SECOND", value_name = "NUMBER", default_value = "200")]
        rehomed_a_second: u32 => u32 = |number| validate::within(*number, 1..=10_000, ""), example 100;

        /// Whether a plain-text password is replaced by its digest at the first successful login; by default
        /// true, except on VICIdial's own tables, where true is refused
        #[arg(env = "HOTDESK_UPGRADE_PASSWORDS", value_name = "BOOL", action = ArgAction::Set)]
        upgrade_passwords: Option<bool> => Option<bool> = |is_on| Ok(*is_on), example false;

        /// Proxies whose header about the client's address is trusted, separated by commas; see `forwarded_header`
        #[arg(env = "HOTDESK_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
        trusted_proxies: Option<Vec<String>> => Vec<IpAddr> =
            |addresses| validate::each(addresses.as_deref(), validate::ip_address), example vec!["10.0.9.2"];

        /// Header in which the trusted proxies report the client's address: `x-forwarded-for` or `forwarded`;
        /// the other one is ignored
        #[arg(env = "HOTDESK_FORWARDED_HEADER", value_name = "HEADER", default_value = "x-forwarded-for")]
        forwarded_header: String => ForwardedHeader = |name| validate::forwarded_header(name), example "forwarded";

        /// Networks that webhooks may be sent to, such as `10.0.0.0/8`, separated by commas; by default all
        /// except loopback and link-local addresses
        #[arg(env = "HOTDESK_WEBHOOK_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
        webhook_networks: Option<Vec<String>> => Networks =
            |networks| validate::each(networks.as_deref(), validate::parsed).map(Networks::new), example vec!["10.0.0.0/8"];

        /// PEM file of certificates that are trusted for webhook receivers, in addition to the system's
        #[arg(env = "HOTDESK_WEBHOOK_CA", value_name = "FILE")]
        webhook_ca: Option<PathBuf> => Option<Vec<u8>> =
            |path| path.as_deref().map(validate::receiver_authorities).transpose(), example "/etc/hotdesk/receivers.pem";

        /// Time limit in seconds for a client to send a request, to receive a response, and to stay idle
        /// between requests, 1 to 3600
        #[arg(env = "HOTDESK_CLIENT_TIMEOUT", value_name = "SECONDS", default_value = "15")]
        client_timeout: u64 => Duration =
            |seconds| validate::within(*seconds, 1..=3600, " seconds").map(Duration::from_secs), example 30;

        /// URL of a VICIdial's Non-Agent API, to which calls of functions that Hotdesk does not have are forwarded
        #[arg(env = "HOTDESK_UPSTREAM", value_name = "URL")]
        upstream: Option<String> => Option<String> =
            |address| Ok(address.clone()), example "https://vicidial.example/vicidial/non_agent_api.php";

        /// Functions that are forwarded to `upstream` although Hotdesk has them, separated by commas
        #[arg(env = "HOTDESK_UPSTREAM_FUNCTIONS", value_name = "FUNCTIONS", value_delimiter = ',')]
        upstream_functions: Option<Vec<String>> => Vec<String> =
            |functions| Ok(functions.clone().unwrap_or_default()), example vec!["user_details"];

        /// Program that sends emails, called as `sendmail -t -i` with the message as its input; without one, `reset_password` fails
        #[arg(env = "HOTDESK_MAIL_COMMAND", value_name = "PATH")]
        mail_command: Option<PathBuf> => Option<PathBuf> = |path| validate::program(path.as_deref()), example "/usr/sbin/sendmail";

        /// Address that emails come from; without one, the mail program chooses it
        #[arg(env = "HOTDESK_MAIL_FROM", value_name = "ADDRESS")]
        mail_from: Option<String> => Option<String> = |address| validate::mail_address(address.as_deref()), example "hotdesk@example.com";

        /// Requests per second that a caller of the JSON API may make, with bursts of five times as many; 0
        /// for no limit, at most 100000
        #[arg(env = "HOTDESK_API_RATE", value_name = "REQUESTS", default_value = "200")]
        api_rate: u32 => u32 = |number| validate::within(*number, 0..=100_000, ""), example 50;

        /// Days that rows of the API log (`vicidial_api_log`) are kept; 0 keeps them forever, and without
        /// this setting they are kept for 90 days. On VICIdial's own tables they are always kept, and other
        /// values than 0 are refused
        #[arg(env = "HOTDESK_API_LOG_DAYS", value_name = "DAYS")]
        api_log_days: Option<u32> => Option<u32> = |days| Ok(*days), example 30;

        /// Days that rows of the audit log (`vicidial_admin_log`) are kept; 0 keeps them forever. On
        /// VICIdial's own tables other values than 0 are refused
        #[arg(env = "HOTDESK_ADMIN_LOG_DAYS", value_name = "DAYS", default_value = "0")]
        admin_log_days: u32 => u32 = |days| Ok(*days), example 365;

        /// Days that agent sessions (`hotdesk_session`) are kept after their end; 0 keeps them forever
        #[arg(env = "HOTDESK_SESSION_DAYS", value_name = "DAYS", default_value = "90")]
        session_days: u32 => u32 = |days| Ok(*days), example 180;

        /// Days that the history of registrations (`hotdesk_line_change`) is kept; 0 keeps it forever
        #[arg(env = "HOTDESK_LINE_DAYS", value_name = "DAYS", default_value = "90")]
        line_days: u32 => u32 = |days| Ok(*days), example 30;

        /// Log filter, such as `info` or `info,web=debug`; the log is written to standard error
        #[arg(env = "HOTDESK_LOG", value_name = "FILTER", default_value = "info")]
        log: String => String = |filter| Ok(filter.clone()), example "warn";
    }
}

/// The server's configuration.
#[derive(Debug)]
pub struct ServeConfig {
    /// The database.
    pub database: Location,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The certificates that are trusted for dialers with TLS.
    pub authorities: Option<Authorities>,
    /// How agents are placed and rung.
    pub floor: floor::Options,
    /// How requests are answered.
    pub web: web::Settings,
    /// How webhooks are sent.
    pub webhooks: webhooks::Settings,
    /// How long logs and sessions are kept.
    pub retention: Retention,
    /// Whether the administrator turned `upgrade_passwords` on.
    pub upgrades_passwords: bool,
    /// The filter of the log.
    pub log: String,
}

impl ServeConfig {
    /// Validates all settings, each by itself and those that depend on each other.
    pub fn new(config: &Config, settings: &ServeSettings) -> Result<Self, Failure> {
        let driver = settings.dialers()?;
        let (mail_command, mail_from) = (settings.mail_command()?, settings.mail_from()?);
        let upstream = validate::upstream(settings.upstream()?, settings.upstream_functions()?)?;
        Ok(Self {
            database: config.database.clone(),
            listen: settings.listen()?,
            authorities: settings.ami_ca()?,
            floor: floor::Options {
                driver,
                rules: LoginPolicy {
                    shared_phones: settings.shared_phones()?,
                    registered_only: settings.unregistered()?,
                    registered_members: validate::visible_to(driver, settings.alias_members()?)?,
                    reaches_all_agents: settings.reachable_agents()?,
                },
                rehomed_a_second: settings.rehomed_a_second()?,
            },
            web: web::Settings {
                replies: settings.replies()?,
                upgrade_passwords: settings.upgrade_passwords()?.unwrap_or(true),
                client_timeout: settings.client_timeout()?,
                proxies: Proxies { addresses: settings.trusted_proxies()?, header: settings.forwarded_header()? },
                upstream,
                mailer: mail_command.map(|command| Mailer::new(command, mail_from)),
                api_rate: settings.api_rate()?,
                effective: effective::settings(&config.common, settings),
            },
            webhooks: webhooks::Settings {
                networks: settings.webhook_networks()?,
                authorities: settings.webhook_ca()?.unwrap_or_default(),
            },
            retention: Retention {
                api_log: settings.api_log_days()?,
                admin_log: settings.admin_log_days()?,
                sessions: settings.session_days()?,
                lines: settings.line_days()?,
            },
            upgrades_passwords: settings.upgrade_passwords()? == Some(true),
            log: settings.log()?,
        })
    }
}
