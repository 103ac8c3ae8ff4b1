//! Scopes of a token: the parts of its account's permissions that it has.

/// A part of the API that a token can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read everything that does not require another scope.
    Read,
    /// Change phones, aliases and templates.
    Phones,
    /// Change users, user groups and IP lists.
    Users,
    /// Change and drain dialers, and move agents away from them.
    Dialers,
    /// Move and end agent sessions.
    Sessions,
    /// Read dialers' configuration files, which contain secrets.
    Conf,
    /// Manage webhooks.
    Webhooks,
}

impl Scope {
    /// All scopes, in display order.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Phones, Self::Users, Self::Dialers, Self::Sessions, Self::Conf, Self::Webhooks];

    /// Name of the scope in tokens and the API.
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

    /// Parses a scope. Tokens from before version 0.1.0 have `servers` instead of `dialers`.
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
    fn every_scope_parses_from_its_name() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.word()), Some(scope));
        }
        assert_eq!(Scope::parse("servers"), Some(Scope::Dialers), "tokens of earlier versions");
        assert_eq!(Scope::parse("Read"), None);
        assert_eq!(Scope::parse(""), None);
    }
}
