//! Recording of line registrations. The database holds the last state of each line; changes are written for the lines'
//! history and for the setting `alias_members`, whatever its value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use dialers::line::Line;
use fleet::dialer_status::Registration;
use fleet::sessions::LiveStatus;
use fleet::{FleetTx, TxError};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cluster::ActionGuard;
use crate::dialer_port::WatchedDialer;
use crate::floor::Floor;
use crate::view::LineView;

/// How long updates are collected before a write, so that thousands of phones that register at once take a few
/// transactions.
const GATHER_FOR: Duration = Duration::from_millis(500);

/// Line limit of one transaction, because other commands wait for it.
const MAX_LINES: usize = 250;

/// Delay after a dialer has sent its lists before missing lines count as unregistered: a dialer that has just started may not know
/// all of them yet.
const LIST_GRACE: Duration = Duration::from_secs(5);

/// How long a node keeps updates of a dialer that it does not lead, because the leader may be dead.
const KEEP_UNLED: Duration = Duration::from_secs(5);

/// Page size of the search for unregistered lines.
const PAGE: u32 = 1000;

/// A dialer's address and the name of a line on it.
type LineKey = (String, String);

/// An update of a line that is not written yet.
#[derive(Debug, Clone)]
struct LineReport {
    /// When the dialer last reported the line.
    at: Instant,
    /// Whether it was registered at any time since the last write.
    was_registered: bool,
    /// The address from which it is registered now; `None` if it is not.
    address: Option<String>,
}

impl LineReport {
    /// A line that is not registered.
    fn unregistered() -> Self {
        Self { at: Instant::now(), was_registered: false, address: None }
    }
}

type Unwritten = BTreeMap<LineKey, LineReport>;

impl Floor {
    /// A line of a dialer, by its channel name: `SIP/cc100`. `since` is `None`; [`Self::line_with`] fills it.
    #[must_use]
    pub fn line(&self, server_ip: &str, channel: &str) -> LineView {
        let registration = self.dialer_registry.registration(server_ip, channel);
        let dialer = self.dialer_registry.watched(server_ip);
        let address = dialer.and_then(|dialer| dialer.line_address(&Line::of_dial_string(channel)?));
        LineView { registration, address: address.filter(|address| !address.is_empty()), since: None }
    }

