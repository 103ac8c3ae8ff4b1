//! [`RegistrationsTx`] on any engine.

use fleet::TxError;
use fleet::name::key;
use fleet::registrations::{ExpectedRegistrations, RegisteredPhone, RegistrationChange, RegistrationState};
use fleet::tx::RegistrationsTx;

use super::{SqlTx, range};
use crate::database::{Database, Read, ResultRow, columns, flag, params, text};

columns! { expected_columns, EXPECTED: ExpectedColumns {
    server_ip, lines = "CASE WHEN `lines` > 0 THEN `lines` ELSE 0 END", changes
} }

columns! { phone_columns, PHONE: PhoneColumns { extension, server_ip, login, protocol, is_webphone, active } }

columns! { change_columns, CHANGE: ChangeColumns { change_id, at, registered, address } }

columns! { state_columns, STATE: StateColumns { registered, address, since } }

/// The address of a row that has `registered` and `address` in these columns.
fn address(row: &ResultRow<'_>, registered: usize, address: usize) -> Read<Option<String>> {
    let address = text(row, address)?;
    Ok(flag(row, registered)?.then_some(address))
}

impl<D: Database> RegistrationsTx for SqlTx<D> {
    fn line_was_seen(&mut self, server_ip: &str, line: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM hotdesk_line WHERE server_ip = ?1 AND channel = ?2", [&key(server_ip), line])
    }

    fn line_state(&mut self, server_ip: &str, line: &str) -> Result<Option<RegistrationState>, TxError> {
        self.one(
            concat!(
                "SELECT ",
                state_columns!(),
                " FROM hotdesk_line WHERE server_ip = ?1 AND channel = ?2 AND registered <> ''"
            ),
            [&key(server_ip), line],
            |row| {
                Ok(RegistrationState {
                    address: address(row, STATE.registered, STATE.address)?,
                    since: text(row, STATE.since)?,
                })
            },
        )
    }

    fn note_line(&mut self, server_ip: &str, line: &str, address: Option<&str>) -> Result<(), TxError> {
        let (server_ip, registered) = (key(server_ip), if address.is_some() { "Y" } else { "N" });
        let now = params![server_ip, line, registered, address.unwrap_or_default(), self.stamp];
        let changed = self.database.change(
            "UPDATE hotdesk_line SET registered = ?3, address = ?4, since = ?5
             WHERE server_ip = ?1 AND channel = ?2 AND (registered <> ?3 OR (address <> ?4 AND ?4 <> ''))",
            &now,
        )?;
        let added = changed == 0
            && address.is_some()
            && self.database.change(
                "INSERT OR IGNORE INTO hotdesk_line (server_ip, channel, registered, address, since, first_seen)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                &now,
            )? == 1;
        if changed == 0 && !added {
            return Ok(());
        }
        self.database.change(
            "INSERT INTO hotdesk_line_change (server_ip, channel, registered, address, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            &now,
        )
        .map(drop)
    }

    fn lines_seen_registered(&mut self, server_ip: &str, after: &str, at_most: u32) -> Result<Vec<String>, TxError> {
        self.all(
            "SELECT channel FROM hotdesk_line WHERE server_ip = ?1 AND channel > ?2 AND registered = 'Y'
             ORDER BY channel LIMIT ?3",
            params![key(server_ip), after, at_most],
            |row| text(row, 0),
        )
    }

    fn line_changes(
        &mut self,
        server_ip: &str,
        line: &str,
        before: i64,
        at_most: u32,
    ) -> Result<Vec<RegistrationChange>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                change_columns!(),
                " FROM hotdesk_line_change
             WHERE server_ip = ?1 AND channel = ?2 AND change_id < ?3 ORDER BY change_id DESC LIMIT ?4"
            ),
            params![key(server_ip), line, before, at_most],
            |row| {
                Ok(RegistrationChange {
                    change_id: row.get(CHANGE.change_id)?,
                    at: text(row, CHANGE.at)?,
                    address: address(row, CHANGE.registered, CHANGE.address)?,
                })
            },
        )
    }

    fn expected_lines(&mut self) -> Result<Vec<ExpectedRegistrations>, TxError> {
        let count = concat!("SELECT ", expected_columns!(), " FROM hotdesk_expected ORDER BY server_ip");
        self.database.expected_lines(&|| {
            self.all(count, params![], |row| {
                Ok(ExpectedRegistrations {
                    server_ip: text(row, EXPECTED.server_ip)?,
                    lines: row.get(EXPECTED.lines)?,
                    changes: row.get(EXPECTED.changes)?,
                })
            })
        })
    }

    fn lines_expected_on(&mut self, server_ip: &str) -> Result<Vec<String>, TxError> {
        self.all(
            "SELECT protocol || '/' || extension FROM phones
             WHERE lower(rtrim(server_ip)) = ?1 AND active = 'Y' AND protocol IN ('SIP', 'PJSIP') AND is_webphone NOT LIKE 'Y%'",
            [server_ip],
            |row| text(row, 0),
        )
    }

    fn line_phones(&mut self, begins: &str, after: &str, at_most: u32) -> Result<Vec<RegisteredPhone>, TxError> {
        let (begins, end) = range(begins);
        self.all(
            concat!(
                "SELECT ",
                phone_columns!(),
                " FROM phones
             WHERE lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
               AND (lower(rtrim(extension)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?4"
            ),
            params![begins, end, key(after), at_most],
            |row| {
                Ok(RegisteredPhone {
                    extension: text(row, PHONE.extension)?,
                    server_ip: text(row, PHONE.server_ip)?,
                    login: text(row, PHONE.login)?,
                    protocol: text(row, PHONE.protocol)?,
                    is_webphone: text(row, PHONE.is_webphone)?,
                    active: flag(row, PHONE.active)?,
                })
            },
        )
    }
}
