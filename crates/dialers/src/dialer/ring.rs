//! Ringing of a line.

use fleet::dialer_status::RingEnd;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::Dialer;
use super::state::{DialerState, Link};
use super::tracked_calls::OriginateResult;
use crate::action::{Action, Originate};
use crate::call_id::CallId;
use crate::connection::ActionError;

/// An answered call. It is being connected to the extension, and is tracked until it ends or [`Dialer::hang_up`] is
/// called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredCall {
    /// The channel's name, such as `SIP/cc100-00000001`.
    pub channel: String,
    /// The channel's unique id, which is the call id.
    pub unique_id: String,
}

impl Dialer {
    /// Rings a line, and waits for the result for at most the originate's timeout plus [`super::Timing::ring_grace`].
    ///
    /// A call that is given up (the dialer went down, the time ran out, or this future was dropped) is hung up now, or
    /// when its channel appears. A call id must be unique among the present calls, and its owner must be the one in the
    /// dialer's settings.
    ///
    /// # Errors
    /// [`RingEnd`] says why there was no answer. Never [`RingEnd::Dead`], which only the floor detects.
    pub async fn ring(&self, originate: &Originate) -> Result<AnsweredCall, RingEnd> {
        let state = self.state();
        let call_id = originate.call_id;
        let Some(link) = state.link() else { return Err(RingEnd::DialerLost) };
        if call_id.owner() != state.settings.owner {
            return Err(RingEnd::Refused { words: "the call id has another owner".to_owned() });
        }
        let Some(answer) = state.calls().begin(call_id, link.number) else {
            return Err(RingEnd::Refused { words: "the call id is in use".to_owned() });
        };
        state.conferences().enter(&call_id.to_string(), &originate.exten, link.number);
        let mut call = Ringing { state, call_id, is_settled: false };
        let timing = state.settings.timing;
        let mut health = self.connection_state();
        let outcome = tokio::select! {
            outcome = originate_and_wait(&link, originate, answer, timing.action) => outcome,
            _ = health.wait_for(|health| !health.reports_calls()) => Err(RingEnd::DialerLost),
            () = sleep(originate.timeout.saturating_add(timing.ring_grace)) => Err(RingEnd::TimedOut),
        };
        call.is_settled = !matches!(outcome, Err(RingEnd::DialerLost | RingEnd::TimedOut));
        if call.is_settled && outcome.is_err() {
            state.calls().remove(call_id);
            if matches!(outcome, Err(RingEnd::Refused { .. })) {
                state.record_end(&call_id.to_string());
            }
        }
        outcome
    }
}

async fn originate_and_wait(
    link: &Link,
    originate: &Originate,
    answer: oneshot::Receiver<OriginateResult>,
    within: std::time::Duration,
) -> Result<AnsweredCall, RingEnd> {
    match link.connection.act(&Action::Originate(originate.clone()), within).await {
        Ok(_) => {}
        Err(ActionError::Refused(words)) => return Err(RingEnd::Refused { words }),
        Err(ActionError::Unwritable(unwritable)) => return Err(RingEnd::Refused { words: unwritable.to_string() }),
        Err(ActionError::TimedOut) => return Err(RingEnd::TimedOut),
        Err(ActionError::Disconnected(_) | ActionError::NotConnected) => return Err(RingEnd::DialerLost),
    }
    match answer.await {
        Ok(OriginateResult::Answered { channel, unique_id }) => Ok(AnsweredCall { channel, unique_id }),
        Ok(OriginateResult::Failed { reason: 0, was_tried: false }) => Err(RingEnd::NotRegistered),
        Ok(OriginateResult::Failed { reason: 3, .. }) => Err(RingEnd::NoAnswer),
        Ok(OriginateResult::Failed { reason: 5, .. }) => Err(RingEnd::Rejected),
        Ok(OriginateResult::Failed { reason, .. }) => Err(RingEnd::Failed { reason }),
        Ok(OriginateResult::Lost) => Err(RingEnd::DialerLost),
        Err(_) => Err(RingEnd::GivenUp),
    }
}

/// Guard of a ringing call. Dropping it before the call is settled gives the call up.
struct Ringing<'a> {
    state: &'a DialerState,
    call_id: CallId,
    is_settled: bool,
}

impl Drop for Ringing<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.state.give_up(self.call_id);
        }
    }
}
