//! `mariadb://USER@HOST[:PORT][,HOST…]/DATABASE[?key=value&…]`.

use std::fmt;
use std::path::PathBuf;

/// The default port of a host.
const PORT: u16 = 3306;

/// The default number of concurrent transactions.
const CONNECTIONS: usize = 32;

/// A text that is never displayed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Secret(String);

impl Secret {
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Address of a MariaDB database, with the account. Displays without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) hosts: Vec<(String, u16)>,
    pub(super) user: String,
    pub(super) password: Secret,
    pub(super) database: String,
    pub(super) tls: Option<Tls>,
    pub(super) connections: usize,
}

/// TLS settings of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tls {
    /// File with the trusted certificate authorities; `None` for those that browsers trust.
    pub authorities: Option<PathBuf>,
}

/// Error of an invalid address. Does not repeat the text, which may contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text does not have the form of an address.
    #[error("use mariadb://USER@HOST/DATABASE, or several hosts with commas between them")]
    Form,
    /// A percent sign without two hexadecimal digits, or invalid UTF-8.
    #[error("the user, the password or the database's name is not well percent-encoded")]
    Encoding,
    /// An invalid port.
    #[error("`{0}` is no port")]
    Port(String),
    /// An unknown option, or an invalid value of one.
    #[error("behind the `?`, only tls=on, ca=FILE, password_file=FILE and connections=NUMBER (1 to 1000) are known")]
    Option,
    /// The file with the password cannot be read.
    #[error("the password cannot be read from {0}: {1}")]
    PasswordFile(PathBuf, String),
}

impl Address {
    /// Parses an address. A password in it has precedence over the file that it names, and the file over `password`.
    ///
    /// # Errors
    /// [`AddressError`]
    pub fn parse(url: &str, password: Option<String>) -> Result<Self, AddressError> {
        let rest = url.strip_prefix("mariadb://").or_else(|| url.strip_prefix("mysql://")).ok_or(AddressError::Form)?;
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (account, place) = rest.rsplit_once('@').ok_or(AddressError::Form)?;
        let (hosts, database) = place.split_once('/').ok_or(AddressError::Form)?;
        let (user, own) = account.split_once(':').map_or((account, None), |(user, own)| (user, Some(own)));
        let mut address = Self {
            hosts: hosts.split(',').map(host).collect::<Result<_, _>>()?,
            user: decoded(user)?,
            password: Secret(password.unwrap_or_default()),
            database: decoded(database)?,
            tls: None,
            connections: CONNECTIONS,
        };
        if address.user.is_empty() || address.database.is_empty() {
            return Err(AddressError::Form);
        }
        address.read_options(options)?;
        if let Some(own) = own {
            address.password = Secret(decoded(own)?);
        }
        Ok(address)
    }

    fn read_options(&mut self, options: &str) -> Result<(), AddressError> {
        let mut authorities = None;
        for (key, value) in options
            .split('&')
            .filter(|option| !option.is_empty())
            .map(|option| option.split_once('=').unwrap_or((option, "")))
        {
            let value = decoded(value)?;
            match (key, value.as_str()) {
                ("tls", "on") => self.tls = Some(Tls { authorities: None }),
                ("tls", "off") => self.tls = None,
                ("ca", file) if !file.is_empty() => authorities = Some(PathBuf::from(file)),
                ("password_file", file) if !file.is_empty() => self.password = password_in(PathBuf::from(file))?,
                ("connections", number) => {
                    let number = number.parse().ok().filter(|number| (1..=1000).contains(number));
                    self.connections = number.ok_or(AddressError::Option)?;
                }
                _ => return Err(AddressError::Option),
            }
        }
        if authorities.is_some() {
            self.tls = Some(Tls { authorities });
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        write!(f, "mariadb://{}@{}/{}", self.user, hosts.join(","), self.database)
    }
}

fn password_in(file: PathBuf) -> Result<Secret, AddressError> {
    let text = std::fs::read_to_string(&file).map_err(|error| AddressError::PasswordFile(file, error.to_string()))?;
    Ok(Secret(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A host with its port; an IPv6 address is in brackets.
fn host(text: &str) -> Result<(String, u16), AddressError> {
    let (name, rest) = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']').ok_or(AddressError::Form)?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if name.is_empty() {
        return Err(AddressError::Form);
    }
    let port = match rest.strip_prefix(':') {
        Some(port) => port.parse().map_err(|_| AddressError::Port(port.to_owned()))?,
        None if rest.is_empty() => PORT,
        None => return Err(AddressError::Form),
    };
    Ok((name.to_owned(), port))
}

/// Decodes a part of an address, in which `%41` stands for `A`.
fn decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after.split_at_checked(2).ok_or(AddressError::Encoding)?;
        let digit = |place: usize| digits.0.get(place).and_then(|digit| char::from(*digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else { return Err(AddressError::Encoding) };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| AddressError::Encoding)?);
        rest = digits.1;
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, AddressError> {
        Address::parse(url, Some("from the environment".into()))
    }

    #[test]
    fn an_address_names_hosts_user_and_database() {
        let address = parse("mariadb://desk@db1,db2:3307,[fd00::1]:3308/asterisk").unwrap();
        let host = |name: &str, port| (name.to_owned(), port);
        assert_eq!(address.hosts, [host("db1", 3306), host("db2", 3307), host("fd00::1", 3308)]);
        assert_eq!((address.user.as_str(), address.database.as_str()), ("desk", "asterisk"));
        assert_eq!(address.password.reveal(), "from the environment");
        assert_eq!((address.tls, address.connections), (None, 32));
    }

    #[test]
    fn a_password_may_be_in_the_address_or_in_a_file_and_is_never_shown() {
        let address = parse("mysql://desk:p%40ss%3aword@db/asterisk?connections=8").unwrap();
        assert_eq!((address.password.reveal(), address.connections), ("p@ss:word", 8));
        assert_eq!(address.to_string(), "mariadb://desk@db:3306/asterisk");
        assert!(!format!("{address:?}").contains("p@ss"), "{address:?}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from a file\n").unwrap();
        let url = format!("mariadb://desk@db/asterisk?password_file={}", file.path().display());
        assert_eq!(parse(&url).unwrap().password.reveal(), "from a file");
    }

    #[test]
    fn a_file_of_authorities_switches_tls_on() {
        let tls = |options: &str| parse(&format!("mariadb://u@h/d?{options}")).unwrap().tls;
        assert_eq!(tls("tls=on"), Some(Tls { authorities: None }));
        assert_eq!(tls("ca=/etc/db.pem"), Some(Tls { authorities: Some("/etc/db.pem".into()) }));
        assert_eq!(tls("tls=off"), None);
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for (url, reason) in [
            ("mariadb://db/asterisk", AddressError::Form),
            ("mariadb://desk@db", AddressError::Form),
            ("mariadb://desk@/asterisk", AddressError::Form),
            ("mariadb://@db/asterisk", AddressError::Form),
            ("mariadb://desk:se%cret@db/asterisk", AddressError::Encoding),
            ("mariadb://desk@db:port/asterisk", AddressError::Port("port".into())),
            ("mariadb://desk@db/asterisk?tls=perhaps", AddressError::Option),
            ("mariadb://desk@db/asterisk?connections=0", AddressError::Option),
        ] {
            assert_eq!(parse(url), Err(reason), "{url}");
        }
    }
}
