//! Periodic tasks of the floor: reading the dialers, and writing that they are alive.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::CallId;
use dialers::dialer::ConnectionState;
use fleet::sessions::ManagerRow;
use fleet::sessions::timeline::Cause;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::Driver;
use crate::cluster::node_changes::ChangeReader;
use crate::floor::Floor;

/// Interval between two reads of the dialers.
const REFRESH_EVERY: Duration = Duration::from_secs(1);

/// After a start, how long phones that the last run was ringing wait for their dialers.
const LEFT_RINGING_GRACE: Duration = Duration::from_secs(5);

/// Interval between two records that the dialers are alive.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);

/// The rooms that a dialer without any gets: all that VICIdial's dialplan leads to (`_8600XXX`), from the first that it gives
/// to agents.
const ROOMS: RangeInclusive<u32> = 8_600_051..=8_600_999;

impl Floor {
    /// Starts the floor's background tasks.
    pub(crate) fn start_tasks(self: &Arc<Self>, reader: ChangeReader) {
        self.spawn(Arc::clone(self).keep_registry());
        self.spawn(Arc::clone(self).keep_minutes());
        if self.options.driver == Driver::Ami {
            self.spawn(Arc::clone(self).watch_health());
            self.spawn(Arc::clone(self).keep_dialers_alive());
            self.spawn(Arc::clone(self).record_lines());
        }
        if !self.cluster.is_alone() {
            self.spawn(Arc::clone(self).run_heartbeat());
            self.spawn(Arc::clone(self).read_node_changes(reader));
        } else if self.options.driver == Driver::Ami {
            self.spawn(Arc::clone(self).resume_rings_of_last_run());
        }
    }

    /// Phones that were being rung when the last run ended, on dialers that neither became well nor are lost: they refuse the
    /// login, for instance. Nobody else would ever ring them again.
    async fn resume_rings_of_last_run(self: Arc<Self>) {
        sleep(LEFT_RINGING_GRACE).await;
        while self.alarm().frozen {
            sleep(REFRESH_EVERY).await;
        }
        let dialers: BTreeSet<String> =
            self.session_cache.open().into_iter().map(|session| session.server_ip).collect();
        for session in dialers.iter().flat_map(|server_ip| self.session_cache.open_on(server_ip)) {
            if self.is_orphaned_ring(&session) {
                self.place_again(&session, Cause::Restart).await;
            }
        }
    }

    /// Waits until it is known which dialers there are, and each that is watched has been connected to or has failed once;
    /// but not for longer than this.
    pub async fn wait_for_first_refresh(&self, within: Duration) {
        let refreshed = async {
            // Senders that are gone have nothing more to tell.
            self.has_refreshed.subscribe().wait_for(|has_refreshed| *has_refreshed).await.ok();
            for (_, dialer) in self.dialer_registry.all_watched() {
                dialer.connection_state().wait_for(ConnectionState::is_known).await.ok();
            }
        };
        timeout(within, refreshed).await.ok();
    }

    async fn keep_registry(self: Arc<Self>) {
        let mut time = interval(REFRESH_EVERY);
        time.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            time.tick().await;
            self.refresh_dialers().await;
        }
    }

    /// Reads which dialers there are and carries out the plans that are due. Call it after a change, so that the floor sees the
    /// change at once rather than within a second.
    pub async fn refresh_dialers(self: &Arc<Self>) {
        let _turn = self.refreshing.lock().await;
        let (rows, polled) = match self.poll().await {
            Ok(found) => found,
            Err(error) => return tracing::error!(%error, "the dialers cannot be read"),
        };
        let new = self.dialer_registry.unregistered(&rows);
        if self.options.driver == Driver::Ami && !new.is_empty() {
            self.make_rooms(new).await;
        }
        let is_needed = |server_ip: &str| self.session_cache.seats(server_ip) > 0;
        let calls_on = |server_ip: &str| {
            let sessions = self.session_cache.open_on(server_ip);
            let calls = sessions.iter().filter_map(|session| CallId::read(&session.place.call));
            calls.filter(|call| call.owner() == self.cluster.owner()).collect()
        };
        let changed = self
            .dialer_registry
            .update(rows, is_needed, calls_on, |server_ip, dialer| {
                self.spawn(Arc::clone(self).watch_dialer_events(server_ip.to_owned(), Arc::clone(dialer)))
            })
            .await;
        self.has_refreshed.send_replace(true);
        for server_ip in &changed {
            self.publish_dialer(server_ip);
        }
        self.apply_polled_config(polled);
        if !changed.is_empty() {
            self.health_changed.notify_one();
        }
        if self.options.driver == Driver::Ami && !self.alarm().frozen {
            self.rehome_deleted_dialers();
        }
    }

    /// Sessions on a dialer that was deleted while Hotdesk was away go elsewhere: nobody can be asked about their calls.
    fn rehome_deleted_dialers(self: &Arc<Self>) {
        let sessions = self.session_cache.open();
        let deleted: BTreeSet<String> = sessions.into_iter().map(|session| session.server_ip).collect();
        for server_ip in deleted
            .iter()
            .filter(|server_ip| !self.dialer_registry.contains(server_ip) && self.cluster.leads(server_ip))
        {
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

    async fn keep_dialers_alive(self: Arc<Self>) {
        let mut time = interval(HEARTBEAT_EVERY);
        time.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            time.tick().await;
            let healths = self.dialer_registry.healths();
            let well =
                healths.into_iter().filter(|(server_ip, health)| health.is_well() && self.cluster.leads(server_ip));
            self.record_dialer_heartbeat(well.map(|(server_ip, _)| server_ip).collect()).await;
            if !self.cluster.leads_cluster() {
                continue;
            }
            if let Err(error) = self.store.write(|tx| tx.refresh_agents()).await {
                tracing::error!(%error, "others do not see that agents are still there");
            }
        }
    }

    /// Writes down that these dialers were heard of now, so that other software sees it too.
    pub(crate) async fn record_dialer_heartbeat(&self, dialers: Vec<String>) {
        if dialers.is_empty() {
            return;
        }
        let beaten = self.store.write(move |tx| dialers.iter().try_for_each(|server_ip| tx.beat(server_ip))).await;
        if let Err(error) = beaten {
            tracing::error!(%error, "the heartbeat is not written");
        }
    }
}
