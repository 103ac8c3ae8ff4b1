//! Logins of the past: found by their time first, and by what else is wanted among those.

use crate::sessions::State;

/// Which logins. What is empty does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastSessionsFilter {
    /// They began then or later, as `2026-11-21 00:00:00`.
    pub from: String,
    /// They began before then.
    pub until: String,
    /// What the agent logged in with: an alias or a phone's login.
    pub typed: String,
    /// The dialer.
    pub server_ip: String,
    /// The agent.
    pub user: String,
    /// How they are now: a word of [`State`], `open` for all but those that are over, or the reason for which they are over.
    pub state: String,
}

impl PastSessionsFilter {
    /// Whether a login with these columns is one of them, whenever it began.
    #[must_use]
    pub fn takes(&self, user: &str, typed: &str, server_ip: &str, state: &str, end_reason: &str) -> bool {
        // As keys compare, but without making one for each of many thousands.
        let is = |wanted: &str, found: &str| {
            let (wanted, found) = (wanted.trim_end_matches(' '), found.trim_end_matches(' '));
            wanted.is_empty() || wanted.eq_ignore_ascii_case(found)
        };
        let is_so = match self.state.as_str() {
            "" => true,
            "open" => state != State::Ended.word(),
            wanted => wanted == state || (wanted == end_reason && state == State::Ended.word()),
        };
        is_so && is(&self.user, user) && is(&self.typed, typed) && is(&self.server_ip, server_ip)
    }
}

/// A page of logins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastSessionsQuery {
    /// Which.
    pub filter: PastSessionsFilter,
    /// Before this one, by its beginning and its number; `None` for the latest.
    pub before: Option<(String, i64)>,
    /// How many.
    pub at_most: u32,
    /// How many of that time are looked at for that.
    pub looks_at: u32,
}

/// Logins that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastSessions {
    /// The latest first.
    pub lines: Vec<PastSession>,
    /// Where to go on, if there may be more: behind the last that was looked at.
    pub goes_on: Option<(String, i64)>,
}

/// A login, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSession {
    /// The session's number.
    pub session_id: i64,
    /// The agent.
    pub user: String,
    /// What the agent logged in with; empty where that was not kept yet.
    pub typed: String,
    /// The campaign; empty for none.
    pub campaign_id: String,
    /// How far it is.
    pub state: State,
    /// The phone's login; empty if none was found.
    pub phone_login: String,
    /// The dialer.
    pub server_ip: String,
    /// When it began, as `2026-11-21 05:31:00`.
    pub began: String,
    /// When it ended; empty while it has not.
    pub ended: String,
    /// Why it ended.
    pub end_reason: String,
    /// What happened, one line of JSON a step.
    pub trail: String,
}

/// By what logins are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// `2026-11-21 05`.
    Hour,
    /// `2026-11-21`.
    Day,
}

/// How many logins there were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionCounts {
    /// The hour or day, the dialer (empty where none could take the agent), and how many.
    pub counts: Vec<(String, String, u32)>,
    /// How many were counted.
    pub counted: u32,
    /// Since when all were looked at, if that is not the whole time.
    pub since: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_found_by_what_is_wanted_and_names_whatever_their_case() {
        let takes = |filter: &PastSessionsFilter| filter.takes("a1", "Team1", "10.0.9.8", "ended", "no_phone");
        assert!(takes(&PastSessionsFilter::default()));
        for (state, is_it) in
            [("open", false), ("ended", true), ("no_phone", true), ("live", false), ("hung_up", false)]
        {
            assert_eq!(
                takes(&PastSessionsFilter { state: state.into(), ..PastSessionsFilter::default() }),
                is_it,
                "{state}"
            );
        }
        assert!(takes(&PastSessionsFilter {
            typed: "TEAM1 ".into(),
            user: "A1".into(),
            ..PastSessionsFilter::default()
        }));
        assert!(!takes(&PastSessionsFilter { typed: "team".into(), ..PastSessionsFilter::default() }));
        assert!(!takes(&PastSessionsFilter { server_ip: "10.0.9.9".into(), ..PastSessionsFilter::default() }));
        let open = PastSessionsFilter { state: "open".into(), ..PastSessionsFilter::default() };
        assert!(open.takes("a1", "", "", "live", ""));
    }
}
