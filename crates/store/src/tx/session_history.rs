//! [`SessionHistoryTx`] on any engine.

use std::borrow::Cow;

use fleet::TxError;
use fleet::sessions::State;
use fleet::sessions::history::{PastSession, PastSessions, PastSessionsFilter, PastSessionsQuery, Per, SessionCounts};
use fleet::tx::SessionHistoryTx;

use super::SqlTx;
use crate::database::{Cell, Database, Next, Read, ResultRow, columns, params, text};

columns! { look_columns, LOOK: LookColumns {
    session_id, began, user, typed, server_ip, state, end_reason = "ifnull(end_reason, '')"
} }

columns! { login_columns, LOGIN: LoginColumns {
    session_id, user, typed, campaign_id, state, phone_login, server_ip, began, ended, end_reason, trail
} }

/// Later than any login.
const LAST: (&str, i64) = ("9999-12-31 23:59:59", i64::MAX);

/// How many sessions are looked at first; then four times as many, and so on.
const SLICE: u32 = 64;

/// A login by its beginning and its number, behind which there may be more.
type GoesOn = Option<(String, i64)>;

fn login(row: &ResultRow<'_>) -> Read<PastSession> {
    Ok(PastSession {
        session_id: row.get(LOGIN.session_id)?,
        user: text(row, LOGIN.user)?,
        typed: text(row, LOGIN.typed)?,
        campaign_id: text(row, LOGIN.campaign_id)?,
        state: State::read(&text(row, LOGIN.state)?),
        phone_login: text(row, LOGIN.phone_login)?,
        server_ip: text(row, LOGIN.server_ip)?,
        began: text(row, LOGIN.began)?,
        ended: text(row, LOGIN.ended)?,
        end_reason: text(row, LOGIN.end_reason)?,
        trail: text(row, LOGIN.trail)?,
    })
}

impl<D: Database> SqlTx<D> {
    pub(super) fn logins(&self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError> {
        let (numbers, goes_on) = self.login_numbers(wanted)?;
        let lines = numbers.into_iter().filter_map(|number| self.login_row(number).transpose());
        Ok(PastSessions { lines: lines.collect::<Result<_, _>>()?, goes_on })
    }

    pub(super) fn login_row(&self, session_id: i64) -> Result<Option<PastSession>, TxError> {
        self.one(
            concat!("SELECT ", login_columns!(), " FROM hotdesk_session WHERE session_id = ?1"),
            [session_id],
            login,
        )
    }

    /// The numbers of the sessions, and where to go on.
    fn login_numbers(&self, wanted: &PastSessionsQuery) -> Read<(Vec<i64>, GoesOn)> {
        let PastSessionsQuery { filter, before, at_most, looks_at } = wanted;
        let (mut numbers, mut looked, mut goes_on) = (Vec::new(), 0, None);
        let mut last = before.clone().unwrap_or((LAST.0.to_owned(), LAST.1));
        // Not all at once: a server sends whatever was asked for, even if less is taken.
        let mut slice = at_most.saturating_add(1).max(SLICE);
        while goes_on.is_none() && looked < *looks_at {
            let behind = std::mem::take(&mut last);
            let asked = slice.min(looks_at - looked);
            let mut came = 0;
            self.database.visit(
                LOOKED_AT,
                &params![filter.from, filter.until, behind.0, behind.1, asked],
                &mut |row| {
                    looked += 1;
                    came += 1;
                    last = (text(row, LOOK.began)?, row.get(LOOK.session_id)?);
                    let is_taken = takes(filter, row)?;
                    if is_taken {
                        numbers.push(last.1);
                    }
                    if looked == *looks_at || (is_taken && numbers.len() >= *at_most as usize) {
                        goes_on = Some(last.clone());
                        return Ok(Next::Enough);
                    }
                    Ok(Next::More)
                },
            )?;
            if came < asked {
                break;
            }
            slice = slice.saturating_mul(4);
        }
        Ok((numbers, goes_on))
    }

    pub(super) fn login_counts(
        &self,
        filter: &PastSessionsFilter,
        per: Per,
        looks_at: u32,
    ) -> Result<SessionCounts, TxError> {
        // As many characters of `2026-11-21 05:31:00`.
        let width = match per {
            Per::Hour => 13,
            Per::Day => 10,
        };
        let mut tally = SessionCounts::default();
        // Those of one hour come one after the other, and are counted before the next.
        let (mut label, mut dialers) = (String::new(), Vec::new());
        let mut looked = 0;
        let wanted = params![filter.from, filter.until, LAST.0, LAST.1, looks_at];
        self.database.visit(LOOKED_AT, &wanted, &mut |row| {
            looked += 1;
            let began = column(row, LOOK.began)?;
            if looked == looks_at {
                tally.since = Some(began.clone().into_owned());
            }
            if !takes(filter, row)? {
                return Ok(Next::More);
            }
            let of = began.get(..width).unwrap_or(&began);
            if of != label {
                put(&mut tally, &label, &mut dialers);
                of.clone_into(&mut label);
            }
            tally.counted += 1;
            let server_ip = column(row, LOOK.server_ip)?;
            match dialers.iter_mut().find(|(known, _)| *known == server_ip) {
                Some((_, count)) => *count += 1,
                None => dialers.push((server_ip.into_owned(), 1)),
            }
            Ok(Next::More)
        })?;
        put(&mut tally, &label, &mut dialers);
        Ok(tally)
    }
}

/// What is looked at, the latest first: all of it is in the index. By a pair of columns, MariaDB does not find where to begin.
const LOOKED_AT: &str = concat!("SELECT ", look_columns!(), " FROM hotdesk_session INDEXED BY hotdesk_session_began
    WHERE began >= ?1 AND began < ?2 AND /*SQLITE*/(began, session_id) < (?3, ?4)/*MARIADB began <= ?3 AND (began, session_id) < (?3, ?4)*/
    ORDER BY began DESC, session_id DESC LIMIT ?5");

/// A text column, as it stands in the row.
fn column<'a>(row: &'a ResultRow<'_>, column: usize) -> Read<Cow<'a, str>> {
    match row.cell(column)? {
        Cell::Text(Cow::Borrowed(bytes)) => Ok(String::from_utf8_lossy(bytes)),
        _ => text(row, column).map(Cow::Owned),
    }
}

fn takes(filter: &PastSessionsFilter, row: &ResultRow<'_>) -> Read<bool> {
    Ok(filter.takes(
        &column(row, LOOK.user)?,
        &column(row, LOOK.typed)?,
        &column(row, LOOK.server_ip)?,
        &column(row, LOOK.state)?,
        &column(row, LOOK.end_reason)?,
    ))
}

/// Adds what was counted of one hour or day.
fn put(tally: &mut SessionCounts, label: &str, dialers: &mut Vec<(String, u32)>) {
    tally.counts.extend(dialers.drain(..).map(|(server_ip, count)| (label.to_owned(), server_ip, count)));
}

impl<D: Database> SessionHistoryTx for SqlTx<D> {
    fn list_logins(&mut self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError> {
        self.logins(wanted)
    }

    fn login(&mut self, session_id: i64) -> Result<Option<PastSession>, TxError> {
        self.login_row(session_id)
    }

    fn count_logins(&mut self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError> {
        self.login_counts(filter, per, looks_at)
    }
}
