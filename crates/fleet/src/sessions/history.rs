//! History of agent logins: filters, pages and counts. Searches use the index on time first.

use crate::sessions::State;

/// Filter for logins. Empty fields match everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastSessionsFilter {
    /// Earliest start, inclusive, such as `2026-11-21 00:00:00`.
    pub from: String,
    /// Latest start, exclusive.
    pub until: String,
    /// The alias or phone login that the agent entered.
    pub typed: String,
    /// The dialer.
    pub server_ip: String,
    /// The agent.
    pub user: String,
    /// The state: the name of a [`State`], `open` for all that have not ended, or an end reason.
    pub state: String,
}

impl PastSessionsFilter {
    /// Whether a login with these columns matches, regardless of its start.
    #[must_use]
    pub fn takes(&self, user: &str, typed: &str, server_ip: &str, state: &str, end_reason: &str) -> bool {
        // Compares like name keys, but without allocating one for each of many thousands of rows.
        let is = |wanted: &str, found: &str| {
            let (wanted, found) = (wanted.trim_end_matches(' '), found.trim_end_matches(' '));
            wanted.is_empty() || wanted.eq_ignore_ascii_case(found)
        };
        let state_matches = match self.state.as_str() {
            "" => true,
            "open" => state != State::Ended.word(),
            wanted => wanted == state || (wanted == end_reason && state == State::Ended.word()),
        };
        state_matches && is(&self.user, user) && is(&self.typed, typed) && is(&self.server_ip, server_ip)
    }
}

/// Query for a page of logins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastSessionsQuery {
    /// The filter.
    pub filter: PastSessionsFilter,
    /// Only logins before this one, given by start and id; `None` for the latest.
    pub before: Option<(String, i64)>,
    /// Maximum number of logins.
    pub at_most: u32,
    /// Maximum number of rows to read.
    pub looks_at: u32,
}

/// A page of logins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastSessions {
    /// The logins, latest first.
    pub lines: Vec<PastSession>,
    /// The position of the next page, if there may be more: after the last row that was read.
    pub goes_on: Option<(String, i64)>,
}

/// A login in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSession {
    /// The session's id.
    pub session_id: i64,
    /// The agent.
    pub user: String,
    /// The alias or phone login that the agent entered; empty for logins from before that was stored.
    pub typed: String,
    /// The campaign; empty for none.
    pub campaign_id: String,
    /// The session's state.
    pub state: State,
    /// The phone's login; empty if no phone could take the agent.
    pub phone_login: String,
    /// The dialer.
    pub server_ip: String,
    /// Start, such as `2026-11-21 05:31:00`.
    pub began: String,
    /// End; empty for an open session.
    pub ended: String,
    /// The end reason.
    pub end_reason: String,
    /// The timeline, one line of JSON per step.
    pub trail: String,
}

/// Period for counting logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// An hour, such as `2026-11-21 05`.
    Hour,
    /// A day, such as `2026-11-21`.
    Day,
}

/// Counts of logins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionCounts {
    /// The period, the dialer (empty if none could take the agent), and the number of logins.
    pub counts: Vec<(String, String, u32)>,
    /// Total number of counted logins.
    pub counted: u32,
    /// Start of the complete counts, if the search stopped before the whole period was read.
    pub since: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_match_by_state_and_by_names_without_letter_case() {
        let takes = |filter: &PastSessionsFilter| filter.takes("a1", "Team1", "10.0.9.8", "ended", "no_phone");
        assert!(takes(&PastSessionsFilter::default()));
        for (state, expected) in
            [("open", false), ("ended", true), ("no_phone", true), ("live", false), ("hung_up", false)]
        {
            assert_eq!(
                takes(&PastSessionsFilter { state: state.into(), ..PastSessionsFilter::default() }),
                expected,
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
