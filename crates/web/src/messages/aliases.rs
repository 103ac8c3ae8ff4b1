//! What is wrong with an alias.

use fleet::aliases::save::AliasFault;

/// What is wrong with a field.
pub(crate) fn problem(problem: &AliasFault) -> String {
    match problem {
        AliasFault::IdLength => "An alias has 2 to 20 characters.".to_owned(),
        AliasFault::IdCharacters => "Only letters, digits, “-” and “_” can be typed at a phone login.".to_owned(),
        AliasFault::IdTaken => "There is an alias of this name already.".to_owned(),
        AliasFault::NameLength(least) => format!("A name has {least} to 50 characters."),
        AliasFault::NameCharacters => "Only letters, digits, blanks and “-+.:/@_” can be in a name.".to_owned(),
        AliasFault::NoMembers => "Add at least one phone.".to_owned(),
        AliasFault::TooManyMembers => {
            "These are too many: 100 phones are the most, and all logins together may have 255 characters.".to_owned()
        }
        AliasFault::Unknown(login) => format!("No phone has the login {login}."),
        AliasFault::NeverRegistered(login) => format!(
            "The phone of {login} has never been seen registered, and here only phones that were may join an alias."
        ),
    }
}
