//! What the floor keeps for webhooks: what became of sessions, in the transaction that changes them, and which dialers are
//! lost. Nothing is kept that nobody wants.

use fleet::sessions::Session;
use fleet::webhooks::Topic;
use fleet::{FleetTx, TxError};
use serde_json::{Value, json};
use store::WriteError;

use crate::floor::Floor;
use crate::view::{DialerView, MoveReason, SessionView};

/// Keeps what became of these sessions, and why they went where they are.
pub(crate) fn keep_sessions(
    tx: &mut dyn FleetTx,
    sessions: &[&Session],
    because: Option<&MoveReason>,
) -> Result<(), TxError> {
    if sessions.is_empty() || !tx.topic_wanted(Topic::Session)? {
        return Ok(());
    }
    for session in sessions {
        let mut data = json!({ "session": SessionView::from(*session) });
        if let Some(because) = because {
            data["because"] = told(because);
        }
        tx.keep_event(&format!("session.{}", session.state.word()), &data.to_string())?;
    }
    Ok(())
}

fn told(because: &MoveReason) -> Value {
    json!({
        "cause": because.cause,
        "phone_login": because.phone_login,
        "from_server_ip": because.left,
        "by": because.by,
    })
}

impl Floor {
    /// Stores an event for each dialer that went down or recovered since its last event. A suspect dialer causes none yet.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was kept then.
    pub async fn keep_health(&self, dialers: Vec<DialerView>) -> Result<(), WriteError> {
        let keep = move |tx: &mut dyn FleetTx| {
            let is_wanted = tx.topic_wanted(Topic::Dialer)?;
            for dialer in dialers.iter().filter(|dialer| matches!(dialer.health, "healthy" | "down")) {
                let before = tx.note_health(&dialer.server_ip, dialer.health)?;
                // That a dialer is healthy is news only if it was down. Versions before 0.1.0 noted `well` and `lost`.
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
                    tx.keep_event(&kind, &data.to_string())?;
                }
            }
            Ok(())
        };
        self.store.write(keep).await
    }
}
