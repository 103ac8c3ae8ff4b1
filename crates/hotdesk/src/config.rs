//! Settings: from a file, then the environment, then flags; later wins.

mod told;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dialers::tls::Authorities;
use fleet::sessions::LoginPolicy;
use fleet::webhooks::Networks;
use fleet::webhooks::networks::NoNetwork;
use floor::{Driver, UnknownDriver};
use serde::{Deserialize, Serialize};
use store::{Address, Location};
use web::{Dialect, Upstream};

use crate::cli::{Common, Serving};
use crate::failure::Failure;
use crate::retention::Retention;
use crate::system::SystemClock;

/// The settings file. Every key is optional, and no other is allowed.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<String>,
    listen: Option<String>,
    replies: Option<String>,
    dialers: Option<String>,
    ami_ca: Option<PathBuf>,
    shared_phones: Option<bool>,
    unregistered: Option<String>,
    alias_members: Option<String>,
    rehomed_a_second: Option<u32>,
    upgrade_passwords: Option<bool>,
    trusted_proxies: Option<Vec<String>>,
    webhook_networks: Option<Vec<String>>,
    webhook_ca: Option<PathBuf>,
    client_timeout: Option<u64>,
    upstream: Option<String>,
    upstream_functions: Option<Vec<String>>,
    api_rate: Option<u32>,
    api_log_days: Option<u32>,
    admin_log_days: Option<u32>,
    session_days: Option<u32>,
    line_days: Option<u32>,
    log: Option<String>,
}

/// Settings of every command.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database.
    pub database: Location,
    file: File,
}

/// Settings of the server.
#[derive(Debug)]
pub struct ServeConfig {
    /// The database.
    pub database: Location,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whose certificates are believed of dialers that are reached with TLS.
    pub authorities: Option<Authorities>,
    /// How the floor is run.
    pub floor: floor::Options,
    /// How the doors behave.
    pub web: web::Settings,
    /// How webhooks are told.
    pub webhooks: webhooks::Settings,
    /// How long logs and sessions are kept.
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

    /// Who places the calls, as far as the file and the environment say.
    pub fn driver(&self) -> Result<Driver, Failure> {
        let named = std::env::var("HOTDESK_DIALERS").ok().or_else(|| self.file.dialers.clone());
        named.map_or(Ok(Driver::default()), |name| driver(&name))
    }

    /// Whose certificates are believed, as far as the file and the environment say.
    pub fn authorities(&self) -> Result<Option<Authorities>, Failure> {
        let named = std::env::var_os("HOTDESK_AMI_CA").map(PathBuf::from).or_else(|| self.file.ami_ca.clone());
        named.as_deref().map(authorities_in).transpose()
    }

