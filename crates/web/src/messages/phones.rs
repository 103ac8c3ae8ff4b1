//! Validation messages about phones.

use fleet::phones::PhoneFault;
use fleet::save::KeyFault;
use fleet::schema::Invalid;

/// Why the value of a field is refused.
pub(crate) fn fault(fault: &PhoneFault) -> String {
    match fault {
        PhoneFault::Value(what) => value(what),
        PhoneFault::PhoneExists => "The dialer already has a phone with this extension.".to_owned(),
        PhoneFault::LoginTaken(other) => {
            format!("Phone {} on {} already has this login.", other.extension, other.server_ip)
        }
        PhoneFault::LoginTwice => "Two of these phones would have this login.".to_owned(),
        PhoneFault::NoSuchDialer => "This dialer does not exist.".to_owned(),
        PhoneFault::NoSuchTemplate => "This template does not exist.".to_owned(),
        PhoneFault::AliasExists => "An alias with this name already exists.".to_owned(),
        PhoneFault::AliasTwice => "Two of these aliases would have this name.".to_owned(),
        PhoneFault::AliasTooLong(alias) => format!("The list of logins of alias {alias} would be too long with it."),
        PhoneFault::NeverRegistered => {
            "Only phones that have registered can join an alias (setting alias_members). Create the phones without aliases \
             first, and the aliases later."
                .to_owned()
        }
    }
}

/// Why the value of a key is refused.
pub(crate) fn key_fault(fault: &KeyFault) -> String {
    match fault {
        KeyFault::Phone(fault) => self::fault(fault),
        KeyFault::Value(what) => value(what),
        // The phone form has no fields of other tables.
        _ => "Invalid value.".to_owned(),
    }
}

fn value(what: &Invalid) -> String {
    match what {
        Invalid::Missing { .. } => "Required.".to_owned(),
        Invalid::NotAllowed { allowed, .. } => format!("Only {} are allowed.", allowed.replace('`', "")),
        Invalid::TooLong { found, at_most, .. } => {
            format!("Too long: {found} characters; at most {at_most} are allowed.")
        }
        Invalid::TooShort { at_least, .. } => format!("Too short: at least {at_least} characters are required."),
        Invalid::NotInRange { from, to, .. } => format!("Enter a whole number from {from} to {to}."),
        Invalid::NotOneOf { known, .. } => format!("Choose one of {known}."),
        Invalid::NoTimeZone { .. } => "Not a time zone. Enter hours from GMT, e.g. -5.00.".to_owned(),
        other => other.to_string(),
    }
}
