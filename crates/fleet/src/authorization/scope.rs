//! What a token may be used for: a part of what its account may do.

/// A part of the API. A token names those that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Look at everything that is not of another scope alone.
    Read,
    /// Change phones, aliases and templates.
    Phones,
    /// Change users and their groups.
    Users,
    /// Change dialers, drain and empty them.
    Dialers,
    /// Move and end sessions.
    Sessions,
    /// Dialers' configuration files, which contain secrets.
    Conf,
    /// Webhooks.
    Webhooks,
}

impl Scope {
    /// All scopes, in the order in which they are written.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Phones, Self::Users, Self::Dialers, Self::Sessions, Self::Conf, Self::Webhooks];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Phones => "phones",
            Self::Users => "users",
            Self::Dialers => "dialers",
            Self::Sessions => "sessions",
            Self::Conf => "conf",
            Self::Webhooks => "webhooks",
        }
    }

    /// Parses a scope. Tokens that were made before 0.1.0 have `servers` where new ones have `dialers`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = if word == "servers" { Self::Dialers.word() } else { word };
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
        assert_eq!(Scope::parse("servers"), Some(Scope::Dialers), "as tokens of earlier versions have it");
        assert_eq!(Scope::parse("Read"), None);
        assert_eq!(Scope::parse(""), None);
    }
}
