//! Periodic tasks of the floor: refreshing the dialers and recording their heartbeats.

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

/// After a start, the time that dialers have to connect before phones that the last run was ringing are rung elsewhere.
const LEFT_RINGING_GRACE: Duration = Duration::from_secs(5);

/// Interval between two recorded heartbeats of the dialers.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);

/// Conferences for a dialer that has none: all that VICIdial's dialplan routes (`_8600XXX`), from the first that
/// VICIdial gives to agents.
const CONFERENCES: RangeInclusive<u32> = 8_600_051..=8_600_999;

impl Floor {
    /// Starts the floor's background tasks.
    pub(crate) fn start_tasks(self: &Arc<Self>, reader: ChangeReader) {
        self.spawn(Arc::clone(self).refresh_periodically());
        self.spawn(Arc::clone(self).record_minutes());
        if self.options.driver == Driver::Ami {
            self.spawn(Arc::clone(self).watch_health());
            self.spawn(Arc::clone(self).record_dialer_heartbeats());
            self.spawn(Arc::clone(self).record_lines());
        }
        if !self.cluster.is_alone() {
            self.spawn(Arc::clone(self).run_heartbeat());
            self.spawn(Arc::clone(self).read_node_changes(reader));
        } else if self.options.driver == Driver::Ami {
            self.spawn(Arc::clone(self).resume_rings_of_last_run());
        }
    }

    /// Resumes ringing for sessions that the last run was ringing on dialers that are now neither healthy nor down, for
    /// example because they refuse the login. No other task would ring these agents again.
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

    /// Waits, at most for `within`, until the dialers have been read and each watched dialer has connected or failed
    /// once.
    pub async fn wait_for_first_refresh(&self, within: Duration) {
        let refreshed = async {
            // An error means that the sender is gone, so there is nothing to wait for.
            self.has_refreshed.subscribe().wait_for(|has_refreshed| *has_refreshed).await.ok();
            for (_, dialer) in self.dialer_registry.all_watched() {
                dialer.connection_state().wait_for(ConnectionState::is_known).await.ok();
            }
        };
        timeout(within, refreshed).await.ok();
    }

    async fn refresh_periodically(self: Arc<Self>) {
        let mut time = interval(REFRESH_EVERY);
        time.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            time.tick().await;
            self.refresh_dialers().await;
        }
    }

    /// Reads the dialers and executes the planned drains that are due. Callers use it after a change, so that the floor
    /// sees the change at once rather than within a second.
    pub async fn refresh_dialers(self: &Arc<Self>) {
        let _guard = self.refreshing.lock().await;
        let (rows, polled) = match self.poll().await {
            Ok(found) => found,
            Err(error) => return tracing::error!(%error, "the dialers cannot be read"),
        };
        let new = self.dialer_registry.unregistered(&rows);
        if self.options.driver == Driver::Ami && !new.is_empty() {
            self.create_conferences(new).await;
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

    /// Re-homes sessions on dialers that were deleted while Hotdesk was not running: the state of their calls cannot be
    /// determined.
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

    /// Creates conferences on dialers that have none.
    async fn create_conferences(&self, dialers: Vec<ManagerRow>) {
        let created = self.store.write(move |tx| {
            let mut created = 0;
            for dialer in &dialers {
                created += usize::from(tx.create_conferences(&dialer.server_ip, CONFERENCES)?);
            }
            Ok(created)
        });
        match created.await {
            Ok(0) => {}
            Ok(dialers) => tracing::info!(dialers, conferences = CONFERENCES.count(), "conferences created"),
            Err(error) => tracing::error!(%error, "conferences for new dialers were not created"),
        }
    }

    async fn record_dialer_heartbeats(self: Arc<Self>) {
        let mut time = interval(HEARTBEAT_EVERY);
        time.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            time.tick().await;
            let dialers = self.dialer_registry.healths().into_iter();
            let led = dialers.filter(|(server_ip, health)| health.is_healthy() && self.cluster.leads(server_ip));
            self.record_dialer_heartbeat(led.map(|(server_ip, _)| server_ip).collect()).await;
            if !self.cluster.leads_cluster() {
                continue;
            }
            if let Err(error) = self.store.write(|tx| tx.refresh_agents()).await {
                tracing::error!(%error, "the live agents' update times are not written");
            }
        }
    }

    /// Records a heartbeat of these dialers in `server_updater`, for other software.
    pub(crate) async fn record_dialer_heartbeat(&self, dialers: Vec<String>) {
        if dialers.is_empty() {
            return;
        }
        let recorded = self.store.write(move |tx| dialers.iter().try_for_each(|server_ip| tx.beat(server_ip))).await;
        if let Err(error) = recorded {
            tracing::error!(%error, "the dialers' heartbeat is not written");
        }
    }
}