    /// The same, with the time of the last recorded change.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn line_with(&self, tx: &mut dyn FleetTx, server_ip: &str, channel: &str) -> Result<LineView, TxError> {
        let view = self.line(server_ip, channel);
        let is_known = match view.registration {
            Registration::Registered => true,
            Registration::NotRegistered => false,
            Registration::Unknown | Registration::NotNeeded => return Ok(view),
        };
        let state = tx.registration_state(server_ip, channel)?.filter(|state| state.address.is_some() == is_known);
        Ok(LineView { since: state.map(|state| state.since), ..view })
    }

    /// Number of registered lines on a dialer; `None` until the dialer has reported them.
    #[must_use]
    pub fn lines_registered(&self, server_ip: &str) -> Option<usize> {
        self.dialer_registry.watched(server_ip)?.lines_registered()
    }

    /// Writes changes of lines until the floor is closed.
    pub(crate) async fn record_lines(self: Arc<Self>) {
        let mut unwritten = Unwritten::new();
        let mut lists = BTreeMap::new();
        loop {
            if unwritten.is_empty() {
                let due = lists.values().min().copied();
                tokio::select! {
                    () = self.line_activity.notified() => {}
                    () = until(due) => {}
                }
            }
            sleep(GATHER_FOR).await;
            self.gather(&mut unwritten, &mut lists).await;
            let newly_led = self.cluster.take_newly_led();
            lists.extend(newly_led.into_iter().map(|server_ip| (server_ip, Instant::now() + LIST_GRACE)));
            unwritten
                .retain(|(server_ip, _), report| self.cluster.leads(server_ip) || report.at.elapsed() < KEEP_UNLED);
            self.add_unregistered(&mut unwritten, &mut lists).await;
            unwritten = self.write_lines(unwritten).await;
        }
    }

    /// Collects the updates of all dialers, and the times at which to search for unregistered lines.
    async fn gather(&self, unwritten: &mut Unwritten, lists: &mut BTreeMap<String, Instant>) {
        for (server_ip, dialer) in self.dialer_registry.all_watched() {
            let updates = dialer.take_line_updates();
            for line in updates.lines {
                let report = unwritten.entry((server_ip.clone(), line.line.to_string()));
                let report = report.or_insert_with(LineReport::unregistered);
                report.at = Instant::now();
                report.was_registered |= line.was_registered;
                report.address = line.address;
            }
            if updates.has_listed {
                lists.insert(server_ip, Instant::now() + LIST_GRACE);
            }
            // A list may have thousands of lines, so other tasks run between two dialers.
            yield_now().await;
        }
    }

    /// Adds the lines that were last seen registered and are now unregistered, for the dialers whose grace period after
    /// a list has passed.
    async fn add_unregistered(&self, unwritten: &mut Unwritten, lists: &mut BTreeMap<String, Instant>) {
        let now = Instant::now();
        let due: Vec<String> = lists.extract_if(.., |_, at| *at <= now).map(|(server_ip, _)| server_ip).collect();
        for server_ip in due {
            let Some(dialer) = self.dialer_registry.watched(&server_ip).filter(|_| self.cluster.leads(&server_ip))
            else {
                continue;
            };
            match self.unregistered_lines(&server_ip, dialer.as_ref()).await {
                Ok(lines) => unwritten
                    .extend(lines.into_iter().map(|line| ((server_ip.clone(), line), LineReport::unregistered()))),
                Err(error) => {
                    tracing::error!(%error, dialer = server_ip, "unregistered lines cannot be read; trying again");
                    lists.insert(server_ip, Instant::now() + LIST_GRACE);
                }
            }
        }
    }

    /// Lines that were last seen registered and that the dialer now reports as unregistered. Lines of unknown state,
    /// for example after another disconnect, keep their last state.
    async fn unregistered_lines(
        &self,
        server_ip: &str,
        dialer: &dyn WatchedDialer,
    ) -> Result<Vec<String>, store::ReadError> {
        let mut gone = Vec::new();
        let mut after = String::new();
        loop {
            let (of, behind) = (server_ip.to_owned(), after.clone());
            let lines = self.store.read(move |tx| tx.registrations_after(&of, &behind, PAGE)).await?;
            let Some(last) = lines.last() else { return Ok(gone) };
            after.clone_from(last);
            let is_gone = |name: &String| {
                let line = Line::of_dial_string(name);
                line.is_some_and(|line| dialer.registration(&line) == Registration::NotRegistered)
            };
            gone.extend(lines.into_iter().filter(is_gone));
        }
    }

    /// Writes the updates that differ from the last state. Returns the unwritten ones.
    async fn write_lines(&self, unwritten: Unwritten) -> Unwritten {
        let led = |((server_ip, _), _): &(LineKey, LineReport)| self.cluster.leads(server_ip);
        let (mut rest, unled): (Vec<_>, Vec<_>) = unwritten.into_iter().partition(led);
        while !rest.is_empty() {
            let slice: Arc<[(LineKey, LineReport)]> = rest.split_off(rest.len().saturating_sub(MAX_LINES)).into();
            if let Err(error) = self.write_slice(&slice).await {
                tracing::error!(%error, "changes of lines were not written; trying again");
                rest.extend(slice.iter().cloned());
                break;
            }
        }
        rest.into_iter().chain(unled).collect()
    }

    async fn write_slice(&self, slice: &Arc<[(LineKey, LineReport)]>) -> Result<(), store::WriteError> {
        let to_compare = Arc::clone(slice);
        // Reading first avoids most writes. Writing an unchanged line does no harm.
        let new = match self.store.read(move |tx| changed_lines(tx, &to_compare)).await {
            Ok(new) => new,
            Err(_) => slice.to_vec(),
        };
        if new.is_empty() {
            return Ok(());
        }
        let guard: BTreeMap<String, ActionGuard> =
            new.iter().map(|((server_ip, _), _)| (server_ip.clone(), self.cluster.action_guard(server_ip))).collect();
        self.store
            .write(move |tx| {
                let mut led = BTreeSet::new();
                for (server_ip, guard) in &guard {
                    led.extend(guard.permits(tx)?.then_some(server_ip));
                }
                new.iter()
                    .filter(|((server_ip, _), _)| led.contains(server_ip))
                    .try_for_each(|(line, report)| write_line(tx, line, report))
            })
            .await
    }
}

/// Waits until `due`, or forever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// The lines whose state differs from the stored one.
fn changed_lines(tx: &mut dyn FleetTx, lines: &[(LineKey, LineReport)]) -> Result<Vec<(LineKey, LineReport)>, TxError> {
    let mut new = Vec::new();
    for (line, report) in lines {
        let known = tx.registration_state(&line.0, &line.1)?.and_then(|state| state.address);
        let is_same = match (&known, &report.address) {
            (Some(known), Some(now)) => now.is_empty() || known == now,
            (None, None) => !report.was_registered,
            _ => false,
        };
        if !is_same {
            new.push((line.clone(), report.clone()));
        }
    }
    Ok(new)
}

fn write_line(tx: &mut dyn FleetTx, (server_ip, line): &LineKey, report: &LineReport) -> Result<(), TxError> {
    if report.was_registered && report.address.is_none() {
        // The line was registered in between, which the history shows too.
        tx.record_registration(server_ip, line, Some(""))?;
    }
    tx.record_registration(server_ip, line, report.address.as_deref())
}
