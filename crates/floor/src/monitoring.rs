//! Monitoring calls: placed for a supervisor, and part of no session.

use std::sync::Arc;
use std::time::Duration;

use dialers::action::Originate;
use dialers::call_id::CallId;
use fleet::sessions::Call;
use tracing::Instrument;

use crate::Driver;
use crate::floor::Floor;

impl Floor {
    /// The unique id of a call that this node is to place; `None` where the cluster's daemons place calls.
    #[must_use]
    pub fn new_call_id(&self) -> Option<String> {
        (self.options.driver == Driver::Ami).then(|| self.cluster.next_call().to_string())
    }

    /// Places a call that belongs to no session, in the background. A refused call is logged.
    pub fn place_call(self: &Arc<Self>, call_id: &str, call: Call) {
        let Some(call_id) = CallId::read(call_id) else { return };
        let Some(dialer) = self.dialer_registry.watched(&call.server_ip) else {
            tracing::warn!(%call_id, dialer = call.server_ip, "a monitoring call was not placed: its dialer is not watched");
            return;
        };
        let originate = originate(call_id, &call);
        let placing = async move {
            match dialer.ring(originate).await {
                Ok(_) => tracing::info!(%call_id, dialer = call.server_ip, "a monitoring call is up"),
                Err(end) => tracing::warn!(%call_id, dialer = call.server_ip, ?end, "a monitoring call failed"),
            }
        };
        self.spawn(placing.in_current_span());
    }
}

/// The call as a dialer is asked for it.
pub(crate) fn originate(call_id: CallId, call: &Call) -> Originate {
    Originate {
        channel: call.channel.clone(),
        context: call.context.clone(),
        exten: call.exten.clone(),
        priority: 1,
        caller_id: format!("\"{}\" <{}>", call.callerid, call.caller_number),
        timeout: Duration::from_secs(call.ring_timeout.into()),
        variables: Vec::new(),
        call_id,
    }
}
