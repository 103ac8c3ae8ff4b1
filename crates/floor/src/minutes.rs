//! Per-minute statistics of the floor: seats and logins per dialer. The last hour is in memory, a month in the
//! database.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use fleet::floor_minutes::{Counted, Minute};
use fleet::{FleetTx, Timestamp, TxError};
use parking_lot::{Mutex, MutexGuard};
use tokio::time::sleep;

use crate::floor::Floor;
use crate::view::{Change, MinuteView};

/// Minutes in memory.
pub const HOUR: i64 = 60;

/// Days for which the database keeps minutes.
const DAYS: u32 = 31;

/// Row limit of one deletion.
const SLICE: u32 = 500;

const MINUTE: Duration = Duration::from_mins(1);

/// The minutes in memory.
#[derive(Debug)]
pub(crate) struct Minutes {
    last: Mutex<VecDeque<Minute>>,
}

impl Minutes {
    /// Reads the last hour.
    pub(crate) fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let last = tx.minutes_since(tx.now().minute().plus_seconds(-60 * HOUR))?;
        Ok(Self { last: Mutex::new(last.into()) })
    }

    fn last(&self) -> MutexGuard<'_, VecDeque<Minute>> {
        self.last.lock()
    }
}

impl Floor {
    /// Records each minute when it is over.
    pub(crate) async fn record_minutes(self: Arc<Self>) {
        let mut began = self.store.now().minute();
        loop {
            let now = self.store.now();
            // If the clock was set back, the present minute begins again.
            began = began.min(now.minute());
            let left =
                Duration::from_millis(u64::try_from(began.plus_seconds(60).unix_ms() - now.unix_ms()).unwrap_or(0));
            if !left.is_zero() {
                sleep(left.min(MINUTE)).await;
                continue;
            }
            self.record_minute(began).await;
            began = now.minute();
        }
    }

    /// Counts a minute that is over. The node that leads the cluster writes it to the database.
    async fn record_minute(&self, began: Timestamp) {
        let seats: Vec<(String, u32)> = self
            .dialers()
            .into_iter()
            .map(|dialer| (dialer.server_ip, u32::try_from(dialer.seats).unwrap_or(u32::MAX)))
            .collect();
        let counted = if self.cluster.leads_cluster() {
            let counted = self.store.write(move |tx| {
                let minute = count(tx, began, &seats)?;
                tx.store_minute(&minute)?;
                let before = tx.now().days_before(DAYS);
                tx.delete_minutes(before, SLICE)?;
                Ok(minute)
            });
            counted.await.map_err(|error| error.to_string())
        } else {
            self.store.read(move |tx| count(tx, began, &seats)).await.map_err(|error| error.to_string())
        };
        let minute = match counted {
            Ok(minute) => minute,
            Err(error) => return tracing::error!(error, "a minute of the floor was not recorded"),
        };
        let view = MinuteView::from(&minute);
        let mut last = self.minutes.last();
        let first = minute.began.plus_seconds(-60 * (HOUR - 1));
        last.push_back(minute);
        last.retain(|kept| kept.began >= first);
        drop(last);
        self.session_cache.events.publish(self.store.now(), Change::Minute(view));
    }

    /// The completed minutes of the last hour, in order. Minutes in which Hotdesk did not run are missing.
    #[must_use]
    pub fn last_hour(&self) -> Vec<Minute> {
        let first = self.store.now().minute().plus_seconds(-60 * HOUR);
        self.minutes.last().iter().filter(|minute| minute.began >= first).cloned().collect()
    }
}

