//! Parsers of settings' values. An error is a reason without the setting's name.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use dialers::tls::Authorities;
use fleet::non_agent_api::reset_password::is_address;
use floor::Driver;
use serde::{Deserialize, Serialize, Serializer};
use store::{Address, Location};
use web::{ForwardedHeader, Upstream};

use super::secrets;
use crate::failure::Failure;
use crate::system::SystemClock;

/// URL of a database. It may contain a password, and is serialized without it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.without_password())
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.without_password())
    }
}

impl DatabaseUrl {
    pub fn location(&self) -> Result<Location, String> {
        let Self(url) = self;
        if url.starts_with("mariadb://") || url.starts_with("mysql://") {
            let password = std::env::var(secrets::DATABASE_PASSWORD).ok();
            let address = Address::parse(url, password).map_err(|error| error.to_string())?;
            return Ok(Location::Mariadb(Box::new(address)));
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Location::File(PathBuf::from(path))),
            // The rest of the text may be a password, so the message does not repeat it.
            _ => Err("use `sqlite:FILE` or `mariadb://USER@HOST/DATABASE`".to_owned()),
        }
    }

    fn without_password(&self) -> String {
        match self.location() {
            Ok(Location::File(path)) => format!("sqlite:{}", path.display()),
            Ok(Location::Mariadb(address)) => address.to_string(),
            Err(_) => String::new(),
        }
    }
}

pub fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Parses each item of a list.
pub fn each<T>(items: Option<&[String]>, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    items.unwrap_or_default().iter().map(|item| read(item)).collect()
}

pub fn within<T: PartialOrd + Display>(number: T, range: RangeInclusive<T>, unit: &str) -> Result<T, String> {
    if range.contains(&number) {
        return Ok(number);
    }
    Err(format!("{number} is not in the range {} to {}{unit}", range.start(), range.end()))
}

pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address with a port: use, for example, 127.0.0.1:8080"))
}

pub fn ip_address(text: &str) -> Result<IpAddr, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not an IP address"))
}

pub fn dialer_authorities(path: &Path) -> Result<Authorities, String> {
    let pem = read_file(path)?;
    Authorities::from_pem(&pem, Arc::new(SystemClock)).map_err(|error| format!("{}: {error}", path.display()))
}

pub fn receiver_authorities(path: &Path) -> Result<Vec<u8>, String> {
    let pem = read_file(path)?;
    let is_pem = pem.windows(27).any(|line| line == b"-----BEGIN CERTIFICATE-----");
    if is_pem { Ok(pem) } else { Err(format!("{}: the file contains no certificate", path.display())) }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: cannot read the file: {error}", path.display()))
}

/// Whether phones that are not registered are left out.
pub fn registered_only(word: &str) -> Result<bool, String> {
    match word {
        "last" => Ok(false),
        "never" => Ok(true),
        _ => Err(format!("`{word}` is neither `last` nor `never`")),
    }
}

/// A program by its whole path, so that no other one of its name is run.
pub fn program(path: Option<&Path>) -> Result<Option<PathBuf>, String> {
    match path {
        Some(path) if !path.is_absolute() => Err(format!("`{}` is not a whole path", path.display())),
        path => Ok(path.map(Path::to_owned)),
    }
}

/// The address of a sender.
pub fn mail_address(address: Option<&str>) -> Result<Option<String>, String> {
    match address {
        Some(address) if !is_address(address) => Err(format!("`{address}` is not an email address")),
        address => Ok(address.map(str::to_owned)),
    }
}

/// Whether agents of groups that the caller does not see are reached.
pub fn reaches_all_agents(word: &str) -> Result<bool, String> {
    match word {
        "viewable" => Ok(false),
        "all" => Ok(true),
        _ => Err(format!("`{word}` is neither `viewable` nor `all`")),
    }
}

/// The header in which proxies report the client's address.
pub fn forwarded_header(name: &str) -> Result<ForwardedHeader, String> {
    match name.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ForwardedHeader::XForwardedFor),
        "forwarded" => Ok(ForwardedHeader::Forwarded),
        _ => Err(format!("`{name}` is neither `x-forwarded-for` nor `forwarded`")),
    }
}

/// Whether only registered phones may join an alias.
pub fn registered_members(word: &str) -> Result<bool, String> {
    match word {
        "any" => Ok(false),
        "registered" => Ok(true),
        _ => Err(format!("`{word}` is neither `any` nor `registered`")),
    }
}

/// Refuses `alias_members = "registered"` if Hotdesk cannot see registrations.
pub fn visible_to(driver: Driver, registered_members: bool) -> Result<bool, Failure> {
    if registered_members && driver == Driver::Queue {
        let reason = "with `dialers = \"queue\"` Hotdesk cannot see which phones are registered, so no phone could join: use `any`";
        return Err(Failure::Setting { setting: "alias_members", reason: reason.to_owned() });
    }
    Ok(registered_members)
}

/// The upstream, with the functions that are forwarded to it.
pub fn upstream(address: Option<String>, functions: Vec<String>) -> Result<Option<Upstream>, Failure> {
    match address {
        None if functions.is_empty() => Ok(None),
        None => {
            let reason = "functions can be forwarded only with the setting `upstream`".to_owned();
            Err(Failure::Setting { setting: "upstream_functions", reason })
        }
        Some(address) => {
            let upstream = Upstream::new(&address, functions);
            upstream.map(Some).map_err(|error| Failure::Setting { setting: "upstream", reason: error.to_string() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_its_password() {
        let shown = |url: &str| DatabaseUrl::from(url.to_owned()).without_password();
        assert_eq!(shown("sqlite:x.db"), "sqlite:x.db");
        let url = "mariadb://desk:hidden@db/asterisk?connections=8";
        assert_eq!(shown(url), "mariadb://desk@db:3306/asterisk");
        assert_eq!(format!("{:?}", DatabaseUrl::from(url.to_owned())), "mariadb://desk@db:3306/asterisk");
        assert_eq!(shown("hidden"), "");
    }
}
