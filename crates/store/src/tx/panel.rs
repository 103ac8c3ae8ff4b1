//! The panel: visits, lists by the page, accounts.

use std::net::IpAddr;

use fleet::admin_session::AdminSessionRow;
use fleet::lists::{AliasSummary, NamePage, PhoneOrder, PhonePage, PhoneSummary, UserSummary};
use fleet::name::key;
use fleet::sessions::history::{PastSession, PastSessions, PastSessionsFilter, PastSessionsQuery, Per, SessionCounts};
use fleet::tx::panel::PanelTx;
use fleet::users::permissions::{Access, Account};
use fleet::{FleetTx, Timestamp, TxError};

use super::{SqlTx, missing};
use crate::database::{Database, Read, ResultRow, flag, number, params, text};

/// Sorts behind every name that begins the same.
const LAST: char = char::MAX;

/// The columns of a phone in a list, in the order in which [`phone`] reads them. The first is a number that tells phones apart
/// which have one login; on MariaDB, where rows have none, it is made of the phone's name.
macro_rules! phones {
    ($($rest:expr),+) => {
        concat!(
            "SELECT /*SQLITE*/rowid/*MARIADB crc32(concat(extension, ' ', server_ip))*/, extension, server_ip, login, fullname,
                    protocol, active, is_webphone FROM phones ",
            $($rest),+
        )
    };
}

/// The phones behind the one with the login ?3 and the number ?4, by login.
macro_rules! behind_login {
    () => {
        "AND (lower(rtrim(login)) > ?3 OR /*SQLITE*/rowid > ?4/*MARIADB ?4 < 0 OR (extension, server_ip) >
                (SELECT extension, server_ip FROM phones
                 WHERE login = ?3 AND crc32(concat(extension, ' ', server_ip)) = ?4 LIMIT 1)*/)
         ORDER BY lower(rtrim(login)), /*SQLITE*/rowid/*MARIADB extension, server_ip*/ LIMIT ?5"
    };
}

fn phone(row: &ResultRow<'_>) -> Read<PhoneSummary> {
    Ok(PhoneSummary {
        number: row.get(0)?,
        extension: text(row, 1)?,
        server_ip: text(row, 2)?,
        login: text(row, 3)?,
        fullname: text(row, 4)?,
        protocol: text(row, 5)?,
        active: flag(row, 6)?,
        is_webphone: text(row, 7)?,
    })
}

/// A visit, whose columns come first.
fn admin_session_row(row: &ResultRow<'_>) -> Read<AdminSessionRow> {
    let at = |column| Ok::<_, TxError>(Timestamp::from_stamp(&text(row, column)?));
    Ok(AdminSessionRow { user: text(row, 0)?, began: at(1)?, used: at(2)?, from: text(row, 3)? })
}

/// From where to where names begin so.
pub(super) fn range(begins: &str) -> (String, String) {
    let begins = key(begins);
    let end = format!("{begins}{LAST}");
    (begins, end)
}

impl<D: Database> SqlTx<D> {
    fn phones_by_extension(&self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        let (extension, server_ip) = (key(&wanted.after.0), key(&wanted.after.1));
        if wanted.inactive {
            // There are few, so their own index finds them, whatever the dialer.
            return self.all(
                phones!(
                    "INDEXED BY phones_inactive
                     WHERE active <> 'Y' AND lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
                       AND (lower(rtrim(extension)) > ?3 OR lower(rtrim(server_ip)) > ?4)
                       AND (?6 = '' OR lower(rtrim(server_ip)) = ?6)
                     ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?5"
                ),
                params![begins, end, extension, server_ip, wanted.at_most, key(&wanted.server_ip)],
                phone,
            );
        }
        if wanted.server_ip.is_empty() {
            return self.all(
                phones!(
                    "WHERE lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
                       AND (lower(rtrim(extension)) > ?3 OR lower(rtrim(server_ip)) > ?4)
                     ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?5"
                ),
                params![begins, end, extension, server_ip, wanted.at_most],
                phone,
            );
        }
        // On one dialer, extensions tell phones apart.
        self.all(
            phones!(
                "WHERE lower(rtrim(server_ip)) = ?4 AND lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3)
                   AND lower(rtrim(extension)) < ?2 AND (lower(rtrim(extension)) > ?3 OR ?3 = '')
                 ORDER BY lower(rtrim(extension)) LIMIT ?5"
            ),
            params![begins, end, extension, key(&wanted.server_ip), wanted.at_most],
            phone,
        )
    }

    fn phones_by_login(&self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        let row = wanted.after.1.parse::<i64>().unwrap_or(i64::MIN);
        let (after, dialer) = (key(&wanted.after.0), key(&wanted.server_ip));
        if dialer.is_empty() {
            return self.all(
                phones!(
                    "WHERE lower(rtrim(login)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(login)) < ?2 ",
                    behind_login!()
                ),
                params![begins, end, after, row, wanted.at_most],
                phone,
            );
        }
        self.all(
            phones!(
                "INDEXED BY phones_login_on_dialer
                 WHERE lower(rtrim(server_ip)) = ?6 AND lower(rtrim(login)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(login)) < ?2 ",
                behind_login!()
            ),
            params![begins, end, after, row, wanted.at_most, dialer],
            phone,
        )
    }
}

