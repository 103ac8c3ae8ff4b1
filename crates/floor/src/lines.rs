//! Lines: how each is, and how it was. What was last seen is kept in the database, and whatever differs from it is written down:
//! for the lines' history, and for the setting `alias_members`, whatever that is now.

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

/// For how long news are gathered, so that a floor that registers all at once is a few transactions and not thousands.
const MOMENT: Duration = Duration::from_millis(500);

/// The most lines that go in one transaction: commands wait for it.
const SLICE: usize = 250;

/// How long after a dialer's lists have come it is looked which lines are gone: one that has just started may not know all yet.
const SETTLED: Duration = Duration::from_secs(5);

/// For how long what was told of a dialer's lines is kept by who does not lead it: the node that does may be dead.
const UNLED: Duration = Duration::from_secs(5);

/// Lines that are read at once to see which are gone.
const READ: u32 = 1000;

/// A line, after its dialer's address.
type LineOf = (String, String);

/// What was told about a line and is not written yet.
#[derive(Debug, Clone)]
struct Told {
    /// When it was told last.
    at: Instant,
    /// Whether it was seen registered meanwhile, whatever it is now.
    was_registered: bool,
    /// From where it is registered now; `None` if it is not.
    address: Option<String>,
}

impl Told {
    /// A line that is not registered.
    fn of_gone() -> Self {
        Self { at: Instant::now(), was_registered: false, address: None }
    }
}

type Unwritten = BTreeMap<LineOf, Told>;

impl Floor {
    /// A line of a dialer, named as on it: `SIP/cc100`. Without since when it has been so: see [`Self::line_with`].
    #[must_use]
    pub fn line(&self, server_ip: &str, channel: &str) -> LineView {
        let registration = self.dialer_registry.registration(server_ip, channel);
        let dialer = self.dialer_registry.watched(server_ip);
        let address = dialer.and_then(|dialer| dialer.line_address(&Line::of_dial_string(channel)?));
        LineView { registration, address: address.filter(|address| !address.is_empty()), since: None }
    }

