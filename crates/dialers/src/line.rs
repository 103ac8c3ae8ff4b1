//! A line: the name by which a dialer knows a phone, an account of one of its channel drivers.

use std::fmt;

/// An account on a dialer as Asterisk names it, such as `SIP/cc100`. Names are case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Line {
    /// The channel driver.
    pub technology: Technology,
    /// The account's name.
    pub name: String,
}

/// Channel drivers whose registrations Hotdesk reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Technology {
    /// `chan_sip`.
    Sip,
    /// `chan_pjsip`.
    Pjsip,
}

impl Line {
    /// A `chan_sip` account.
    #[must_use]
    pub fn sip(name: &str) -> Self {
        Self { technology: Technology::Sip, name: name.to_owned() }
    }

    /// A `chan_pjsip` account.
    #[must_use]
    pub fn pjsip(name: &str) -> Self {
        Self { technology: Technology::Pjsip, name: name.to_owned() }
    }

    /// The line of a dial string such as `SIP/cc100`. `None` for dial strings without a known registration, such as
    /// `IAX2/cc100`, `Local/8300@default` and `SIP/trunk/7275551212`.
    #[must_use]
    pub fn of_dial_string(dial_string: &str) -> Option<Self> {
        let (technology, name) = dial_string.split_once('/')?;
        let is_account = !name.is_empty() && !name.contains(['/', '@', '&']);
        let known = [Technology::Sip, Technology::Pjsip].into_iter();
        let technology = known.into_iter().find(|known| known.word().eq_ignore_ascii_case(technology))?;
        is_account.then(|| Self { technology, name: name.to_owned() })
    }
}

impl Technology {
    /// The prefix in a dial string.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sip => "SIP",
            Self::Pjsip => "PJSIP",
        }
    }
}

/// As a dial string: `SIP/cc100`.
impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.technology.word(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dial_strings_of_accounts_that_register_are_lines() {
        assert_eq!(Line::of_dial_string("SIP/cc100"), Some(Line::sip("cc100")));
        assert_eq!(Line::of_dial_string("pjsip/cc100"), Some(Line::pjsip("cc100")));
        for other in ["IAX2/cc100", "Local/8300@default", "SIP/trunk/7275551212", "SIP/", "SIP", "", "SIP/a&SIP/b"] {
            assert_eq!(Line::of_dial_string(other), None, "{other}");
        }
        assert_eq!(Line::pjsip("cc100").to_string(), "PJSIP/cc100");
    }
}
