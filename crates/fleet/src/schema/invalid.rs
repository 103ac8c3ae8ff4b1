//! Errors in fleet files and sheets, and in single values.

use crate::schema::Table;

/// An error in a fleet file or a sheet, and its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct FileError {
    /// Position of the entry: `phone 3 (extension 100)`, `alias xyz100`, `line 7 (extension 100)`.
    pub place: String,
    /// The error.
    pub what: Invalid,
}

/// An error. It never contains the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant explains its fields")]
pub enum Invalid {
    #[error("unknown section; known sections are {known}")]
    UnknownSection { known: String },
    #[error("this section was renamed: write [[{now}]]")]
    RenamedSection { now: &'static str },
    #[error("this section must be a {wanted}")]
    WrongShape { wanted: &'static str },
    #[error("unknown key {key:?}; known keys are {known}")]
    UnknownKey { key: String, known: String },
    #[error("the keys {key:?} and {other:?} mean the same column; keep one")]
    SameKey { key: String, other: String },
    #[error("the first line must name the columns; known columns are {known}")]
    NoColumns { known: String },
    #[error("unknown column {column:?}; known columns are {known}")]
    UnknownColumn { column: String, known: String },
    #[error("the column {key} is missing")]
    NoColumn { key: &'static str },
    #[error("this line has {found} value{}, but the first line names {wanted}", if *.found == 1 { "" } else { "s" })]
    WrongWidth { found: usize, wanted: usize },
    #[error("{key}: the value is not UTF-8; save the file as UTF-8")]
    NotUtf8 { key: &'static str },
    #[error("the file cannot be read: {reason}")]
    Unreadable { reason: String },
    #[error("{key} is missing")]
    Missing { key: &'static str },
    #[error("{key} must be {wanted}")]
    WrongType { key: &'static str, wanted: &'static str },
    #[error("{key}: only {allowed} are allowed")]
    NotAllowed { key: &'static str, allowed: String },
    #[error("{key} must be at most {at_most} bytes long, but has {found}")]
    TooLong { key: &'static str, found: usize, at_most: usize },
    #[error("{key} must be at least {at_least} bytes long")]
    TooShort { key: &'static str, at_least: usize },
    #[error("{key} must be a whole number from {from} to {to}")]
    NotInRange { key: &'static str, from: i64, to: i64 },
    #[error("{key} {value:?} is not one of {known}")]
    NotOneOf { key: &'static str, value: String, known: String },
    #[error("{key} {value:?} is not a time zone; use hours from GMT, such as \"-5.00\"")]
    NoTimeZone { key: &'static str, value: String },
    #[error("{key}: {value:?} is neither an address nor a network such as \"10.0.9.x\"")]
    NoAddress { key: &'static str, value: String },
    #[error("{key} must be an Argon2id digest, as a PHC string")]
    NoDigest { key: &'static str },
    #[error("pass and pass_hash are both set; keep one")]
    TwoPasswords,
    #[error("pass_hash: VICIdial cannot verify this digest; set pass instead")]
    DigestForVicidial,
    #[error("the password is too long")]
    PasswordTooLong,
    #[error("duplicate entry; the first one is {first}")]
    Twice { first: String },
    #[error("{key}: there is no {target} {value:?}", target = .target.name())]
    NamesNothing { key: &'static str, value: String, target: Table },
    #[error("phone_logins: no phone has the login {login:?}")]
    NoPhone { login: String },
    #[error("phone_login {login:?} is also the login of phone {other}")]
    LoginTaken { login: String, other: String },
    #[error(
        "this would leave no administrator: an active account of level 8 or 9 with a password, \
         vdc_agent_api_access and ast_admin_access"
    )]
    NoAdministratorLeft,
}

impl Invalid {
    /// The key that the error is about, if any.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { key, .. } | Self::SameKey { key, .. } => Some(key),
            Self::UnknownColumn { column, .. } => Some(column),
            Self::NoColumn { key }
            | Self::NotUtf8 { key }
            | Self::Missing { key }
            | Self::WrongType { key, .. }
            | Self::NotAllowed { key, .. }
            | Self::TooLong { key, .. }
            | Self::TooShort { key, .. }
            | Self::NotInRange { key, .. }
            | Self::NotOneOf { key, .. }
            | Self::NoTimeZone { key, .. }
            | Self::NoAddress { key, .. }
            | Self::NoDigest { key }
            | Self::NamesNothing { key, .. } => Some(key),
            Self::NoPhone { .. } => Some("phone_logins"),
            Self::LoginTaken { .. } => Some("phone_login"),
            Self::DigestForVicidial => Some("pass_hash"),
            Self::TwoPasswords | Self::PasswordTooLong => Some("pass"),
            Self::UnknownSection { .. }
            | Self::RenamedSection { .. }
            | Self::WrongShape { .. }
            | Self::NoColumns { .. }
            | Self::WrongWidth { .. }
            | Self::Unreadable { .. }
            | Self::Twice { .. }
            | Self::NoAdministratorLeft => None,
        }
    }
}
