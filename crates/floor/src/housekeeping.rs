//! What the floor does again and again: it looks at which dialers there are, and writes down who was heard of.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use dialers::dialer::Health;
use dialers::mark::Mark;
use fleet::sessions::ManagerRow;
use fleet::sessions::timeline::Cause;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::Driver;
use crate::feed::Feed;
use crate::floor::Floor;

/// How often there is a look at which dialers there are.
const DIALERS: Duration = Duration::from_secs(1);

/// How long after a start a phone that was being rung before it waits for its dialer.
const LEFT_RINGING: Duration = Duration::from_secs(5);

/// How often it is written that dialers were heard of.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The rooms that a dialer without any gets: all that VICIdial's dialplan leads to (`_8600XXX`), from the first that it gives
/// to agents.
const ROOMS: RangeInclusive<u32> = 8_600_051..=8_600_999;

impl Floor {
    /// Begins all that the floor does by itself.
    pub(crate) fn begin(self: &Arc<Self>, feed: Feed) {
        self.spawn(Arc::clone(self).keep_roster());
        self.spawn(Arc::clone(self).keep_minutes());
        if self.options.driver == Driver::Ami {
            self.spawn(Arc::clone(self).watch_over());
            self.spawn(Arc::clone(self).keep_beating());
            self.spawn(Arc::clone(self).keep_lines());
        }
        if !self.is_alone() {
            self.spawn(Arc::clone(self).keep_pulse());
            self.spawn(Arc::clone(self).keep_reading(feed));
        } else if self.options.driver == Driver::Ami {
            self.spawn(Arc::clone(self).ring_who_was_left());
        }
    }

    /// Phones that were being rung when the last run ended, on dialers that neither became well nor are lost: they refuse the
    /// login, for instance. Nobody else would ever ring them again.
    async fn ring_who_was_left(self: Arc<Self>) {
        sleep(LEFT_RINGING).await;
        while self.alarm().frozen {
            sleep(DIALERS).await;
        }
        let dialers: BTreeSet<String> = self.board.open().into_iter().map(|session| session.server_ip).collect();
        for session in dialers.iter().flat_map(|server_ip| self.board.open_on(server_ip)) {
            if self.is_left_ringing(&session) {
                self.put_on(&session, Cause::Restart).await;
            }
        }
    }

    /// Waits until it is known which dialers there are, and each that is watched has been connected to or has failed once;
    /// but not for longer than this.
    pub async fn first_look(&self, within: Duration) {
        let look = async {
            // Senders that are gone have nothing more to tell.
            self.has_looked.subscribe().wait_for(|has_looked| *has_looked).await.ok();
            for (_, dialer) in self.roster.all_watched() {
                dialer.health().wait_for(Health::is_known).await.ok();
            }
        };
        timeout(within, look).await.ok();
    }

    async fn keep_roster(self: Arc<Self>) {
        let mut time = interval(DIALERS);
        time.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            time.tick().await;
            self.refresh().await;
        }
    }

    /// Looks at which dialers there are, and does what is planned for now.
    pub(crate) async fn refresh(self: &Arc<Self>) {
        let _turn = self.looking.lock().await;
        let (rows, beside) = match self.look().await {
            Ok(found) => found,
            Err(error) => return tracing::error!(%error, "the dialers cannot be read"),
        };
        let new = self.roster.unknown(&rows);
        if self.options.driver == Driver::Ami && !new.is_empty() {
            self.make_rooms(new).await;
        }
        let is_needed = |server_ip: &str| self.board.seats(server_ip) > 0;
        let calls_on = |server_ip: &str| {
            let sessions = self.board.open_on(server_ip);
            let calls = sessions.iter().filter_map(|session| Mark::read(&session.place.call));
            calls.filter(|call| call.owner() == self.owner).collect()
        };
        let changed = self
            .roster
            .update(rows, is_needed, calls_on, |server_ip, dialer| {
                self.spawn(Arc::clone(self).listen(server_ip.to_owned(), Arc::clone(dialer)))
            })
            .await;
        self.has_looked.send_replace(true);
        for server_ip in &changed {
            self.show_dialer(server_ip);
        }
        self.lay(beside);
        if !changed.is_empty() {
            self.health_changed.notify_one();
        }
        if self.options.driver == Driver::Ami && !self.alarm().frozen {
            self.leave_deleted_dialers();
        }
    }

    /// Sessions on a dialer that was deleted while Hotdesk was away go elsewhere: nobody can be asked about their calls.
    fn leave_deleted_dialers(self: &Arc<Self>) {
        let sessions = self.board.open();
        let deleted: BTreeSet<String> = sessions.into_iter().map(|session| session.server_ip).collect();
        for server_ip in deleted.iter().filter(|server_ip| !self.roster.has(server_ip) && self.leads(server_ip)) {
            self.rehome(server_ip);
        }
    }

    /// Gives dialers that have no rooms some.
    async fn make_rooms(&self, dialers: Vec<ManagerRow>) {
        let made = self.store.write(move |tx| {
            let mut made = 0;
            for dialer in &dialers {
                made += usize::from(tx.make_rooms(&dialer.server_ip, ROOMS)?);
            }
            Ok(made)
        });
        match made.await {
            Ok(0) => {}
            Ok(dialers) => tracing::info!(dialers, rooms = ROOMS.count(), "rooms made"),
            Err(error) => tracing::error!(%error, "new dialers have no rooms yet"),
        }
    }

    async fn keep_beating(self: Arc<Self>) {
        let mut time = interval(HEARTBEAT);
        time.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            time.tick().await;
            let healths = self.roster.healths();
            let well = healths.into_iter().filter(|(server_ip, health)| health.is_well() && self.leads(server_ip));
            self.beat(well.map(|(server_ip, _)| server_ip).collect()).await;
            if !self.keeps_house() {
                continue;
            }
            if let Err(error) = self.store.write(|tx| tx.refresh_agents()).await {
                tracing::error!(%error, "others do not see that agents are still there");
            }
        }
    }

    /// Writes down that these dialers were heard of now, so that other software sees it too.
    pub(crate) async fn beat(&self, dialers: Vec<String>) {
        if dialers.is_empty() {
            return;
        }
        let beaten = self.store.write(move |tx| dialers.iter().try_for_each(|server_ip| tx.beat(server_ip))).await;
        if let Err(error) = beaten {
            tracing::error!(%error, "the heartbeat is not written");
        }
    }
}
