//! Ringing a line, from the question to what came of it.

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::Dialer;
use super::calls::Answer;
use super::shared::{Link, Shared};
use crate::action::{Action, Originate};
use crate::connection::ActError;
use crate::mark::Mark;

/// What came of a ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The line has answered and is on its way into the extension. The call is wanted until it ends or
    /// [`Dialer::hang_up`] is called for it.
    Answered {
        /// The channel's name, such as `SIP/cc100-00000001`.
        channel: String,
        /// The channel's unique id, which is the mark.
        unique_id: String,
    },
    /// The line is not registered, or the dialer does not know it. It said so at once.
    NotRegistered,
    /// The line did not answer before the originate's timeout.
    NoAnswer,
    /// The line is busy, or the agent rejected the call.
    Rejected,
    /// The call failed for another reason, by Asterisk's number: 8 for congestion, 0 if somebody else hung it up while it
    /// rang.
    Failed {
        /// Asterisk's number.
        reason: u8,
    },
    /// The dialer refuses the call, in its words: there is no such extension, or Hotdesk's account may not. Or the
    /// originate has something in it that cannot be sent.
    Refused {
        /// Why.
        words: String,
    },
    /// There is no connection to the dialer, or it became suspect meanwhile. If the phone rings late, the call is hung up.
    DialerLost,
    /// The dialer is well and told nothing in time. If the phone rings late, the call is hung up.
    TimedOut,
    /// [`Dialer::hang_up`] was called for it meanwhile.
    GivenUp,
}

impl Dialer {
    /// Rings a line and waits until it is known what comes of it, at most the originate's timeout and
    /// [`super::Timing::ring_grace`].
    ///
    /// A call that is given up (the dialer lost, timed out, or this future dropped) is not wanted any more: it is hung up
    /// now, or when it appears. Only one ring at a time, or answered call, can have the same mark; its owner must be the
    /// one that the dialer is watched with.
    pub async fn ring(&self, originate: &Originate) -> Outcome {
        let shared = self.shared();
        let mark = originate.mark;
        let Some(link) = shared.link() else { return Outcome::DialerLost };
        if mark.owner() != shared.settings.owner {
            return Outcome::Refused { words: "the mark has another owner".to_owned() };
        }
        let Some(answer) = shared.calls().begin(mark, link.number) else {
            return Outcome::Refused { words: "the mark is in use".to_owned() };
        };
        let mut call = Ringing { shared, mark, is_settled: false };
        let timing = shared.settings.timing;
        let mut health = self.health();
        let outcome = tokio::select! {
            outcome = ask(&link, originate, answer, timing.action) => outcome,
            _ = health.wait_for(|health| !health.is_well()) => Outcome::DialerLost,
            () = sleep(originate.timeout.saturating_add(timing.ring_grace)) => Outcome::TimedOut,
        };
        call.is_settled = !matches!(outcome, Outcome::DialerLost | Outcome::TimedOut);
        if call.is_settled && !matches!(outcome, Outcome::Answered { .. }) {
            shared.calls().forget(mark);
        }
        outcome
    }
}

async fn ask(
    link: &Link,
    originate: &Originate,
    answer: oneshot::Receiver<Answer>,
    within: std::time::Duration,
) -> Outcome {
    match link.connection.act(&Action::Originate(originate.clone()), within).await {
        Ok(_) => {}
        Err(ActError::Refused(words)) => return Outcome::Refused { words },
        Err(ActError::Unwritable(unwritable)) => return Outcome::Refused { words: unwritable.to_string() },
        Err(ActError::TimedOut) => return Outcome::TimedOut,
        Err(ActError::Ended(_) | ActError::NotConnected) => return Outcome::DialerLost,
    }
    match answer.await {
        Ok(Answer::Answered { channel, unique_id }) => Outcome::Answered { channel, unique_id },
        Ok(Answer::Failed { reason: 0, was_tried: false }) => Outcome::NotRegistered,
        Ok(Answer::Failed { reason: 3, .. }) => Outcome::NoAnswer,
        Ok(Answer::Failed { reason: 5, .. }) => Outcome::Rejected,
        Ok(Answer::Failed { reason, .. }) => Outcome::Failed { reason },
        Ok(Answer::Lost) => Outcome::DialerLost,
        Err(_) => Outcome::GivenUp,
    }
}

/// A call that rings for somebody. It is given up when this is dropped before it is settled.
struct Ringing<'a> {
    shared: &'a Shared,
    mark: Mark,
    is_settled: bool,
}

impl Drop for Ringing<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.shared.give_up(self.mark);
        }
    }
}