/// Counts a minute. Logins are those of all nodes, each counted on the dialer that the session is on now.
fn count(tx: &mut dyn FleetTx, began: Timestamp, seats: &[(String, u32)]) -> Result<Minute, TxError> {
    let mut minute = Minute { began, ..Minute::default() };
    for (server_ip, seats) in seats.iter().filter(|(_, seats)| *seats > 0) {
        minute.dialers.insert(server_ip.clone(), Counted { seats: *seats, logins: 0 });
    }
    for (server_ip, logins) in tx.logins_between(began, began.plus_seconds(60))? {
        if server_ip.is_empty() {
            minute.untaken = logins;
        } else {
            minute.dialers.entry(server_ip).or_default().logins = logins;
        }
    }
    Ok(minute)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use dialers::call_id::Owner;
    use dialers::dialer::Timing;
    use fleet::actor::{Actor, Source};
    use fleet::login::PasswordCheck;
    use fleet::password::StoredPassword;
    use fleet::schema::{Row, Table};
    use fleet::sessions::LogIn;
    use fleet::text::Alphabet;
    use fleet::{Clock, Rng};
    use store::Store;
    use tokio::time::Instant;

    use super::*;
    use crate::{AmiWatcher, Driver, LoggedIn, Options};

    /// Wall clock that follows tokio's paused clock, from 05:30:40.
    struct Paused(Instant);

    impl Clock for Paused {
        fn now(&self) -> Timestamp {
            let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap();
            Timestamp::from_unix_ms(1_795_239_040_000 + passed)
        }
    }

    struct Same;

    impl Rng for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    const ROWS: [(Table, &[(&str, &str)]); 3] = [
        (Table::Dialer, &[("server_ip", "10.0.9.8")]),
        (Table::User, &[("user", "1001"), ("pass", "apass")]),
        (Table::Phone, &[("extension", "100"), ("server_ip", "10.0.9.8"), ("login", "100a"), ("pass", "secret")]),
    ];

    async fn filled() -> Arc<Store> {
        let store = Arc::new(Store::in_memory(Arc::new(Paused(Instant::now()))).unwrap());
        let fill = |tx: &mut dyn FleetTx| {
            for (section, values) in ROWS {
                let mut entry = Row::new(section);
                for (name, value) in values {
                    entry.set(name, (*value).to_owned());
                }
                tx.add_row(&entry)?;
            }
            tx.create_conferences("10.0.9.8", 8_600_051..=8_600_060).map(drop)
        };
        store.write(fill).await.unwrap();
        store
    }

    async fn open(store: &Arc<Store>) -> Arc<Floor> {
        let owner = Owner::new(&Same);
        let watch = AmiWatcher { owner, timing: Timing::default(), rng: Arc::new(Same), authorities: None };
        let options = Options { driver: Driver::Queue, ..Options::default() };
        let floor = Floor::open(Arc::clone(store), options, Arc::new(watch), owner, Arc::new(Same)).await.unwrap();
        floor.wait_for_first_refresh(Duration::from_secs(1)).await;
        floor
    }

    /// Logs the agent in. Returns whether a dialer took the agent.
    async fn log_in(floor: &Arc<Floor>) -> bool {
        floor.store.write(|tx| tx.beat("10.0.9.8")).await.unwrap();
        let wanted = LogIn {
            phone_login: "100a".into(),
            phone_pass: "secret".into(),
            user: "1001".into(),
            campaign: String::new(),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            alphabet: Alphabet::Latin,
        };
        let password_check = PasswordCheck::Right(StoredPassword::Plain("apass".into()));
        match floor.log_in(wanted, password_check).await.unwrap() {
            LoggedIn::Seated(_) => true,
            LoggedIn::NoPhone(_) => false,
            other => unreachable!("{other:?}"),
        }
    }

    /// The recorded minutes, as `05:30 seats/logins untaken`.
    fn recorded(floor: &Floor) -> Vec<String> {
        let format_minute = |minute: &Minute| {
            let counted = minute.dialers.get("10.0.9.8").copied().unwrap_or_default();
            format!("{} {}/{} {}", &minute.began.stamp()[11..16], counted.seats, counted.logins, minute.untaken)
        };
        floor.last_hour().iter().map(format_minute).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_is_recorded_when_it_is_over_and_a_restart_loses_none() {
        let store = filled().await;
        let floor = open(&store).await;
        assert!(log_in(&floor).await);
        sleep(Duration::from_secs(19)).await;
        assert!(recorded(&floor).is_empty());
        sleep(Duration::from_secs(2)).await;
        assert_eq!(recorded(&floor), ["05:30 1/1 0"]);
        assert!(log_in(&floor).await, "the new session replaces the previous one");
        let by = Actor { user: "boss".into(), ..Actor::command(Source::JsonApi) };
        floor.set_draining("10.0.9.8", true, by).await.unwrap();
        assert!(!log_in(&floor).await);
        floor.close();
        let floor = open(&store).await;
        sleep(Duration::from_mins(1)).await;
        assert_eq!(recorded(&floor), ["05:30 1/1 0", "05:31 1/1 1"]);
        let kept = store.read(|tx| tx.minutes_since(Timestamp::from_unix(0))).await.unwrap();
        assert_eq!(kept, floor.last_hour());
        sleep(Duration::from_hours(1)).await;
        assert_eq!((recorded(&floor).len(), recorded(&floor)[0].as_str()), (60, "05:32 1/0 0"));
    }

    #[tokio::test(start_paused = true)]
    async fn minutes_are_kept_for_a_month() {
        let store = filled().await;
        let old = store.now().minute().plus_seconds(-31 * 24 * 60 * 60);
        let before = [old.plus_seconds(-60), old.plus_seconds(60 * 10)];
        store
            .write(move |tx| {
                before.iter().try_for_each(|began| tx.store_minute(&Minute { began: *began, ..Minute::default() }))
            })
            .await
            .unwrap();
        let _floor = open(&store).await;
        sleep(Duration::from_secs(21)).await;
        let kept = store.read(|tx| tx.minutes_since(Timestamp::from_unix(0))).await.unwrap();
        let kept: Vec<Timestamp> = kept.iter().map(|minute| minute.began).collect();
        assert_eq!(kept, [before[1], store.now().minute().plus_seconds(-60)]);
    }
}
