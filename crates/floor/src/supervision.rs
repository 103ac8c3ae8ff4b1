//! Actions of supervisors. Each writes its audit-log row in the same transaction as the change.

use std::sync::Arc;

use fleet::actor::Actor;
use fleet::sessions::lifecycle;
use fleet::sessions::lifecycle::To;
use fleet::sessions::timeline::{Cause, EndReason};
use fleet::{FleetTx, TxError};
use store::WriteError;
use tokio::time::Instant;

use crate::cluster::node_changes::NodeMessage;
use crate::floor::Floor;
use crate::view::{Change, DialerAction};

/// Outcome of moving all agents away from a dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveAllOutcome {
    /// The dialer does not exist.
    NoSuchDialer,
    /// Nothing was changed: this many agents are in a call there, not the stated number.
    InCall(u32),
    /// All agents that another dialer can take are being moved.
    Done {
        /// Number of agents that are being rung on another dialer.
        moved: usize,
        /// Number of agents that no other dialer can take.
        stayed: usize,
    },
}

/// Outcome of moving one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveOutcome {
    /// The session does not exist or has ended.
    NotOpen,
    /// Nothing was changed: this many agents, 0 or 1, are in a call, not the stated number.
    InCall(u32),
    /// The agent is being rung on another dialer.
    Moved,
    /// No other dialer can take the agent.
    Stays,
}

