//! Logins of the past. What is wanted is found in an index that has all that is asked for: a session's row is read only if it is
//! one of them.

use fleet::TxError;
use fleet::panel::{LoginLine, Logins, LoginsFilter, LoginsWanted, Per, Tally};
use fleet::seating::State;
use rusqlite::{Row, params};

use super::{SqliteTx, database, text};

/// Later than any login.
const LAST: (&str, i64) = ("9999", i64::MAX);

/// A login by its beginning and its number, behind which there may be more.
type GoesOn = Option<(String, i64)>;

fn login(row: &Row<'_>) -> rusqlite::Result<LoginLine> {
    Ok(LoginLine {
        session_id: row.get(0)?,
        user: text(row, 1)?,
        typed: text(row, 2)?,
        campaign_id: text(row, 3)?,
        state: State::read(&text(row, 4)?),
        phone_login: text(row, 5)?,
        server_ip: text(row, 6)?,
        began: text(row, 7)?,
        ended: text(row, 8)?,
        end_reason: text(row, 9)?,
        trail: text(row, 10)?,
    })
}

impl SqliteTx<'_> {
    pub(super) fn logins(&self, wanted: &LoginsWanted) -> Result<Logins, TxError> {
        let (numbers, goes_on) = self.login_numbers(wanted).map_err(database)?;
        let lines = numbers.into_iter().filter_map(|number| self.login_row(number).transpose());
        Ok(Logins { lines: lines.collect::<Result<_, _>>()?, goes_on })
    }

    pub(super) fn login_row(&self, session_id: i64) -> Result<Option<LoginLine>, TxError> {
        self.one(
            "SELECT session_id, user, typed, campaign_id, state, phone_login, server_ip, began, ended, end_reason, trail
             FROM hotdesk_session WHERE session_id = ?1",
            [session_id],
            login,
        )
    }

    /// The numbers of the sessions, and where to go on.
    fn login_numbers(&self, wanted: &LoginsWanted) -> rusqlite::Result<(Vec<i64>, GoesOn)> {
        let LoginsWanted { filter, before, at_most, looks_at } = wanted;
        let before = before.as_ref().map_or(LAST, |(began, number)| (began.as_str(), *number));
        let mut select = self.connection.prepare_cached(LOOKED_AT)?;
        let mut rows = select.query(params![filter.from, filter.until, before.0, before.1, looks_at])?;
        let (mut numbers, mut looked) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            looked += 1;
            let is_taken = takes(filter, row)?;
            if is_taken {
                numbers.push(row.get(0)?);
            }
            if looked == *looks_at || (is_taken && numbers.len() >= *at_most as usize) {
                return Ok((numbers, Some((text(row, 1)?, row.get(0)?))));
            }
        }
        Ok((numbers, None))
    }

    pub(super) fn login_counts(&self, filter: &LoginsFilter, per: Per, looks_at: u32) -> Result<Tally, TxError> {
        self.tally(filter, per, looks_at).map_err(database)
    }

    fn tally(&self, filter: &LoginsFilter, per: Per, looks_at: u32) -> rusqlite::Result<Tally> {
        // As many characters of `2026-11-21 05:31:00`.
        let width = match per {
            Per::Hour => 13,
            Per::Day => 10,
        };
        let mut select = self.connection.prepare_cached(LOOKED_AT)?;
        let mut rows = select.query(params![filter.from, filter.until, LAST.0, LAST.1, looks_at])?;
        let mut tally = Tally::default();
        // Those of one hour come one after the other, and are counted before the next.
        let (mut label, mut dialers) = (String::new(), Vec::new());
        let mut looked = 0;
        while let Some(row) = rows.next()? {
            looked += 1;
            let began = column(row, 1)?;
            if looked == looks_at {
                tally.since = Some(began.to_owned());
            }
            if !takes(filter, row)? {
                continue;
            }
            let of = began.get(..width).unwrap_or(began);
            if of != label {
                put(&mut tally, &label, &mut dialers);
                of.clone_into(&mut label);
            }
            tally.counted += 1;
            let server_ip = column(row, 4)?;
            match dialers.iter_mut().find(|(known, _)| known == server_ip) {
                Some((_, count)) => *count += 1,
                None => dialers.push((server_ip.to_owned(), 1)),
            }
        }
        put(&mut tally, &label, &mut dialers);
        Ok(tally)
    }
}

/// What is looked at, the latest first: all of it is in the index.
const LOOKED_AT: &str = "SELECT session_id, began, user, typed, server_ip, state, ifnull(end_reason, '')
    FROM hotdesk_session INDEXED BY hotdesk_session_began
    WHERE began >= ?1 AND began < ?2 AND (began, session_id) < (?3, ?4)
    ORDER BY began DESC, session_id DESC LIMIT ?5";

fn column<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)
}

fn takes(filter: &LoginsFilter, row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(filter.takes(column(row, 2)?, column(row, 3)?, column(row, 4)?, column(row, 5)?, column(row, 6)?))
}

/// Adds what was counted of one hour or day.
fn put(tally: &mut Tally, label: &str, dialers: &mut Vec<(String, u32)>) {
    tally.counts.extend(dialers.drain(..).map(|(server_ip, count)| (label.to_owned(), server_ip, count)));
}