    /// The same with since when it has been so, as far as that was written down.
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
        let state = tx.line_state(server_ip, channel)?.filter(|state| state.address.is_some() == is_known);
        Ok(LineView { since: state.map(|state| state.since), ..view })
    }

    /// How many lines have registered on a dialer and can be rung; `None` while it is not known.
    #[must_use]
    pub fn lines_registered(&self, server_ip: &str) -> Option<usize> {
        self.dialer_registry.watched(server_ip)?.lines_registered()
    }

    /// Writes down what becomes of lines.
    pub(crate) async fn keep_lines(self: Arc<Self>) {
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
            sleep(MOMENT).await;
            self.gather(&mut unwritten, &mut lists).await;
            let newly_led = self.cluster.take_newly_led();
            lists.extend(newly_led.into_iter().map(|server_ip| (server_ip, Instant::now() + SETTLED)));
            unwritten.retain(|(server_ip, _), told| self.cluster.leads(server_ip) || told.at.elapsed() < UNLED);
            self.add_gone(&mut unwritten, &mut lists).await;
            unwritten = self.write_lines(unwritten).await;
        }
    }

    /// Takes in what the dialers have told, and when it is to be looked which lines are gone from their lists.
    async fn gather(&self, unwritten: &mut Unwritten, lists: &mut BTreeMap<String, Instant>) {
        for (server_ip, dialer) in self.dialer_registry.all_watched() {
            let news = dialer.take_line_updates();
            for line in news.lines {
                let told = unwritten.entry((server_ip.clone(), line.line.to_string()));
                let told = told.or_insert_with(Told::of_gone);
                told.at = Instant::now();
                told.was_registered |= line.was_registered;
                told.address = line.address;
            }
            if news.has_listed {
                lists.insert(server_ip, Instant::now() + SETTLED);
            }
            // A list has thousands of lines: somebody else may have a turn between two of them.
            yield_now().await;
        }
    }

    /// Adds the lines that were last seen registered and are not any more, of the dialers whose lists have come not just now.
    async fn add_gone(&self, unwritten: &mut Unwritten, lists: &mut BTreeMap<String, Instant>) {
        let now = Instant::now();
        let due: Vec<String> = lists.extract_if(.., |_, at| *at <= now).map(|(server_ip, _)| server_ip).collect();
        for server_ip in due {
            let Some(dialer) = self.dialer_registry.watched(&server_ip).filter(|_| self.cluster.leads(&server_ip))
            else {
                continue;
            };
            match self.gone(&server_ip, dialer.as_ref()).await {
                Ok(gone) => unwritten.extend(gone.into_iter().map(|line| ((server_ip.clone(), line), Told::of_gone()))),
                Err(error) => {
                    tracing::error!(%error, dialer = server_ip, "which lines are gone is looked at again");
                    lists.insert(server_ip, Instant::now() + SETTLED);
                }
            }
        }
    }

    /// Lines that were last seen registered, and of which the dialer says now that they are not. What it does not know, because
    /// it was cut off again meanwhile, for instance, stays as it was.
    async fn gone(&self, server_ip: &str, dialer: &dyn WatchedDialer) -> Result<Vec<String>, store::ReadError> {
        let mut gone = Vec::new();
        let mut after = String::new();
        loop {
            let (of, behind) = (server_ip.to_owned(), after.clone());
            let lines = self.store.read(move |tx| tx.lines_seen_registered(&of, &behind, READ)).await?;
            let Some(last) = lines.last() else { return Ok(gone) };
            after.clone_from(last);
            let is_gone = |name: &String| {
                let line = Line::of_dial_string(name);
                line.is_some_and(|line| dialer.registration(&line) == Registration::NotRegistered)
            };
            gone.extend(lines.into_iter().filter(is_gone));
        }
    }

    /// Writes down what differs from what was last seen. Returns what is not written yet.
    async fn write_lines(&self, unwritten: Unwritten) -> Unwritten {
        let led = |((server_ip, _), _): &(LineOf, Told)| self.cluster.leads(server_ip);
        let (mut rest, unled): (Vec<_>, Vec<_>) = unwritten.into_iter().partition(led);
        while !rest.is_empty() {
            let slice: Arc<[(LineOf, Told)]> = rest.split_off(rest.len().saturating_sub(SLICE)).into();
            if let Err(error) = self.write_slice(&slice).await {
                tracing::error!(%error, "what became of lines is not written yet");
                rest.extend(slice.iter().cloned());
                break;
            }
        }
        rest.into_iter().chain(unled).collect()
    }

    async fn write_slice(&self, slice: &Arc<[(LineOf, Told)]>) -> Result<(), store::WriteError> {
        let looked_at = Arc::clone(slice);
        // Read first: nearly always nothing is new, and then nothing is to be written. Writing a line again does no harm.
        let new = match self.store.read(move |tx| different(tx, &looked_at)).await {
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
                    .try_for_each(|(line, told)| note(tx, line, told))
            })
            .await
    }
}

/// Waits until then, or for ever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Those of the lines that are not as they were last seen.
fn different(tx: &mut dyn FleetTx, lines: &[(LineOf, Told)]) -> Result<Vec<(LineOf, Told)>, TxError> {
    let mut new = Vec::new();
    for (line, told) in lines {
        let known = tx.line_state(&line.0, &line.1)?.and_then(|state| state.address);
        let is_same = match (&known, &told.address) {
            (Some(known), Some(now)) => now.is_empty() || known == now,
            (None, None) => !told.was_registered,
            _ => false,
        };
        if !is_same {
            new.push((line.clone(), told.clone()));
        }
    }
    Ok(new)
}

fn note(tx: &mut dyn FleetTx, (server_ip, line): &LineOf, told: &Told) -> Result<(), TxError> {
    if told.was_registered && told.address.is_none() {
        // It was registered in between, and that counts too.
        tx.note_line(server_ip, line, Some(""))?;
    }
    tx.note_line(server_ip, line, told.address.as_deref())
}
