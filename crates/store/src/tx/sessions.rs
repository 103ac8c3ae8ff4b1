//! [`SessionsTx`] on any engine.

use fleet::sessions::{Campaign, LiveAgent, NewSession, Place, Session, State};
use fleet::tx::SessionsTx;
use fleet::{Timestamp, TxError};

use super::{SqlTx, missing};
use crate::database::{Database, Read, ResultRow, columns, flag, params, text};

columns! { agent_columns, AGENT: AgentColumns {
    server_ip, is_seat = "ifnull(extension NOT LIKE 'r%', 0)", campaign_id
} }

columns! { campaign_columns, CAMPAIGN: CampaignColumns {
    campaign_id, active, pllb_grouping, pllb_grouping_limit, campaign_cid
} }

columns! { session_columns, SESSION: SessionColumns {
    session_id, user, key_digest, logins, campaign_id, state, phone_login, server_ip, conf_exten, channel,
    call = "`call`", began, end_reason, ended
} }
pub(super) use session_columns as agent_session_columns;

/// Columns behind those of a session begin here.
pub(super) const BEHIND_SESSION: usize = SESSION.ended + 1;

macro_rules! session_where {
    ($condition:literal) => {
        concat!("SELECT ", session_columns!(), " FROM hotdesk_session WHERE ", $condition)
    };
}

pub(super) fn session(row: &ResultRow<'_>) -> Read<Session> {
    let place = Place {
        phone_login: text(row, SESSION.phone_login)?,
        server_ip: text(row, SESSION.server_ip)?,
        conf_exten: text(row, SESSION.conf_exten)?,
        channel: text(row, SESSION.channel)?,
        call: text(row, SESSION.call)?,
    };
    Ok(Session {
        session_id: row.get(SESSION.session_id)?,
        user: text(row, SESSION.user)?,
        key_digest: text(row, SESSION.key_digest)?,
        logins: text(row, SESSION.logins)?,
        campaign_id: text(row, SESSION.campaign_id)?,
        state: State::read(&text(row, SESSION.state)?),
        place,
        began: text(row, SESSION.began)?,
        end_reason: text(row, SESSION.end_reason)?,
        ended: Timestamp::from_stamp(&text(row, SESSION.ended)?),
    })
}

impl<D: Database> SqlTx<D> {
    /// Changes the session of this number, which was found before.
    fn change_session(&self, sql: &'static str, session_id: i64, value: &str) -> Result<(), TxError> {
        self.change_one(sql, params![session_id, value], || {
            missing("hotdesk_session", "session_id", &session_id.to_string())
        })
    }
}

impl<D: Database> SessionsTx for SqlTx<D> {
    fn open_session(&mut self, session: &NewSession<'_>) -> Result<i64, TxError> {
        let NewSession { user, typed, key_digest, logins, campaign_id } = session;
        self.change(
            "INSERT INTO hotdesk_session (user, typed, key_digest, logins, campaign_id, began) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [user, typed, key_digest, logins, campaign_id, &self.stamp.as_str()],
        )?;
        Ok(self.database.last_number())
    }