impl<D: Database> PanelTx for SqlTx<D> {
    fn begin_admin_session(&mut self, key_digest: &str, user: &str, from: IpAddr) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_admin_session (key_digest, user, began, used, from_ip, user_id)
             VALUES (?1, ?2, ?3, ?3, ?4,
                    ifnull((SELECT user_id FROM vicidial_users u WHERE lower(rtrim(u.user)) = lower(rtrim(?2))), 0))",
            [key_digest, user, &self.stamp, &from.to_string()],
        )
        .map(drop)
    }

    fn admin_session(&mut self, key_digest: &str) -> Result<Option<AdminSessionRow>, TxError> {
        self.one(
            // Whoever got the name since is somebody else.
            "SELECT s.user, s.began, s.used, s.from_ip
             FROM hotdesk_admin_session s
                  JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(s.user)) AND s.user_id IN (u.user_id, 0)
             WHERE s.key_digest = ?1",
            [key_digest],
            admin_session_row,
        )
    }

    fn admin_sessions(&mut self) -> Result<Vec<(String, AdminSessionRow)>, TxError> {
        self.all(
            "SELECT user, began, used, from_ip, key_digest FROM hotdesk_admin_session ORDER BY used DESC, key_digest",
            params![],
            |row| Ok((text(row, 4)?, admin_session_row(row)?)),
        )
    }

    fn touch_admin_session(&mut self, key_digest: &str) -> Result<(), TxError> {
        // It may have been ended meanwhile.
        self.change("UPDATE hotdesk_admin_session SET used = ?2 WHERE key_digest = ?1", [key_digest, &self.stamp])
            .map(drop)
    }

    fn end_admin_session(&mut self, key_digest: &str) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_admin_session WHERE key_digest = ?1", [key_digest]).map(drop)
    }

    fn end_admin_sessions_of(&mut self, user: &str, but: &str) -> Result<usize, TxError> {
        self.change("DELETE FROM hotdesk_admin_session WHERE user = ?1 AND key_digest <> ?2", [user, but])
    }

    fn delete_expired_admin_sessions(&mut self, began: Timestamp, used: Timestamp) -> Result<usize, TxError> {
        self.change("DELETE FROM hotdesk_admin_session WHERE began <= ?1 OR used <= ?2", [began.stamp(), used.stamp()])
    }

    fn list_phones(&mut self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        match wanted.by {
            PhoneOrder::Extension => self.phones_by_extension(wanted),
            PhoneOrder::Login => self.phones_by_login(wanted),
        }
    }

    fn list_aliases(&mut self, wanted: &NamePage) -> Result<Vec<AliasSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            "SELECT alias_id, alias_name, logins_list FROM phones_alias
             WHERE lower(rtrim(alias_id)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(alias_id)) < ?2
               AND (lower(rtrim(alias_id)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(alias_id)) LIMIT ?4",
            params![begins, end, key(&wanted.after), wanted.at_most],
            |row| Ok(AliasSummary { alias_id: text(row, 0)?, alias_name: text(row, 1)?, logins_list: text(row, 2)? }),
        )
    }

    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            "SELECT user, full_name, user_level, user_group, active, vdc_agent_api_access, ast_admin_access,
                    api_allowed_functions
             FROM vicidial_users
             WHERE lower(rtrim(user)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(user)) < ?2 AND (lower(rtrim(user)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(user)) LIMIT ?4",
            params![begins, end, key(&wanted.after), wanted.at_most],
            |row| {
                Ok(UserSummary {
                    user: text(row, 0)?,
                    full_name: text(row, 1)?,
                    user_level: number(row, 2)?,
                    user_group: text(row, 3)?,
                    active: flag(row, 4)?,
                    vdc_agent_api_access: flag(row, 5)?,
                    ast_admin_access: flag(row, 6)?,
                    api_allowed_functions: text(row, 7)?,
                })
            },
        )
    }

    fn list_logins(&mut self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError> {
        self.logins(wanted)
    }

    fn login(&mut self, session_id: i64) -> Result<Option<PastSession>, TxError> {
        self.login_row(session_id)
    }

    fn count_logins(&mut self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError> {
        self.login_counts(filter, per, looks_at)
    }

    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError> {
        let Some(user_id) = self.user(user)?.map(|user| user.user_id) else { return Ok(None) };
        let more = self.one(
            "SELECT full_name, modify_users FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/",
            [user_id],
            |row| Ok((text(row, 0)?, flag(row, 1)?)),
        )?;
        // What it may do is looked at once nobody else changes it any more.
        let user = self.user(user)?;
        Ok(user.zip(more).map(|(user, (full_name, modify_users))| Account { user, full_name, modify_users }))
    }

    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError> {
        let digit = |flag: bool| if flag { "1" } else { "0" };
        self.change_one(
            "UPDATE vicidial_users SET active = ?2, user_level = ?3, vdc_agent_api_access = ?4, ast_admin_access = ?5,
                    ast_delete_phones = ?6, api_allowed_functions = ?7
             WHERE user_id = ?1",
            params![
                user_id,
                if access.active { "Y" } else { "N" },
                access.user_level,
                digit(access.vdc_agent_api_access),
                digit(access.ast_admin_access),
                digit(access.ast_delete_phones),
                access.api_allowed_functions
            ],
            || missing("vicidial_users", "user_id", &user_id.to_string()),
        )
    }
}
