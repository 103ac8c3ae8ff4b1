//! [`SessionsTx`] on any engine.

use fleet::TxError;
use fleet::sessions::{Campaign, LiveAgent, NewSession, Place, Session, State};
use fleet::tx::SessionsTx;

use super::{SqlTx, missing};
use crate::database::{Database, params};
use crate::row::{from_text, insert, row, update};

/// Condition for a row of `vicidial_live_agents` that is a seat: not a remote agent, whose extension begins with `R`, and not without an
/// extension. The table `hotdesk_seats` counts by the same rule.
macro_rules! is_seat {
    () => {
        "extension NOT LIKE 'r%'"
    };
}

row! { agent: LiveAgent from "vicidial_live_agents" {
    server_ip, is_seat = concat!("ifnull(", is_seat!(), ", 0)"), campaign_id
} }

row! { campaign: Campaign from "vicidial_campaigns" {
    campaign_id, active, pllb_grouping, pllb_grouping_limit, campaign_cid
} }

row! { pub(super) session: Session {
    session_id, user, key_digest, logins, campaign_id, state,
    place => Place { phone_login, server_ip, conf_exten, channel, call = "`call`" },
    began, end_reason, ended
} }
pub(super) use session as session_columns;

from_text! { State: |word| Some(Self::read(word)); }

macro_rules! session_where {
    ($condition:literal) => {
        concat!("SELECT ", session!(), " FROM hotdesk_session WHERE ", $condition)
    };
}

/// No row of a session that was found before.
fn no_session(session_id: i64) -> TxError {
    missing("hotdesk_session", "session_id", &session_id.to_string())
}

impl<D: Database> SqlTx<D> {
    /// Deletes the live agent of a session, unless another program has done so already.
    fn remove_live_agent(&self, session_id: i64) -> Result<(), TxError> {
        self.change(
            "DELETE FROM vicidial_live_agents WHERE user = (SELECT user FROM hotdesk_session WHERE session_id = ?1)",
            [session_id],
        )
        .map(drop)
    }
}

impl<D: Database> SessionsTx for SqlTx<D> {
    fn open_session(&mut self, session: &NewSession<'_>) -> Result<i64, TxError> {
        self.run(insert!("hotdesk_session" {
            user: session.user,
            typed: session.typed,
            key_digest: session.key_digest,
            logins: session.logins,
            campaign_id: session.campaign_id,
            began: self.stamp,
        }))?;
        Ok(self.database.last_number())
    }

    fn store_ended_session(&mut self, session: &NewSession<'_>, reason: &str, trail: &str) -> Result<(), TxError> {
        self.run(insert!("hotdesk_session" {
            user: session.user,
            typed: session.typed,
            campaign_id: session.campaign_id,
            state: State::Ended.word(),
            began: self.stamp,
            ended: self.stamp,
            end_reason: reason,
            trail: trail,
        }))
    }

