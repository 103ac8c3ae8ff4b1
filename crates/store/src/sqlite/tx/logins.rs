//! Logins of the past. What is wanted is found in an index that has all that is asked for: a session's row is read only if it is
//! one of them.

use fleet::TxError;
use fleet::name::key;
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
        let mut select = self.connection.prepare_cached(
            "SELECT session_id, began, user, typed, server_ip, state, ifnull(end_reason, '')
             FROM hotdesk_session INDEXED BY hotdesk_session_began
             WHERE began >= ?1 AND began < ?2 AND (began, session_id) < (?3, ?4)
             ORDER BY began DESC, session_id DESC LIMIT ?5",
        )?;
        let mut rows = select.query(params![filter.from, filter.until, before.0, before.1, looks_at])?;
        let (mut numbers, mut looked, mut last) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            looked += 1;
            let column = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            last = Some((text(row, 1)?, row.get(0)?));
            if filter.takes(column(2)?, column(3)?, column(4)?, column(5)?, column(6)?) {
                numbers.push(row.get(0)?);
            }
            if numbers.len() >= *at_most as usize {
                return Ok((numbers, last));
            }
        }
        Ok((numbers, last.filter(|_| looked == *looks_at)))
    }

    pub(super) fn login_counts(&self, filter: &LoginsFilter, per: Per, looks_at: u32) -> Result<Tally, TxError> {
        // As many characters of `2026-11-21 05:31:00`.
        let width = match per {
            Per::Hour => 13,
            Per::Day => 10,
        };
        let rows = self.all(
            "WITH looked AS MATERIALIZED (
                 SELECT began, user, typed, server_ip, state, end_reason
                 FROM hotdesk_session INDEXED BY hotdesk_session_began
                 WHERE began >= ?1 AND began < ?2 ORDER BY began DESC, session_id DESC LIMIT ?3)
             SELECT substr(began, 1, ?4), server_ip, count(*), (SELECT iif(count(*) = ?3, min(began), NULL) FROM looked)
             FROM looked
             WHERE (?5 = '' OR lower(rtrim(typed)) = ?5) AND (?6 = '' OR lower(rtrim(server_ip)) = ?6)
               AND (?7 = '' OR lower(rtrim(user)) = ?7)
               AND (?8 = '' OR iif(?8 = 'open', state <> 'ended', state = ?8 OR (state = 'ended' AND end_reason = ?8)))
             GROUP BY 1, 2 ORDER BY 1, 2",
            params![
                filter.from,
                filter.until,
                looks_at,
                width,
                key(&filter.typed),
                key(&filter.server_ip),
                key(&filter.user),
                filter.state
            ],
            |row| Ok(((text(row, 0)?, text(row, 1)?, row.get::<_, u32>(2)?), row.get::<_, Option<String>>(3)?)),
        )?;
        let since = rows.first().and_then(|(_, since)| since.clone());
        let counts: Vec<_> = rows.into_iter().map(|(count, _)| count).collect();
        Ok(Tally { counted: counts.iter().map(|(.., count)| count).sum(), counts, since })
    }
}
