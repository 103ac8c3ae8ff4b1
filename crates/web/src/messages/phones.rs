//! What is wrong with a phone.

use fleet::phones::PhoneFault;
use fleet::save::KeyFault;
use fleet::schema::Invalid;

/// What is wrong with a field.
pub(crate) fn fault(fault: &PhoneFault) -> String {
    match fault {
        PhoneFault::Value(what) => value(what),
        PhoneFault::PhoneExists => "The dialer has a phone of this extension already.".to_owned(),
        PhoneFault::LoginTaken(other) => {
            format!("This login is that of phone {} on {} already.", other.extension, other.server_ip)
        }
        PhoneFault::LoginTwice => "Two of these phones would have this login.".to_owned(),
        PhoneFault::NoSuchDialer => "There is no such dialer.".to_owned(),
        PhoneFault::NoSuchTemplate => "There is no such template.".to_owned(),
        PhoneFault::AliasExists => "There is an alias of this name already.".to_owned(),
        PhoneFault::AliasTwice => "Two of these aliases would have this name.".to_owned(),
        PhoneFault::AliasTooLong(alias) => format!("With it, the list of logins of alias {alias} would be too long."),
        PhoneFault::NeverRegistered => {
            "Here a phone joins an alias only once it has been seen registered (alias_members). Make the phones without \
             aliases, and the aliases later."
                .to_owned()
        }
    }
}

/// What is wrong with a key.
pub(crate) fn key_fault(fault: &KeyFault) -> String {
    match fault {
        KeyFault::Phone(fault) => self::fault(fault),
        KeyFault::Value(what) => value(what),
        // No other table's key is in the form of a phone.
        _ => "This value is not possible.".to_owned(),
    }
}

fn value(what: &Invalid) -> String {
    match what {
        Invalid::Missing { .. } => "This is needed.".to_owned(),
        Invalid::NotAllowed { allowed, .. } => format!("Only {} are allowed.", allowed.replace('`', "")),
        Invalid::TooLong { found, at_most, .. } => {
            format!("At most {at_most} characters are allowed; these are {found}.")
        }
        Invalid::TooShort { at_least, .. } => format!("At least {at_least} characters are needed."),
        Invalid::NotInRange { from, to, .. } => format!("A whole number from {from} to {to} is needed."),
        Invalid::NotOneOf { known, .. } => format!("It must be one of {known}."),
        Invalid::NoTimeZone { .. } => "That is no time zone. Use hours from GMT, such as -5.00.".to_owned(),
        other => other.to_string(),
    }
}