    fn place_session(&mut self, session_id: i64, state: State, place: &Place) -> Result<(), TxError> {
        self.run_one(
            update!("hotdesk_session" {
                state: state.word(),
                phone_login: place.phone_login,
                server_ip: place.server_ip,
                conf_exten: place.conf_exten,
                channel: place.channel,
                "`call`": place.call,
                ended: None::<&str>,
                end_reason: None::<&str>,
            } "WHERE session_id = ?", session_id),
            || no_session(session_id),
        )?;
        if self.database.is_shared_with_vicidial() {
            // VICIdial's table has no unique key that the next statement could find the agent's left-over row by.
            self.remove_live_agent(session_id)?;
        }
        self.change(
            "INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, lead_id, campaign_id, callerid,
                    last_update_time)
             SELECT user, server_ip, conf_exten, channel, 'PAUSED', 0, campaign_id, '', /*TO LOCAL*/(?2)
             FROM hotdesk_session WHERE session_id = ?1
             ON CONFLICT (user) DO UPDATE SET server_ip = excluded.server_ip, conf_exten = excluded.conf_exten,
                 extension = excluded.extension, status = excluded.status, campaign_id = excluded.campaign_id,
                 last_update_time = excluded.last_update_time",
            params![session_id, self.stamp],
        )
        .map(drop)
    }

    fn mark_session_live(&mut self, session_id: i64) -> Result<(), TxError> {
        self.run_one(
            update!("hotdesk_session" { state: State::Live.word() } "WHERE session_id = ?", session_id),
            || no_session(session_id),
        )
    }

    fn end_session(&mut self, session_id: i64, reason: &str) -> Result<(), TxError> {
        self.run_one(
            update!("hotdesk_session" { state: State::Ended.word(), ended: self.stamp, end_reason: reason }
                "WHERE session_id = ?", session_id),
            || no_session(session_id),
        )?;
        self.remove_live_agent(session_id)
    }

    fn note(&mut self, session_id: i64, lines: &str) -> Result<(), TxError> {
        self.change_one(
            // The row stays bounded even if a dialer goes up and down all day.
            "UPDATE hotdesk_session SET trail = CASE WHEN length(trail) < 65536 THEN trail || ?2 ELSE trail END
             WHERE session_id = ?1",
            params![session_id, format!("{lines}\n")],
            || no_session(session_id),
        )
    }

    fn session(&mut self, session_id: i64) -> Result<Option<Session>, TxError> {
        self.one(session_where!("session_id = ?1 /*FOR UPDATE*/"), [session_id], session)
    }

    fn session_of(&mut self, user: &str) -> Result<Option<Session>, TxError> {
        self.one(session_where!("user = ?1 AND ended IS NULL /*FOR UPDATE*/"), [user], session)
    }

    fn open_sessions(&mut self) -> Result<Vec<Session>, TxError> {
        self.all(session_where!("ended IS NULL ORDER BY session_id"), params![], session)
    }

    fn refresh_agents(&mut self) -> Result<(), TxError> {
        self.change(
            "UPDATE vicidial_live_agents SET last_update_time = /*TO LOCAL*/(?1)
             WHERE user IN (SELECT user FROM hotdesk_session WHERE ended IS NULL)",
            [&self.stamp],
        )
        .map(drop)
    }

    fn trail(&mut self, session_id: i64) -> Result<String, TxError> {
        Ok(self.value("SELECT trail FROM hotdesk_session WHERE session_id = ?1", [session_id])?.unwrap_or_default())
    }

    fn agents_in_call(&mut self, server_ip: &str) -> Result<u32, TxError> {
        let count = "SELECT count(*) FROM vicidial_live_agents WHERE server_ip = ?1 AND status = 'INCALL'";
        Ok(self.value(count, [server_ip])?.unwrap_or(0))
    }

    fn agent_in_call(&mut self, user: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM vicidial_live_agents WHERE user = ?1 AND status = 'INCALL'", [user])
    }

    fn live_agent(&mut self, user: &str) -> Result<Option<LiveAgent>, TxError> {
        self.one(concat!(agent!(), "WHERE user = ?1"), [user], agent)
    }

    fn agent_on(&mut self, server_ip: &str, channel: &str, but: &str) -> Result<Option<String>, TxError> {
        self.value(
            "SELECT user FROM vicidial_live_agents WHERE server_ip = ?1 AND extension = ?2 AND user <> ?3 LIMIT 1",
            [server_ip, channel, but],
        )
    }

    fn agent_on_device(&mut self, extension: &str, but: &str) -> Result<Option<String>, TxError> {
        let channels = ["SIP", "PJSIP", "IAX2"].map(|technology| format!("{technology}/{extension}"));
        let [sip, pjsip, iax] = &channels;
        // The index begins with the dialer.
        self.value(
            "SELECT user FROM vicidial_live_agents
             WHERE server_ip IN (SELECT server_ip FROM servers) AND extension IN (?1, ?2, ?3) AND user <> ?4 LIMIT 1",
            [sip.as_str(), pjsip.as_str(), iax.as_str(), but],
        )
    }

    fn campaign(&mut self, campaign_id: &str) -> Result<Option<Campaign>, TxError> {
        let find = concat!(campaign!(), "WHERE campaign_id = ?1 COLLATE NOCASE");
        self.one(find, [campaign_id.trim_end_matches(' ')], campaign)
    }

    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str) -> Result<u32, TxError> {
        let count = concat!(
            "SELECT count(*) FROM vicidial_live_agents WHERE server_ip = ?1 AND campaign_id = ?2 AND ",
            is_seat!()
        );
        Ok(self.value(count, [server_ip, campaign_id])?.unwrap_or(0))
    }
}
