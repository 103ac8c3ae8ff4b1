//! What other nodes did: read from the database a few times a second, and shown as if it had been done here.
//!
//! A change's number is drawn before its transaction ends, so a lower number may be seen after a higher one. So whatever was
//! told lately is looked at again and again, and what was dealt with is left out. What is missed all the same, since a node was
//! cut off for instance, is found when all open sessions are looked at once more.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use dialers::mark::Mark;
use fleet::FleetTx;
use fleet::nodes::NodeChange;
use fleet::sessions::{Session, State};
use serde::{Deserialize, Serialize};
use store::ReadError;
use tokio::time::{Instant, sleep};

use crate::board::News;
use crate::floor::Floor;
use crate::view::{Because, Change, Done};

/// How often there is a look.
const LOOK: Duration = Duration::from_millis(200);

/// How long after a number was seen a lower one may still come.
const LATE: Duration = Duration::from_secs(10);

/// The most rows that are read at a look.
const MOST: u32 = 5000;

/// How often all open sessions are looked at, whatever was told.
const WHOLE: Duration = Duration::from_secs(30);

/// How long it may take from one look to the next until all open sessions are looked at.
const GAP: Duration = Duration::from_secs(5);

/// How long what was told is kept for others.
const KEPT: Duration = Duration::from_mins(1);

/// How often it is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// Failed logins that wait to be asked for; more are let go.
const FAILURES: usize = 10_000;

/// What else there is to tell about a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// Why a session is where it is now.
    Because(Because),
    /// Something was done with a dialer.
    Done(Done),
    /// Somebody failed to log in.
    Failed(IpAddr),
}

impl Word {
    pub(crate) fn written(&self) -> String {
        // A word that cannot be written would be a mistake in Hotdesk.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// How far this node has read.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Up to here all is dealt with.
    after: i64,
    /// What is dealt with behind that, and when it was.
    dealt: BTreeMap<i64, Instant>,
    looked: Instant,
    /// When all open sessions were looked at.
    whole: Instant,
    /// How far it was at which time, the oldest first.
    marks: VecDeque<(Instant, i64)>,
}

impl Feed {
    pub(crate) fn new(now: Instant, after: i64) -> Self {
        Self { after, dealt: BTreeMap::new(), looked: now, whole: now, marks: VecDeque::from([(now, after)]) }
    }

    /// Those of the rows that are new.
    fn deal_with(&mut self, now: Instant, mut told: Vec<NodeChange>) -> Vec<NodeChange> {
        told.retain(|told| match self.dealt.entry(told.change_id) {
            Entry::Vacant(place) => {
                place.insert(now);
                true
            }
            Entry::Occupied(_) => false,
        });
        while let Some(first) = self.dealt.first_entry() {
            let is_settled = now.duration_since(*first.get()) >= LATE;
            let number = *first.key();
            // Where there is more than can be read at a look, what comes late is found with all open sessions.
            if !is_settled && self.dealt.len() <= MOST as usize / 2 {
                break;
            }
            self.dealt.remove(&number);
            self.after = number;
        }
        told
    }

    /// Up to where nobody reads any more; asked every so often.
    fn forgettable(&mut self, now: Instant) -> Option<i64> {
        let (last, _) = *self.marks.back()?;
        if now.duration_since(last) < FORGOTTEN {
            return None;
        }
        self.marks.push_back((now, self.dealt.last_key_value().map_or(self.after, |(number, _)| *number)));
        let (since, up_to) = *self.marks.front()?;
        if now.duration_since(since) < KEPT {
            return None;
        }
        self.marks.pop_front();
        Some(up_to)
    }

    /// Whether all open sessions are to be looked at.
    fn is_whole_due(&mut self, now: Instant) -> bool {
        let is_due = now.duration_since(self.looked) > GAP || now.duration_since(self.whole) > WHOLE;
        self.looked = now;
        if is_due {
            self.whole = now;
        }
        is_due
    }
}

impl Floor {
    /// Takes in what other nodes did.
    pub(crate) async fn keep_reading(self: Arc<Self>, mut feed: Feed) {
        loop {
            match self.read_on(&mut feed).await {
                // There is more.
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "what other nodes do is not known"),
            }
            sleep(LOOK).await;
        }
    }

    /// One look. Whether there is more than could be read.
    async fn read_on(self: &Arc<Self>, feed: &mut Feed) -> Result<bool, ReadError> {
        let after = feed.after;
        let told = self.store.read(move |tx| tx.told_after(after, MOST)).await?;
        let (now, is_full) = (Instant::now(), told.len() == MOST as usize);
        let new = feed.deal_with(now, told);
        self.take_in_told(new).await?;
        if feed.is_whole_due(now) {
            self.take_in_all().await?;
        }
        if let Some(up_to) = feed.forgettable(now).filter(|_| self.keeps_house()) {
            self.forget_told(up_to).await;
        }
        Ok(is_full)
    }