    /// With the settings of the server.
    pub fn with_serving(self, flags: &Serving) -> Result<ServeConfig, Failure> {
        let file = self.file;
        let in_file = toml::Table::try_from(&file).unwrap_or_default();
        let listen = flags.listen.clone().or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let replies = flags.replies.clone().or(file.replies).unwrap_or_else(|| "documented".to_owned());
        let dialers = flags.dialers.clone().or(file.dialers).unwrap_or_else(|| "ami".to_owned());
        let unregistered = flags.unregistered.clone().or(file.unregistered).unwrap_or_else(|| "last".to_owned());
        let members = flags.alias_members.clone().or(file.alias_members).unwrap_or_else(|| "any".to_owned());
        let driver = driver(&dialers)?;
        let usual = floor::Options::default();
        let rehomed_a_second = flags.rehomed_a_second.or(file.rehomed_a_second).unwrap_or(usual.rehomed_a_second);
        let proxies = flags.trusted_proxies.clone().or(file.trusted_proxies).unwrap_or_default();
        let upstream = flags.upstream.clone().or(file.upstream);
        let passed_on = flags.upstream_functions.clone().or(file.upstream_functions).unwrap_or_default();
        let ca = flags.ami_ca.clone().or(file.ami_ca);
        let networks = flags.webhook_networks.clone().or(file.webhook_networks).unwrap_or_default();
        let webhook_ca = flags.webhook_ca.clone().or(file.webhook_ca);
        let ca_name = ca.as_deref().map(|path| path.display().to_string());
        let mut config = ServeConfig {
            database: self.database,
            listen: listen.parse().map_err(|_| {
                wrong("listen", format!("`{listen}` is no address with a port: use, for example, 127.0.0.1:8080"))
            })?,
            authorities: ca.as_deref().map(authorities_in).transpose()?,
            floor: floor::Options {
                driver,
                rules: LoginPolicy {
                    shared_phones: flags.shared_phones.or(file.shared_phones).unwrap_or(usual.rules.shared_phones),
                    registered_only: registered_only(&unregistered)?,
                    registered_members: registered_members(&members, driver)?,
                },
                rehomed_a_second: pace(rehomed_a_second)?,
            },
            web: web::Settings {
                replies: replies.parse::<Dialect>().map_err(|error| wrong("replies", error.to_string()))?,
                upgrade_passwords: flags.upgrade_passwords.or(file.upgrade_passwords).unwrap_or(true),
                client_timeout: seconds(flags.client_timeout.or(file.client_timeout).unwrap_or(15))?,
                trusted_proxies: proxies.iter().map(|proxy| proxy_at(proxy)).collect::<Result<_, _>>()?,
                upstream: upstream_at(upstream.as_deref(), &passed_on)?,
                api_rate: rate(flags.api_rate.or(file.api_rate).unwrap_or(200))?,
                told: Vec::new(),
            },
            webhooks: webhooks::Settings {
                networks: networks_of(&networks)?,
                authorities: webhook_ca.as_deref().map(certificates_in).transpose()?.unwrap_or_default(),
            },
            retention: Retention {
                api_log: flags.api_log_days.or(file.api_log_days).unwrap_or(90),
                admin_log: flags.admin_log_days.or(file.admin_log_days).unwrap_or(0),
                sessions: flags.session_days.or(file.session_days).unwrap_or(90),
                lines: flags.line_days.or(file.line_days).unwrap_or(90),
            },
            log: flags.log.clone().or(file.log).unwrap_or_else(|| "info".to_owned()),
        };
        config.web.told = told::settings(
            &[
                ("database", told::database(&config.database)),
                ("listen", listen),
                ("replies", replies),
                ("dialers", dialers),
                ("ami_ca", ca_name.unwrap_or_default()),
                ("shared_phones", config.floor.rules.shared_phones.to_string()),
                ("unregistered", unregistered),
                ("alias_members", members),
                ("rehomed_a_second", config.floor.rehomed_a_second.to_string()),
                ("upgrade_passwords", config.web.upgrade_passwords.to_string()),
                ("trusted_proxies", proxies.join(", ")),
                ("webhook_networks", networks.join(", ")),
                ("webhook_ca", webhook_ca.map(|path| path.display().to_string()).unwrap_or_default()),
                ("client_timeout", config.web.client_timeout.as_secs().to_string()),
                ("upstream", upstream.unwrap_or_default()),
                ("upstream_functions", passed_on.join(", ")),
                ("api_rate", config.web.api_rate.to_string()),
                ("api_log_days", config.retention.api_log.to_string()),
                ("admin_log_days", config.retention.admin_log.to_string()),
                ("session_days", config.retention.sessions.to_string()),
                ("line_days", config.retention.lines.to_string()),
                ("log", config.log.clone()),
            ],
            &in_file,
        );
        Ok(config)
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

fn database_at(url: &str) -> Result<Location, Failure> {
    if url.starts_with("mariadb://") || url.starts_with("mysql://") {
        let password = std::env::var("HOTDESK_DATABASE_PASSWORD").ok();
        let address = Address::parse(url, password).map_err(|error| wrong("database", error.to_string()))?;
        return Ok(Location::Mariadb(Box::new(address)));
    }
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Location::File(PathBuf::from(path))),
        // The rest of the text may hold a password, so it is not repeated.
        _ => Err(wrong("database", "use `sqlite:FILE` or `mariadb://USER@HOST/DATABASE`".to_owned())),
    }
}

fn driver(name: &str) -> Result<Driver, Failure> {
    name.parse().map_err(|error: UnknownDriver| wrong("dialers", error.to_string()))
}

fn authorities_in(path: &Path) -> Result<Authorities, Failure> {
    let of_file = |reason: String| wrong("ami_ca", format!("{}: {reason}", path.display()));
    let pem = std::fs::read(path).map_err(|error| of_file(format!("it cannot be read: {error}")))?;
    Authorities::from_pem(&pem, Arc::new(SystemClock)).map_err(|error| of_file(error.to_string()))
}

