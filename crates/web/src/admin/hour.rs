//! Data for the plots of the last hour: one value per minute, with gaps for minutes without data.

use std::collections::BTreeMap;

use fleet::Timestamp;
use fleet::floor_minutes::Minute;

use super::plot::series::{Bar, Series};

/// Minutes per plot.
const MINUTES: i64 = 60;

/// The hour that ends with the last complete minute.
pub(super) struct Hour {
    /// Time of each minute, e.g. `05:31`.
    pub(super) clock: Vec<String>,
    minutes: Vec<Option<Minute>>,
}

impl Hour {
    /// The hour of the given minutes.
    pub(super) fn of(counted: Vec<Minute>, now: Timestamp) -> Self {
        let over = now.minute().plus_seconds(-60);
        // The minute that has just ended may have no data yet: that is not a gap.
        let is_late = counted.last().is_some_and(|last| last.began == over.plus_seconds(-60));
        let last = if is_late { over.plus_seconds(-60) } else { over };
        let mut counted: BTreeMap<Timestamp, Minute> =
            counted.into_iter().map(|minute| (minute.began, minute)).collect();
        let moments: Vec<Timestamp> = (1 - MINUTES..=0).map(|minute| last.plus_seconds(60 * minute)).collect();
        let clock = moments.iter().map(|at| at.stamp().get(11..16).unwrap_or_default().to_owned()).collect();
        Self { clock, minutes: moments.iter().map(|at| counted.remove(at)).collect() }
    }

    /// Agents per minute of each dialer (address and name), sorted by name.
    pub(super) fn seats(&self, mut dialers: Vec<(String, String)>) -> Vec<Series> {
        dialers.sort_by(|(_, one), (_, other)| one.cmp(other));
        let seats_of =
            |minute: &Minute, server_ip: &str| minute.dialers.get(server_ip).map_or(0, |counted| counted.seats);
        let series = |(server_ip, name): (String, String)| {
            let values = self.minutes.iter().map(|minute| minute.as_ref().map(|minute| seats_of(minute, &server_ip)));
            Series { name, values: values.collect() }
        };
        dialers.into_iter().map(series).collect()
    }

    /// Logins per minute.
    pub(super) fn logins(&self) -> Vec<Option<Bar>> {
        let bar = |minute: &Minute| Bar { taken: minute.logins() - minute.untaken, untaken: minute.untaken };
        self.minutes.iter().map(|minute| minute.as_ref().map(bar)).collect()
    }
}

#[cfg(test)]
mod tests {
    use fleet::floor_minutes::Counted;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_239_075);

    fn minute(ago: i64, seats: u32) -> Minute {
        let dialers = [("10.0.9.8".to_owned(), Counted { seats, logins: 2 })].into();
        Minute { began: NOW.minute().plus_seconds(-60 * ago), dialers, untaken: 1 }
    }

    #[test]
    fn an_hour_ends_with_the_last_complete_minute_and_has_gaps_for_missing_data() {
        let hour = Hour::of(vec![minute(60, 4), minute(3, 5), minute(1, 6)], NOW);
        assert_eq!((hour.clock.len(), hour.clock[0].as_str(), hour.clock[59].as_str()), (60, "04:31", "05:30"));
        let dialers = vec![("10.0.9.9".to_owned(), "b".to_owned()), ("10.0.9.8".to_owned(), "a".to_owned())];
        let seats = hour.seats(dialers);
        assert_eq!((seats[0].name.as_str(), seats[0].values[0], seats[1].values[0]), ("a", Some(4), Some(0)));
        assert_eq!(seats[0].values[56..], [None, Some(5), None, Some(6)]);
        assert_eq!(hour.logins()[59], Some(Bar { taken: 2, untaken: 1 }));
    }

    #[test]
    fn the_minute_that_has_just_ended_is_not_a_gap() {
        let hour = Hour::of(vec![minute(2, 5)], NOW);
        assert_eq!(hour.clock[59], "05:29");
        assert!(hour.logins()[59].is_some());
        assert_eq!(Hour::of(vec![minute(3, 5)], NOW).clock[59], "05:30");
    }
}