    fn keep_ended(&mut self, session: &NewSession<'_>, reason: &str, trail: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_session (user, typed, campaign_id, state, began, ended, end_reason, trail)
             VALUES (?1, ?2, ?3, 'ended', ?4, ?4, ?5, ?6)",
            [session.user, session.typed, session.campaign_id, &self.stamp, reason, trail],
        )
        .map(drop)
    }

    fn place_session(&mut self, session_id: i64, state: State, place: &Place) -> Result<(), TxError> {
        let Place { phone_login, server_ip, conf_exten, channel, call } = place;
        self.change_one(
            "UPDATE hotdesk_session SET state = ?2, phone_login = ?3, server_ip = ?4, conf_exten = ?5, channel = ?6, `call` = ?7,
                    ended = NULL, end_reason = NULL
             WHERE session_id = ?1",
            params![session_id, state.word(), phone_login, server_ip, conf_exten, channel, call],
            || missing("hotdesk_session", "session_id", &session_id.to_string()),
        )?;
        self.change(
            "INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, campaign_id, last_update_time)
             SELECT user, server_ip, conf_exten, channel, 'PAUSED', campaign_id, ?2
             FROM hotdesk_session WHERE session_id = ?1
             ON CONFLICT (user) DO UPDATE SET server_ip = excluded.server_ip, conf_exten = excluded.conf_exten,
                 extension = excluded.extension, status = excluded.status, campaign_id = excluded.campaign_id,
                 last_update_time = excluded.last_update_time",
            params![session_id, self.stamp],
        )
        .map(drop)
    }

    fn mark_session_live(&mut self, session_id: i64) -> Result<(), TxError> {
        self.change_session(
            "UPDATE hotdesk_session SET state = ?2 WHERE session_id = ?1",
            session_id,
            State::Live.word(),
        )
    }

    fn end_session(&mut self, session_id: i64, reason: &str) -> Result<(), TxError> {
        self.change_one(
            "UPDATE hotdesk_session SET state = 'ended', ended = ?2, end_reason = ?3 WHERE session_id = ?1",
            params![session_id, self.stamp, reason],
            || missing("hotdesk_session", "session_id", &session_id.to_string()),
        )?;
        // Another program may have taken the agent out already.
        self.change(
            "DELETE FROM vicidial_live_agents WHERE user = (SELECT user FROM hotdesk_session WHERE session_id = ?1)",
            [session_id],
        )
        .map(drop)
    }

    fn note(&mut self, session_id: i64, lines: &str) -> Result<(), TxError> {
        self.change_session(
            // A dialer that comes and goes all day must not make one row grow for ever.
            "UPDATE hotdesk_session SET trail = CASE WHEN length(trail) < 65536 THEN trail || ?2 ELSE trail END
             WHERE session_id = ?1",
            session_id,
            &format!("{lines}\n"),
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
            "UPDATE vicidial_live_agents SET last_update_time = ?1
             WHERE user IN (SELECT user FROM hotdesk_session WHERE ended IS NULL)",
            [&self.stamp],
        )
        .map(drop)
    }

    fn trail(&mut self, session_id: i64) -> Result<String, TxError> {
        let trail =
            self.one("SELECT trail FROM hotdesk_session WHERE session_id = ?1", [session_id], |row| text(row, 0))?;
        Ok(trail.unwrap_or_default())
    }

    fn agents_in_call(&mut self, server_ip: &str) -> Result<u32, TxError> {
        let agents = self.one(
            "SELECT count(*) FROM vicidial_live_agents WHERE server_ip = ?1 AND status = 'INCALL'",
            [server_ip],
            |row| row.get(0),
        )?;
        Ok(agents.unwrap_or(0))
    }

    fn agent_in_call(&mut self, user: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM vicidial_live_agents WHERE user = ?1 AND status = 'INCALL'", [user])
    }

    fn live_agent(&mut self, user: &str) -> Result<Option<LiveAgent>, TxError> {
        self.one(concat!("SELECT ", agent_columns!(), " FROM vicidial_live_agents WHERE user = ?1"), [user], |row| {
            Ok(LiveAgent {
                server_ip: text(row, AGENT.server_ip)?,
                is_seat: row.get(AGENT.is_seat)?,
                campaign_id: text(row, AGENT.campaign_id)?,
            })
        })
    }

    fn agent_on(&mut self, server_ip: &str, channel: &str, but: &str) -> Result<Option<String>, TxError> {
        self.one(
            "SELECT user FROM vicidial_live_agents WHERE server_ip = ?1 AND extension = ?2 AND user <> ?3 LIMIT 1",
            [server_ip, channel, but],
            |row| text(row, 0),
        )
    }

    fn campaign(&mut self, campaign_id: &str) -> Result<Option<Campaign>, TxError> {
        self.one(
            concat!(
                "SELECT ",
                campaign_columns!(),
                " FROM vicidial_campaigns
             WHERE campaign_id = ?1 COLLATE NOCASE"
            ),
            [campaign_id.trim_end_matches(' ')],
            |row| {
                Ok(Campaign {
                    campaign_id: text(row, CAMPAIGN.campaign_id)?,
                    active: flag(row, CAMPAIGN.active)?,
                    pllb_grouping: text(row, CAMPAIGN.pllb_grouping)?,
                    pllb_grouping_limit: row.get(CAMPAIGN.pllb_grouping_limit)?,
                    campaign_cid: text(row, CAMPAIGN.campaign_cid)?,
                })
            },
        )
    }

    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str) -> Result<u32, TxError> {
        let seats = self.one(
            "SELECT count(*) FROM vicidial_live_agents WHERE server_ip = ?1 AND campaign_id = ?2",
            [server_ip, campaign_id],
            |row| row.get(0),
        )?;
        Ok(seats.unwrap_or(0))
    }
}