impl Floor {
    /// Ends an agent's session. Returns whether it was open.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn remove(self: &Arc<Self>, session_id: i64, by: Actor) -> Result<bool, WriteError> {
        let floor = Arc::clone(self);
        self.run_to_completion(async move {
            let ended = floor
                .change(move |tx, changed| {
                    let ended = lifecycle::end(tx, session_id, None, EndReason::Removed)?;
                    if let Some(session) = &ended {
                        changed.push(session.session_id);
                        by.removed(tx, session)?;
                    }
                    Ok(ended)
                })
                .await?;
            if let Some(session) = &ended {
                floor.hang_up(&session.place);
            }
            Ok(ended.is_some())
        })
        .await
    }

    /// Moves an agent to another dialer, if one can take the agent. `in_call` is the number of agents, 0 or 1, that the
    /// caller expects to lose a call.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn move_agent(
        self: &Arc<Self>,
        session_id: i64,
        in_call: u32,
        by: Actor,
    ) -> Result<MoveOutcome, WriteError> {
        let found = self.store.write(move |tx| {
            let Some(session) = tx.session(session_id)?.filter(|session| session.ended.is_none()) else {
                return Ok(None);
            };
            Ok(Some((u32::from(tx.agent_in_call(&session.user)?), session.place.server_ip)))
        });
        let Some((found, server_ip)) = found.await? else { return Ok(MoveOutcome::NotOpen) };
        if found != in_call {
            return Ok(MoveOutcome::InCall(found));
        }
        let (floor, to) = (Arc::clone(self), To::AwayFrom(server_ip));
        self.run_to_completion(async move {
            let moved = floor.move_on_request(session_id, Cause::Moved, to, Some(by)).await?;
            let Some((seat, left)) = moved else { return Ok(MoveOutcome::Stays) };
            floor.start_ringing(Instant::now(), &seat, Cause::Moved, left);
            Ok(MoveOutcome::Moved)
        })
        .await
    }

    /// Moves all agents of a dialer to dialers that can take them. `in_call` is the number of agents that the caller
    /// expects to lose a call.
    ///
    /// # Errors
    /// [`WriteError`]; agents that were moved before the error stay moved.
    pub async fn move_all_agents(
        self: &Arc<Self>,
        server_ip: &str,
        in_call: u32,
        by: Actor,
    ) -> Result<MoveAllOutcome, WriteError> {
        let (floor, address) = (Arc::clone(self), server_ip.to_owned());
        self.run_to_completion(async move { floor.move_all(address, in_call, by).await }).await
    }

    async fn move_all(self: Arc<Self>, address: String, in_call: u32, by: Actor) -> Result<MoveAllOutcome, WriteError> {
        let logged = by.clone();
        let found = self
            .store
            .write(move |tx| {
                let Some(dialer) = tx.dialer(&address)? else { return Ok(None) };
                let found = tx.agents_in_call(&dialer.server_ip)?;
                if found == in_call {
                    logged.emptied(tx, &dialer.server_ip, found)?;
                }
                Ok(Some((dialer.server_ip, found)))
            })
            .await?;
        let Some((server_ip, found)) = found else { return Ok(MoveAllOutcome::NoSuchDialer) };
        if found != in_call {
            return Ok(MoveAllOutcome::InCall(found));
        }
        self.publish_dialer_action(&server_ip, "empty", &by, false);
        let (mut moved, mut stayed) = (0, 0);
        for session in self.session_cache.open_on(&server_ip) {
            let to = To::AwayFrom(server_ip.clone());
            match self.move_on_request(session.session_id, Cause::Moved, to, Some(by.clone())).await? {
                Some((seat, left)) => {
                    self.ring_at_rehome_rate(&seat, Cause::Moved, left);
                    moved += 1;
                }
                None => stayed += 1,
            }
        }
        Ok(MoveAllOutcome::Done { moved, stayed })
    }

    /// Starts or ends draining a dialer. A draining dialer gets no new agents; nobody is moved. Returns whether the
    /// dialer exists.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn set_draining(
        self: &Arc<Self>,
        server_ip: &str,
        draining: bool,
        by: Actor,
    ) -> Result<bool, WriteError> {
        let act = if draining { "drain" } else { "take" };
        self.change_dialer(server_ip, act, by, move |tx, server_ip, by| {
            tx.set_draining(server_ip, draining)?;
            by.drained(tx, server_ip, draining)
        })
        .await
    }

    /// Activates or deactivates a dialer. An inactive dialer gets no new agents; nobody is moved. Returns whether the
    /// dialer exists.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn set_active(self: &Arc<Self>, server_ip: &str, active: bool, by: Actor) -> Result<bool, WriteError> {
        let act = if active { "activate" } else { "deactivate" };
        self.change_dialer(server_ip, act, by, move |tx, server_ip, by| {
            tx.set_active(server_ip, active)?;
            by.activated(tx, server_ip, active)
        })
        .await
    }

    /// Changes a dialer with an audit-log row, publishes the action, and refreshes the dialers. Returns whether the
    /// dialer exists.
    async fn change_dialer(
        self: &Arc<Self>,
        server_ip: &str,
        act: &'static str,
        by: Actor,
        change: impl Fn(&mut dyn FleetTx, &str, &Actor) -> Result<(), TxError> + Send + 'static,
    ) -> Result<bool, WriteError> {
        let (address, logged) = (server_ip.to_owned(), by.clone());
        let known = self
            .store
            .write(move |tx| {
                let Some(dialer) = tx.dialer(&address)? else { return Ok(None) };
                change(tx, &dialer.server_ip, &logged)?;
                Ok(Some(dialer.server_ip))
            })
            .await?;
        let Some(server_ip) = known else { return Ok(false) };
        self.publish_and_refresh(&server_ip, act, &by).await;
        Ok(true)
    }

    /// Publishes a supervisor's action on a dialer, and refreshes the dialers.
    async fn publish_and_refresh(self: &Arc<Self>, server_ip: &str, act: &'static str, by: &Actor) {
        self.publish_dialer_action(server_ip, act, by, false);
        self.refresh_dialers().await;
    }

    pub(crate) fn publish_dialer_action(
        self: &Arc<Self>,
        server_ip: &str,
        act: &'static str,
        by: &Actor,
        planned: bool,
    ) {
        let done = DialerAction { server_ip: server_ip.to_owned(), act: act.into(), user: by.user.clone(), planned };
        self.session_cache.events.publish(self.store.now(), Change::DialerAction(done.clone()));
        self.broadcast(&NodeMessage::DialerAction(done));
    }

    /// Publishes that a supervisor has deleted a dialer without agents.
    pub async fn announce_deleted_dialer(self: &Arc<Self>, server_ip: &str, by: &Actor) {
        self.publish_and_refresh(server_ip, "delete", by).await;
    }
}
