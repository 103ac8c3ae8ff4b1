//! What a token may be used for, beyond what its account may do.

/// What a call of the JSON API does: a token has some of these words, an account all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Looking at anything but secrets.
    Read,
    /// Changing phones, aliases and templates.
    Phones,
    /// Changing users.
    Users,
    /// Changing dialers, draining and emptying them.
    Servers,
    /// Moving and ending sessions.
    Sessions,
    /// Reading dialers' configuration files, which hold secrets.
    Conf,
    /// Changing webhooks.
    Webhooks,
}

impl Scope {
    /// Every scope, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Phones, Self::Users, Self::Servers, Self::Sessions, Self::Conf, Self::Webhooks];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Phones => "phones",
            Self::Users => "users",
            Self::Servers => "servers",
            Self::Sessions => "sessions",
            Self::Conf => "conf",
            Self::Webhooks => "webhooks",
        }
    }

    /// The scope of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_found_by_its_word() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.word()), Some(scope));
        }
        assert_eq!(Scope::parse("Read"), None);
    }
}
