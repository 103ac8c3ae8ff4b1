//! Settings: from a file, then the environment, then flags; later wins.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use floor::Driver;
use serde::Deserialize;
use store::Options;
use web::Dialect;

use crate::cli::{Common, Serving};
use crate::failure::Failure;
use crate::retention::Retention;

/// The settings file. Every key is optional, and no other is allowed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<String>,
    listen: Option<String>,
    replies: Option<String>,
    dialers: Option<String>,
    upgrade_passwords: Option<bool>,
    trusted_proxies: Option<Vec<String>>,
    client_timeout: Option<u64>,
    api_log_days: Option<u32>,
    admin_log_days: Option<u32>,
    log: Option<String>,
}

/// Settings of every command.
#[derive(Debug)]
pub struct Config {
    /// The database.
    pub database: Options,
    file: File,
}

/// Settings of the server.
#[derive(Debug)]
pub struct ServeConfig {
    /// The database.
    pub database: Options,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How the floor is run.
    pub floor: floor::Options,
    /// How the doors behave.
    pub web: web::Settings,
    /// How long logs are kept.
    pub retention: Retention,
    /// What is logged.
    pub log: String,
}

impl Config {
    /// Reads the settings that every command has.
    pub fn resolve(flags: &Common) -> Result<Self, Failure> {
        let file = flags.config.as_deref().map_or_else(|| Ok(File::default()), read_file)?;
        let database = flags.database.clone().or_else(|| file.database.clone());
        let database = database.unwrap_or_else(|| "sqlite:hotdesk.db".to_owned());
        Ok(Self { database: database_at(&database)?, file })
    }

    /// With the settings of the server.
    pub fn with_serving(self, flags: &Serving) -> Result<ServeConfig, Failure> {
        let file = self.file;
        let listen = flags.listen.clone().or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let replies = flags.replies.clone().or(file.replies).unwrap_or_else(|| "documented".to_owned());
        let dialers = flags.dialers.clone().or(file.dialers).unwrap_or_else(|| "ami".to_owned());
        let proxies = flags.trusted_proxies.clone().or(file.trusted_proxies).unwrap_or_default();
        Ok(ServeConfig {
            database: self.database,
            listen: listen.parse().map_err(|_| {
                wrong("listen", format!("`{listen}` is no address with a port: use, for example, 127.0.0.1:8080"))
            })?,
            floor: floor::Options {
                driver: dialers.parse::<Driver>().map_err(|error| wrong("dialers", error.to_string()))?,
                ..floor::Options::default()
            },
            web: web::Settings {
                replies: replies.parse::<Dialect>().map_err(|error| wrong("replies", error.to_string()))?,
                upgrade_passwords: flags.upgrade_passwords.or(file.upgrade_passwords).unwrap_or(true),
                client_timeout: seconds(flags.client_timeout.or(file.client_timeout).unwrap_or(15))?,
                trusted_proxies: proxies.iter().map(|proxy| proxy_at(proxy)).collect::<Result<_, _>>()?,
            },
            retention: Retention {
                api_log_days: flags.api_log_days.or(file.api_log_days).unwrap_or(90),
                admin_log_days: flags.admin_log_days.or(file.admin_log_days).unwrap_or(0),
            },
            log: flags.log.clone().or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

fn read_file(path: &Path) -> Result<File, Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| Failure::ConfigFile { path: path.to_owned(), source })?;
    // Without the line that it quotes: that may hold the database's password.
    let in_one_line = |error: toml::de::Error| error.message().replace('\n', ", ");
    toml::from_str(&text).map_err(|error| Failure::ConfigSyntax { path: path.to_owned(), reason: in_one_line(error) })
}

fn wrong(setting: &'static str, reason: String) -> Failure {
    Failure::Setting { setting, reason }
}

fn database_at(url: &str) -> Result<Options, Failure> {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Options { path: PathBuf::from(path) }),
        // The rest of the text may hold a password, so it is not repeated.
        _ => Err(wrong("database", "only `sqlite:FILE` is known so far, for example sqlite:hotdesk.db".to_owned())),
    }
}

fn seconds(number: u64) -> Result<Duration, Failure> {
    if (1..=3600).contains(&number) {
        return Ok(Duration::from_secs(number));
    }
    Err(wrong("client_timeout", format!("{number} is not from 1 to 3600 seconds")))
}

fn proxy_at(text: &str) -> Result<IpAddr, Failure> {
    text.trim().parse().map_err(|_| wrong("trusted_proxies", format!("`{text}` is no IP address")))
}
