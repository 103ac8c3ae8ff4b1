//! Which lines were ever seen registered: kept for the setting `alias_members`, whatever it is now.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fleet::{FleetTx, TxError};
use tokio::time::sleep;

use crate::floor::Floor;

/// For how long sightings are gathered, so that a floor that registers all at once is a few transactions and not thousands.
const MOMENT: Duration = Duration::from_millis(500);

/// The most lines that go in one transaction: commands wait for it.
const SLICE: usize = 1000;

/// A line, after its dialer's address.
type Sighting = (String, String);

impl Floor {
    /// Writes down which lines were seen registered.
    pub(crate) async fn keep_lines(self: Arc<Self>) {
        let mut seen = BTreeSet::new();
        loop {
            if seen.is_empty() {
                self.lines_seen.notified().await;
            }
            sleep(MOMENT).await;
            for (server_ip, dialer) in self.roster.all_watched() {
                seen.extend(dialer.newly_seen().into_iter().map(|line| (server_ip.clone(), line.to_string())));
            }
            seen = self.note_lines(seen).await;
        }
    }

    /// Writes down those of these lines that were never seen before. Returns those that are not written yet.
    async fn note_lines(&self, seen: BTreeSet<Sighting>) -> BTreeSet<Sighting> {
        let mut rest: Vec<Sighting> = seen.into_iter().collect();
        while !rest.is_empty() {
            let slice: Arc<[Sighting]> = rest.split_off(rest.len().saturating_sub(SLICE)).into();
            if let Err(error) = self.note_slice(&slice).await {
                tracing::error!(%error, "which lines were seen registered is not written yet");
                rest.extend(slice.iter().cloned());
                break;
            }
        }
        rest.into_iter().collect()
    }

    async fn note_slice(&self, seen: &Arc<[Sighting]>) -> Result<(), store::WriteError> {
        let looked_for = Arc::clone(seen);
        // Read first: nearly always nothing is new, and then nothing is to be written. Writing a line again does no harm.
        let new = match self.store.read(move |tx| never_seen(tx, &looked_for)).await {
            Ok(new) => new,
            Err(_) => seen.to_vec(),
        };
        if new.is_empty() {
            return Ok(());
        }
        let note =
            move |tx: &mut dyn FleetTx| new.iter().try_for_each(|(server_ip, line)| tx.note_line(server_ip, line));
        self.store.write(note).await
    }
}

fn never_seen(tx: &mut dyn FleetTx, lines: &[Sighting]) -> Result<Vec<Sighting>, TxError> {
    let mut new = Vec::new();
    for (server_ip, line) in lines {
        if !tx.line_was_seen(server_ip, line)? {
            new.push((server_ip.clone(), line.clone()));
        }
    }
    Ok(new)
}
