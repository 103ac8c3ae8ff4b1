//! [`SessionHistoryTx`] on any engine.

use std::borrow::Cow;

use fleet::TxError;
use fleet::sessions::history::{PastSession, PastSessions, PastSessionsFilter, PastSessionsQuery, Per, SessionCounts};
use fleet::tx::SessionHistoryTx;

use super::SqlTx;
use crate::database::{Database, Next, Read, params};
use crate::row::{Reader, row};

row! { examined: struct Examined<'a> from "hotdesk_session INDEXED BY hotdesk_session_began" {
    session_id: i64, began: Cow<'a, str>, user: Cow<'a, str>, typed: Cow<'a, str>, server_ip: Cow<'a, str>,
    state: Cow<'a, str>, end_reason: Cow<'a, str>
} }

row! { login: PastSession from "hotdesk_session" {
    session_id, user, typed, campaign_id, state, phone_login, server_ip, began, ended, end_reason, trail
} }

/// Sorts after every login.
const LAST: (&str, i64) = ("9999-12-31 23:59:59", i64::MAX);

/// Number of rows of the first statement; each further statement fetches four times as many.
const SLICE: u32 = 64;

/// The start and the number of a login, after which the next page begins.
type GoesOn = Option<(String, i64)>;

impl<D: Database> SqlTx<D> {
    fn login_row(&self, session_id: i64) -> Result<Option<PastSession>, TxError> {
        self.one(concat!(login!(), "WHERE session_id = ?1"), [session_id], login)
    }

    /// The numbers of the sessions, and where the next page begins.
    fn login_numbers(&self, wanted: &PastSessionsQuery) -> Read<(Vec<i64>, GoesOn)> {
        let PastSessionsQuery { filter, before, at_most, looks_at } = wanted;
        let (mut numbers, mut looked, mut goes_on) = (Vec::new(), 0, None);
        let mut last = before.clone().unwrap_or((LAST.0.to_owned(), LAST.1));
        // In slices: a MariaDB server sends every selected row, even if the client stops reading.
        let mut slice = at_most.saturating_add(1).max(SLICE);
        while goes_on.is_none() && looked < *looks_at {
            let behind = std::mem::take(&mut last);
            let asked = slice.min(looks_at - looked);
            let mut came = 0;
            self.database.visit(
                EXAMINED,
                &params![filter.from, filter.until, behind.0, behind.1, asked],
                &mut |row| {
                    let row = examined(&mut Reader::new(row))?;
                    looked += 1;
                    came += 1;
                    let is_taken = row.matches(filter);
                    last = (row.began.into_owned(), row.session_id);
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

    fn login_counts(&self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError> {
        // Number of characters of `2026-11-21 05:31:00` that label the hour or the day.
        let width = match per {
            Per::Hour => 13,
            Per::Day => 10,
        };
        let mut tally = SessionCounts::default();
        // The rows are in the order of time, so one hour or day is complete when the next begins.
        let (mut label, mut dialers) = (String::new(), Vec::new());
        let mut looked = 0;
        let wanted = params![filter.from, filter.until, LAST.0, LAST.1, looks_at];
        self.database.visit(EXAMINED, &wanted, &mut |row| {
            let row = examined(&mut Reader::new(row))?;
            looked += 1;
            if looked == looks_at {
                tally.since = Some(row.began.clone().into_owned());
            }
            if !row.matches(filter) {
                return Ok(Next::More);
            }
            let of = row.began.get(..width).unwrap_or(&row.began);
            if of != label {
                put(&mut tally, &label, &mut dialers);
                of.clone_into(&mut label);
            }
            tally.counted += 1;
            match dialers.iter_mut().find(|(known, _)| *known == row.server_ip) {
                Some((_, count)) => *count += 1,
                None => dialers.push((row.server_ip.into_owned(), 1)),
            }
            Ok(Next::More)
        })?;
        put(&mut tally, &label, &mut dialers);
        Ok(tally)
    }
}

/// Finds the examined rows, the latest first; the index has all their columns. MariaDB cannot seek by a pair of columns, so it also
/// gets a condition on the first one.
const EXAMINED: &str = concat!(examined!(), "WHERE began >= ?1 AND began < ?2 AND /*SQLITE*/(began, session_id) < (?3, ?4)/*MARIADB began <= ?3 AND (began, session_id) < (?3, ?4)*/
    ORDER BY began DESC, session_id DESC LIMIT ?5");

impl Examined<'_> {
    fn matches(&self, filter: &PastSessionsFilter) -> bool {
        filter.takes(&self.user, &self.typed, &self.server_ip, &self.state, &self.end_reason)
    }
}

/// Adds the counts of one hour or day.
fn put(tally: &mut SessionCounts, label: &str, dialers: &mut Vec<(String, u32)>) {
    tally.counts.extend(dialers.drain(..).map(|(server_ip, count)| (label.to_owned(), server_ip, count)));
}

impl<D: Database> SessionHistoryTx for SqlTx<D> {
    fn list_logins(&mut self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError> {
        let (numbers, goes_on) = self.login_numbers(wanted)?;
        let lines = numbers.into_iter().filter_map(|number| self.login_row(number).transpose());
        Ok(PastSessions { lines: lines.collect::<Result<_, _>>()?, goes_on })
    }

    fn login(&mut self, session_id: i64) -> Result<Option<PastSession>, TxError> {
        self.login_row(session_id)
    }

    fn count_logins(&mut self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError> {
        self.login_counts(filter, per, looks_at)
    }
}
