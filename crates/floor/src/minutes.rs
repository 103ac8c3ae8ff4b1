//! The floor minute by minute: how many sat where, and how many logged in. The last hour is at hand, a month is kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fleet::panel::Minute;
use fleet::panel::minutes::Counted;
use fleet::{FleetTx, Moment, TxError};
use tokio::time::sleep;

use crate::floor::Floor;
use crate::view::{Change, MinuteView};

/// How many minutes are at hand.
pub const HOUR: i64 = 60;

/// For how many days minutes are kept.
const DAYS: u32 = 31;

/// The most rows that are deleted in one transaction.
const SLICE: u32 = 500;

const MINUTE: Duration = Duration::from_mins(1);

/// What is counted.
#[derive(Debug)]
pub(crate) struct Minutes {
    last: Mutex<VecDeque<Minute>>,
    logins: Mutex<BTreeMap<String, u32>>,
}

impl Minutes {
    /// The last hour, and the logins of the minute that is not over: Hotdesk may have been started in the middle of it.
    pub(crate) fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let now = tx.now().minute();
        let last = tx.minutes_since(now.plus_seconds(-60 * HOUR))?;
        let logins = tx.logins_since(now)?;
        Ok(Self { last: Mutex::new(last.into()), logins: Mutex::new(logins.into_iter().collect()) })
    }

    /// A login went to this dialer; with an empty address, nobody could take it.
    pub(crate) fn count(&self, server_ip: &str) {
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        match logins.get_mut(server_ip) {
            Some(count) => *count += 1,
            None => drop(logins.insert(server_ip.to_owned(), 1)),
        }
    }

    fn last(&self) -> MutexGuard<'_, VecDeque<Minute>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Floor {
    /// Writes each minute down when it is over.
    pub(crate) async fn keep_minutes(self: Arc<Self>) {
        let mut began = self.store.now().minute();
        loop {
            let now = self.store.now();
            // A clock that was set back begins the present minute again.
            began = began.min(now.minute());
            let left =
                Duration::from_millis(u64::try_from(began.plus_seconds(60).unix_ms() - now.unix_ms()).unwrap_or(0));
            if !left.is_zero() {
                sleep(left.min(MINUTE)).await;
                continue;
            }
            let minute = self.count_minute(began);
            self.keep_minute(minute).await;
            began = now.minute();
        }
    }

    /// What a minute that is over had.
    fn count_minute(&self, began: Moment) -> Minute {
        let mut logins = std::mem::take(&mut *self.minutes.logins.lock().unwrap_or_else(PoisonError::into_inner));
        let untaken = logins.remove("").unwrap_or(0);
        let mut dialers: BTreeMap<String, Counted> = BTreeMap::new();
        for dialer in self.dialers() {
            let seats = u32::try_from(dialer.seats).unwrap_or(u32::MAX);
            let logins = logins.remove(&dialer.server_ip).unwrap_or(0);
            if seats > 0 || logins > 0 {
                dialers.insert(dialer.server_ip, Counted { seats, logins });
            }
        }
        // Of a dialer that was deleted meanwhile.
        dialers.extend(logins.into_iter().map(|(server_ip, logins)| (server_ip, Counted { seats: 0, logins })));
        Minute { began, dialers, untaken }
    }

    async fn keep_minute(&self, minute: Minute) {
        let kept = minute.clone();
        let written = self.store.write(move |tx| {
            tx.keep_minute(&kept)?;
            let before = tx.now().days_before(DAYS);
            tx.forget_minutes(before, SLICE).map(drop)
        });
        if let Err(error) = written.await {
            tracing::error!(%error, "a minute of the floor is not kept");
        }
        let view = MinuteView::from(&minute);
        let mut last = self.minutes.last();
        let first = minute.began.plus_seconds(-60 * (HOUR - 1));
        last.push_back(minute);
        last.retain(|kept| kept.began >= first);
        drop(last);
        self.board.events.tell(self.store.now(), Change::Minute(view));
    }

    /// The minutes of the last hour that are over, in their order. One in which Hotdesk did not run is not there.
    #[must_use]
    pub fn last_hour(&self) -> Vec<Minute> {
        let first = self.store.now().minute().plus_seconds(-60 * HOUR);
        self.minutes.last().iter().filter(|minute| minute.began >= first).cloned().collect()
    }
}
