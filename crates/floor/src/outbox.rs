//! Webhook events of the floor: session changes, stored in the transaction of the change, and dialers that go down or
//! recover. Events without a subscriber are not stored.

use fleet::sessions::Session;
use fleet::webhooks::Topic;
use fleet::{FleetTx, TxError};
use serde_json::{Value, json};
use store::WriteError;

use crate::floor::Floor;
use crate::view::{DialerView, MoveReason, SessionView};

/// Stores an event for each of these changed sessions, with the reason of its move.
pub(crate) fn store_session_events(
    tx: &mut dyn FleetTx,
    sessions: &[&Session],
    reason: Option<&MoveReason>,
) -> Result<(), TxError> {
    if sessions.is_empty() || !tx.topic_wanted(Topic::Session)? {
        return Ok(());
    }
    for session in sessions {
        let mut data = json!({ "session": SessionView::from(*session) });
        if let Some(reason) = reason {
            data["because"] = reason_json(reason);
        }
        tx.store_event(&format!("session.{}", session.state.word()), &data.to_string())?;
    }
    Ok(())
}

fn reason_json(reason: &MoveReason) -> Value {
    json!({
        "cause": reason.cause,
        "phone_login": reason.phone_login,
        "from_server_ip": reason.left,
        "by": reason.by,
    })
}

impl Floor {
    /// Stores an event for each dialer that went down or recovered since its last event. A suspect dialer causes none.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was stored then.
    pub async fn store_health_events(&self, dialers: Vec<DialerView>) -> Result<(), WriteError> {
        let store_events = move |tx: &mut dyn FleetTx| {
            let is_wanted = tx.topic_wanted(Topic::Dialer)?;
            for dialer in dialers.iter().filter(|dialer| matches!(dialer.health, "healthy" | "down")) {
                let before = tx.note_health(&dialer.server_ip, dialer.health)?;
                // A healthy dialer is news only if it was down. Versions before 0.1.0 stored `well` and `lost`.
                let is_news = match before.as_deref() {
                    None => dialer.health == "down",
                    Some("well") => dialer.health != "healthy",
                    Some("lost") => dialer.health != "down",
                    Some(before) => before != dialer.health,
                };
                if is_news && is_wanted {
                    let kind = format!("dialer.{}", dialer.health);
                    let data = json!({ "server_ip": dialer.server_ip, "server_id": dialer.server_id,
                                       "health": dialer.health, "trouble": dialer.trouble });
                    tx.store_event(&kind, &data.to_string())?;
                }
            }
            Ok(())
        };
        self.store.write(store_events).await
    }
}