fn networks_of(words: &[String]) -> Result<Networks, Failure> {
    let networks = words.iter().map(|word| word.parse()).collect::<Result<_, NoNetwork>>();
    networks.map(Networks::new).map_err(|error| wrong("webhook_networks", error.to_string()))
}

fn certificates_in(path: &Path) -> Result<Vec<u8>, Failure> {
    let of_file = |reason: String| wrong("webhook_ca", format!("{}: {reason}", path.display()));
    let pem = std::fs::read(path).map_err(|error| of_file(format!("it cannot be read: {error}")))?;
    let is_pem = pem.windows(27).any(|line| line == b"-----BEGIN CERTIFICATE-----");
    if is_pem { Ok(pem) } else { Err(of_file("there is no certificate in it".to_owned())) }
}

fn registered_only(word: &str) -> Result<bool, Failure> {
    match word {
        "last" => Ok(false),
        "never" => Ok(true),
        _ => Err(wrong("unregistered", format!("`{word}` is neither `last` nor `never`"))),
    }
}

fn registered_members(word: &str, driver: Driver) -> Result<bool, Failure> {
    match (word, driver) {
        ("any", _) => Ok(false),
        ("registered", Driver::Ami) => Ok(true),
        ("registered", Driver::Queue) => {
            let reason = "with `dialers = \"queue\"` nobody sees which phones register, so none could join: use `any`";
            Err(wrong("alias_members", reason.to_owned()))
        }
        _ => Err(wrong("alias_members", format!("`{word}` is neither `any` nor `registered`"))),
    }
}

fn pace(number: u32) -> Result<u32, Failure> {
    if (1..=10_000).contains(&number) {
        return Ok(number);
    }
    Err(wrong("rehomed_a_second", format!("{number} is not from 1 to 10000")))
}

fn rate(number: u32) -> Result<u32, Failure> {
    if number <= 100_000 {
        return Ok(number);
    }
    Err(wrong("api_rate", format!("{number} is not from 0 to 100000")))
}

fn seconds(number: u64) -> Result<Duration, Failure> {
    if (1..=3600).contains(&number) {
        return Ok(Duration::from_secs(number));
    }
    Err(wrong("client_timeout", format!("{number} is not from 1 to 3600 seconds")))
}

fn upstream_at(address: Option<&str>, functions: &[String]) -> Result<Option<Upstream>, Failure> {
    match address {
        None if functions.is_empty() => Ok(None),
        None => Err(wrong("upstream_functions", "nothing can be passed on without the setting `upstream`".to_owned())),
        Some(address) => {
            let upstream = Upstream::new(address, functions.to_vec());
            upstream.map(Some).map_err(|error| wrong("upstream", error.to_string()))
        }
    }
}

fn proxy_at(text: &str) -> Result<IpAddr, Failure> {
    text.trim().parse().map_err(|_| wrong("trusted_proxies", format!("`{text}` is no IP address")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(file: &str, flags: &Serving) -> Result<ServeConfig, Failure> {
        let file = toml::from_str(file).unwrap();
        Config { database: Location::File(PathBuf::from("x")), file }.with_serving(flags)
    }

    #[test]
    fn how_the_floor_is_run_comes_from_the_file_and_a_flag_wins() {
        let usual = served("", &Serving::default()).unwrap().floor;
        assert_eq!(usual, floor::Options::default());
        let file =
            "shared_phones = true\nunregistered = \"never\"\nalias_members = \"registered\"\nrehomed_a_second = 10000";
        let set = served(file, &Serving::default()).unwrap().floor;
        assert_eq!(set.rules, LoginPolicy { shared_phones: true, registered_only: true, registered_members: true });
        assert_eq!(set.rehomed_a_second, 10_000);
        let flags = Serving {
            shared_phones: Some(false),
            unregistered: Some("last".to_owned()),
            alias_members: Some("any".to_owned()),
            rehomed_a_second: Some(1),
            ..Serving::default()
        };
        let set = served(file, &flags).unwrap().floor;
        assert_eq!(set.rules, LoginPolicy::default());
        assert_eq!(set.rehomed_a_second, 1);
    }
}
