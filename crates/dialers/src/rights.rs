//! Check of the rights of Hotdesk's account on a dialer (`manager.conf`). It rings no phone and ends no call.

use std::time::Duration;

use crate::action::Action;
use crate::call_id::CallId;
use crate::connection::{ActionError, Connection};
use crate::frame::Frame;

/// Asterisk's reply to the hang-up of a channel that does not exist.
const NO_SUCH_CHANNEL: &str = "No such channel";

/// Asterisk's reply to an action for which the account lacks the right.
const PERMISSION_DENIED: &str = "Permission denied";

/// A right that the account lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingRight {
    /// It may not hang up calls.
    HangUp,
    /// It may not place calls.
    Originate,
    /// It gets no events about its calls.
    CallEvents,
    /// It may not list the channels or the registrations.
    Lists,
}

/// Why a check has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckFailure {
    /// The account lacks a right.
    Missing(MissingRight),
    /// The dialer did not answer, or is shutting down.
    NoAnswer,
}

impl MissingRight {
    /// The right and the lines that `manager.conf` needs.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::HangUp => {
                "the right to hang up calls: add `call` to the line `write =` of the account in manager.conf"
            }
            Self::Originate => {
                "the right to place calls: add `originate` to the line `write =` of the account in manager.conf"
            }
            Self::CallEvents => {
                "the events of its calls: add `call` to the line `read =` of the account in manager.conf, and remove \
                 an `eventfilter` that holds OriginateResponse back"
            }
            Self::Lists => {
                "the right to list channels and registrations: add `system` and `reporting` to the line `write =` of \
                 the account in manager.conf"
            }
        }
    }
}

/// Whether a refused hang-up means that the call does not exist.
pub(crate) fn is_gone(words: &str) -> bool {
    words.starts_with(NO_SUCH_CHANNEL)
}

/// Whether an action was refused because the account lacks the right.
pub(crate) fn is_denied(words: &str) -> bool {
    words.starts_with(PERMISSION_DENIED)
}

/// Checks each right. `probe` is a call id that no call has, and `failed` resolves when the event about its failed
/// call arrives. `lists` are the lists of registrations to check. Returns the dialer's channels.
///
/// # Errors
/// See [`CheckFailure`].
pub async fn check(
    connection: &Connection,
    probe: CallId,
    failed: impl Future<Output = ()>,
    lists: &[Action],
    within: Duration,
) -> Result<Vec<Frame>, CheckFailure> {
    match connection.act(&Action::Hangup { channel: probe.to_string() }, within).await {
        Err(ActionError::Refused(words)) if is_gone(&words) => {}
        Err(error) => return Err(failure(&error, MissingRight::HangUp)),
        Ok(_) => return Err(CheckFailure::NoAnswer),
    }
    if let Err(error) = connection.act(&Action::ProbeOriginate(probe), within).await {
        return Err(failure(&error, MissingRight::Originate));
    }
    if tokio::time::timeout(within, failed).await.is_err() {
        // A dialer that does not answer a ping either has frozen meanwhile.
        let pong = connection.act(&Action::Ping, within).await;
        return Err(match pong {
            Ok(_) => CheckFailure::Missing(MissingRight::CallEvents),
            Err(_) => CheckFailure::NoAnswer,
        });
    }
    for action in lists {
        match connection.act(action, within).await {
            Err(ActionError::Refused(words)) if is_denied(&words) => {
                return Err(CheckFailure::Missing(MissingRight::Lists));
            }
            // A driver that is not loaded, or a long list.
            _ => {}
        }
    }
    match connection.act(&Action::CoreShowChannels, within * 5).await {
        Ok(reply) => Ok(reply.entries),
        Err(error) => Err(failure(&error, MissingRight::Lists)),
    }
}

/// The meaning of a failed action that needs this right.
fn failure(error: &ActionError, right: MissingRight) -> CheckFailure {
    match error {
        ActionError::Refused(words) if is_denied(words) => CheckFailure::Missing(right),
        _ => CheckFailure::NoAnswer,
    }
}
