//! Validation messages about aliases.

use fleet::aliases::save::AliasFault;

/// Why the value of a field is refused.
pub(crate) fn problem(problem: &AliasFault) -> String {
    match problem {
        AliasFault::IdLength => "The alias must have 2 to 20 characters.".to_owned(),
        AliasFault::IdCharacters => "Use only letters, digits, “-” and “_”.".to_owned(),
        AliasFault::IdTaken => "An alias with this name already exists.".to_owned(),
        AliasFault::NameLength(least) => format!("The name must have {least} to 50 characters."),
        AliasFault::NameCharacters => "Use only letters, digits, spaces and “-+.:/@_”.".to_owned(),
        AliasFault::NoMembers => "Add at least one phone.".to_owned(),
        AliasFault::TooManyMembers => {
            "Too many phones: an alias can have at most 100, and at most 255 characters for all logins.".to_owned()
        }
        AliasFault::Unknown(login) => format!("No phone has the login {login}."),
        AliasFault::NeverRegistered(login) => format!(
            "Phone {login} has never registered. Only phones that have registered can join an alias (setting alias_members)."
        ),
    }
}
