//! Search parameters of the list of logins.

use fleet::Timestamp;
use fleet::sessions::history::{PastSessionsFilter, Per};

use crate::admin::lists;
use crate::admin::messages::logins as words;
use crate::http::days::{self, DAY};
use crate::http::fields::Fields;

/// Maximum number of days at once.
const DAYS: i64 = 31;

/// The parsed search.
pub(super) struct LoginSearch {
    /// First day, as `2026-11-21`.
    pub(super) from: String,
    /// Last day.
    pub(super) to: String,
    pub(super) alias: String,
    pub(super) dialer: String,
    pub(super) agent: String,
    pub(super) state: &'static str,
}

impl LoginSearch {
    /// Parses the query, with a note about corrected values. `day` sets both days.
    pub(super) fn read(fields: &Fields, now: Timestamp) -> (Self, &'static str) {
        let field = |name: &str| fields.get(name).trim().to_owned();
        let either = |name: &str| if fields.get(name).is_empty() { field("day") } else { field(name) };
        let (typed_from, typed_to) = (either("from"), either("to"));
        let today = day_of(now);
        let (from, to) = match (begin(&typed_from), begin(&typed_to)) {
            (Some(from), Some(to)) => (from, to),
            (Some(one), None) | (None, Some(one)) => (one, one),
            (None, None) => (today, today),
        };
        let is_read = |typed: &str| typed.is_empty() || begin(typed).is_some();
        let (note, from) = match () {
            () if !is_read(&typed_from) || !is_read(&typed_to) => {
                ("Enter days as 2026-11-21. Other values were ignored.", from.min(to))
            }
            () if to < from => ("The first day is after the last, so only the last is shown.", to),
            () if to - from > (DAYS - 1) * DAY => {
                ("The list shows at most 31 days at once: these are the last 31.", to - (DAYS - 1) * DAY)
            }
            () => ("", from),
        };
        let state = fields.get("state");
        let state = words::STATES.iter().map(|(known, _)| *known).find(|known| *known == state).unwrap_or_default();
        let (alias, dialer, agent) = (field("alias"), field("dialer"), field("agent"));
        (Self { from: name(from), to: name(to), alias, dialer, agent, state }, note)
    }

    /// The search as a filter for the database.
    pub(super) fn filter(&self) -> PastSessionsFilter {
        PastSessionsFilter {
            from: format!("{} 00:00:00", self.from),
            until: Timestamp::from_unix(begin(&self.to).unwrap_or_default() + DAY).stamp(),
            typed: self.alias.clone(),
            server_ip: self.dialer.clone(),
            user: self.agent.clone(),
            state: self.state.to_owned(),
        }
    }

    /// Address of a page with this search.
    pub(super) fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let days: &[(&str, &str)] =
            if self.from == self.to { &[("day", &self.from)] } else { &[("from", &self.from), ("to", &self.to)] };
        let rest =
            [("alias", self.alias.as_str()), ("dialer", &self.dialer), ("agent", &self.agent), ("state", self.state)];
        lists::address(path, &[days, &rest, more].concat())
    }

    /// Keys of all hours of the day, or of all days, under which logins are counted.
    pub(super) fn labels(&self, per: Per) -> Vec<String> {
        match per {
            Per::Hour => (0..24).map(|hour| format!("{} {hour:02}", self.from)).collect(),
            Per::Day => {
                let (from, to) = (begin(&self.from).unwrap_or_default(), begin(&self.to).unwrap_or_default());
                (0..=(to - from) / DAY).map(|day| name(from + day * DAY)).collect()
            }
        }
    }
}

/// Start of a day; `None` if the text is not a date.
fn begin(day: &str) -> Option<i64> {
    days::begin(day).map(Timestamp::unix)
}

fn day_of(now: Timestamp) -> i64 {
    now.unix() - now.unix().rem_euclid(DAY)
}

/// The day that begins at this time.
fn name(begin: i64) -> String {
    Timestamp::from_unix(begin).stamp().get(..10).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> (LoginSearch, &'static str) {
        LoginSearch::read(&Fields::read(query.as_bytes()), Timestamp::from_stamp("2026-11-21 05:31:00").unwrap())
    }

    fn days(query: &str) -> (String, String, bool) {
        let (search, note) = read(query);
        (search.from, search.to, note.is_empty())
    }

    #[test]
    fn the_default_is_today_and_a_search_covers_at_most_31_days() {
        let day = |from: &str, to: &str, is_quiet| (from.to_owned(), to.to_owned(), is_quiet);
        assert_eq!(days(""), day("2026-11-21", "2026-11-21", true));
        assert_eq!(days("day=2026-02-28"), day("2026-02-28", "2026-02-28", true));
        assert_eq!(days("from=2026-11-01&to=2026-11-03"), day("2026-11-01", "2026-11-03", true));
        assert_eq!(days("from=2026-11-05"), day("2026-11-05", "2026-11-05", true));
        assert_eq!(days("from=2020-01-01&to=2026-11-21"), day("2026-10-22", "2026-11-21", false));
        assert_eq!(days("from=2026-11-05&to=2026-11-03"), day("2026-11-03", "2026-11-03", false));
        for nonsense in ["day=yesterday", "day=2026-02-30", "day=2026-11-21T0", "day=%00"] {
            assert_eq!(days(nonsense), day("2026-11-21", "2026-11-21", false), "{nonsense}");
        }
    }

    #[test]
    fn a_search_survives_a_round_trip_through_its_address() {
        let (search, _) =
            read("from=2026-11-20&to=2026-11-21&alias=a%26b&agent=%201001&state=no_phone&dialer=10.0.9.8");
        let address = search.address("/admin/logins", &[("id", "7")]);
        let expected = "/admin/logins?from=2026%2D11%2D20&to=2026%2D11%2D21&alias=a%26b&dialer=10%2E0%2E9%2E8&agent=1001&state=no%5Fphone&id=7";
        assert_eq!(address, expected);
        let filter = search.filter();
        assert_eq!((filter.from.as_str(), filter.until.as_str()), ("2026-11-20 00:00:00", "2026-11-22 00:00:00"));
        assert_eq!(read("state=dancing").0.state, "");
        assert_eq!(search.labels(Per::Day), ["2026-11-20", "2026-11-21"]);
        assert_eq!(read("").0.labels(Per::Hour)[5], "2026-11-21 05");
    }
}