    async fn take_in_told(self: &Arc<Self>, told: Vec<NodeChange>) -> Result<(), ReadError> {
        let mut because = HashMap::new();
        let mut changed = BTreeSet::new();
        let own = self.owner.to_string();
        for told in told {
            match serde_json::from_str(&told.told) {
                Ok(Word::Because(why)) => drop(because.insert(told.session_id, Arc::new(why))),
                Ok(Word::Done(done)) if told.node != own => {
                    self.board.events.tell(self.store.now(), Change::Done(done));
                }
                Ok(Word::Failed(from)) if told.node != own => self.note_failure(from),
                Ok(Word::Done(_) | Word::Failed(_)) | Err(_) => {}
            }
            if told.session_id != 0 && self.board.revision(told.session_id) < told.change_id {
                changed.insert(told.session_id);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let read = move |tx: &mut dyn FleetTx| {
            changed.into_iter().map(|session_id| tx.session_as_of(session_id)).collect::<Result<Vec<_>, _>>()
        };
        for (revision, session) in self.store.read(read).await?.into_iter().flatten() {
            let because = because.remove(&session.session_id);
            self.take_in_session(revision, session, because);
        }
        Ok(())
    }

    /// Looks at all sessions that are open, here or there.
    async fn take_in_all(self: &Arc<Self>) -> Result<(), ReadError> {
        let known: HashSet<i64> = self.board.open().into_iter().map(|session| session.session_id).collect();
        let read = move |tx: &mut dyn FleetTx| {
            // What has no number any more was changed before the first that is kept.
            let first = tx.told_after(0, 1)?.first().map_or(0, |told| told.change_id - 1);
            let mut found = tx.open_sessions_as_of()?;
            let mut gone = known;
            for (_, session) in &found {
                gone.remove(&session.session_id);
            }
            for session_id in gone {
                found.extend(tx.session_as_of(session_id)?);
            }
            Ok((first, found))
        };
        let (first, found) = self.store.read(read).await?;
        for (revision, session) in found {
            self.take_in_session(revision.max(first), session, None);
        }
        self.look_for_missing();
        Ok(())
    }

    /// Shows a session as the database has it. A call of this node's that it has left is hung up here too: this node knows best
    /// whether it has been made yet.
    fn take_in_session(&self, revision: i64, session: Session, because: Option<Arc<Because>>) {
        let before = self.board.session(session.session_id).filter(|before| before.state != State::Ended);
        let left = before.map(|before| before.place).filter(|place| {
            let has_left = session.state == State::Ended || session.place.call != place.call;
            has_left && Mark::read(&place.call).is_some_and(|call| call.owner() == self.owner)
        });
        let is_taken_in = self.board.show(self.store.now(), News { revision, session, because, is_own: false });
        if let Some(left) = left.filter(|_| is_taken_in) {
            self.hang_up(&left);
        }
    }

    async fn forget_told(&self, up_to: i64) {
        if let Err(error) = self.store.write(move |tx| tx.forget_told(up_to, MOST)).await {
            tracing::warn!(%error, "what was told stays until the next look");
        }
    }

    /// Tells the other nodes something that is about no session.
    pub(crate) fn tell_nodes(self: &Arc<Self>, word: &Word) {
        if self.is_alone() {
            return;
        }
        let (floor, node, told) = (Arc::clone(self), self.owner.to_string(), word.written());
        self.spawn(async move {
            if let Err(error) = floor.store.write(move |tx| tx.tell_change(&node, 0, &told).map(drop)).await {
                tracing::warn!(%error, "the other nodes are not told");
            }
        });
    }

    /// Somebody failed to log in from this address: the other nodes count that too.
    pub fn login_failed(self: &Arc<Self>, from: IpAddr) {
        self.tell_nodes(&Word::Failed(from));
    }

    /// From where somebody failed to log in on other nodes since this was last asked.
    #[must_use]
    pub fn failed_elsewhere(&self) -> Vec<IpAddr> {
        std::mem::take(&mut *self.others.failures.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note_failure(&self, from: IpAddr) {
        let mut failures = self.others.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() < FAILURES {
            failures.push(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(numbers: &[i64]) -> Vec<NodeChange> {
        let told =
            |number: &i64| NodeChange { change_id: *number, session_id: 0, node: "a".into(), told: String::new() };
        numbers.iter().map(told).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_number_that_comes_late_is_not_missed_and_none_is_dealt_with_twice() {
        let (start, mut feed) = (Instant::now(), Feed::new(Instant::now(), 10));
        assert_eq!(feed.deal_with(start, told(&[11, 14])), told(&[11, 14]));
        assert_eq!(feed.deal_with(start + GAP, told(&[11, 12, 14])), told(&[12]));
        assert_eq!((feed.after, feed.deal_with(start + GAP, told(&[11, 12, 14]))), (10, vec![]));
        assert_eq!(feed.deal_with(start + LATE, told(&[11, 12, 13, 14])), told(&[13]));
        assert_eq!(feed.after, 11, "12 was seen later");
        feed.deal_with(start + LATE * 2, vec![]);
        assert_eq!((feed.after, feed.dealt.len()), (14, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_goes_on_and_takes_no_more_memory() {
        let (now, mut feed) = (Instant::now(), Feed::new(Instant::now(), 0));
        let flood: Vec<i64> = (1..=i64::from(MOST)).collect();
        assert_eq!(feed.deal_with(now, told(&flood)).len(), MOST as usize);
        assert_eq!((feed.after, feed.dealt.len()), (i64::from(MOST) / 2, MOST as usize / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_told_is_forgotten_a_minute_after_it_was_read() {
        let (start, mut feed) = (Instant::now(), Feed::new(Instant::now(), 5));
        let mut forgotten = Vec::new();
        for second in 1..=90 {
            let now = start + Duration::from_secs(second);
            feed.deal_with(now, told(&[5 + i64::try_from(second).unwrap()]));
            forgotten.extend(feed.forgettable(now).map(|up_to| (second, up_to)));
        }
        assert_eq!(forgotten, [(60, 5), (70, 15), (80, 25), (90, 35)]);
    }
}
