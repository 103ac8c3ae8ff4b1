//! What is wrong with an alias.

use fleet::aliases::save::Problem;

/// What is wrong with a field.
pub(crate) fn problem(problem: &Problem) -> String {
    match problem {
        Problem::IdLength => "An alias has 2 to 20 characters.".to_owned(),
        Problem::IdCharacters => "Only letters, digits, “-” and “_” can be typed at a phone login.".to_owned(),
        Problem::IdTaken => "There is an alias of this name already.".to_owned(),
        Problem::NameLength(least) => format!("A name has {least} to 50 characters."),
        Problem::NameCharacters => "Only letters, digits, blanks and “-+.:/@_” can be in a name.".to_owned(),
        Problem::NoMembers => "Add at least one phone.".to_owned(),
        Problem::TooManyMembers => {
            "These are too many: 100 phones are the most, and all logins together may have 255 characters.".to_owned()
        }
        Problem::Unknown(login) => format!("No phone has the login {login}."),
        Problem::NeverRegistered(login) => format!(
            "The phone of {login} has never been seen registered, and here only phones that were may join an alias."
        ),
    }
}
