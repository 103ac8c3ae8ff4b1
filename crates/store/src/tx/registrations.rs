//! [`RegistrationsTx`] on any engine.

use fleet::TxError;
use fleet::name::key;
use fleet::registrations::{ExpectedRegistrations, RegisteredPhone, RegistrationChange, RegistrationState};
use fleet::tx::RegistrationsTx;

use super::{SqlTx, range};
use crate::database::{Database, params};
use crate::row::{insert, row, update};

row! { expected: ExpectedRegistrations from "hotdesk_expected" {
    server_ip, lines = "CASE WHEN `lines` > 0 THEN `lines` ELSE 0 END", changes
} }

row! { phone: RegisteredPhone from "phones" { extension, server_ip, login, protocol, is_webphone, active } }

row! { change: RegistrationChange from "hotdesk_line_change" {
    change_id, at, address = "CASE WHEN registered = 'Y' THEN address END"
} }

row! { state: RegistrationState from "hotdesk_line" {
    address = "CASE WHEN registered = 'Y' THEN address END", since
} }

impl<D: Database> RegistrationsTx for SqlTx<D> {
    fn ever_registered(&mut self, server_ip: &str, line: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM hotdesk_line WHERE server_ip = ?1 AND channel = ?2", [&key(server_ip), line])
    }

    fn registration_state(&mut self, server_ip: &str, line: &str) -> Result<Option<RegistrationState>, TxError> {
        self.one(
            concat!(state!(), "WHERE server_ip = ?1 AND channel = ?2 AND registered <> ''"),
            [&key(server_ip), line],
            state,
        )
    }

    fn record_registration(&mut self, server_ip: &str, line: &str, address: Option<&str>) -> Result<(), TxError> {
        let (server_ip, registered) = (key(server_ip), if address.is_some() { "Y" } else { "N" });
        let seen = address.unwrap_or_default();
        let (update, values) = update!("hotdesk_line" { registered: registered, address: seen, since: self.stamp }
            "WHERE server_ip = ? AND channel = ? AND (registered <> ? OR (address <> ? AND ? <> ''))",
            server_ip, line, registered, seen, seen);
        let mut changed = self.change(update, values)?;
        if changed == 0 && address.is_some() {
            let (add, values) = insert!(OR IGNORE "hotdesk_line" {
                server_ip: server_ip,
                channel: line,
                registered: registered,
                address: seen,
                since: self.stamp,
                first_seen: self.stamp,
            });
            changed = self.change(add, values)?;
        }
        if changed == 0 {
            return Ok(());
        }
        self.run(insert!("hotdesk_line_change" {
            server_ip: server_ip,
            channel: line,
            registered: registered,
            address: seen,
            at: self.stamp,
        }))
    }

    fn registrations_after(&mut self, server_ip: &str, after: &str, at_most: u32) -> Result<Vec<String>, TxError> {
        self.values(
            "SELECT channel FROM hotdesk_line WHERE server_ip = ?1 AND channel > ?2 AND registered = 'Y'
             ORDER BY channel LIMIT ?3",
            params![key(server_ip), after, at_most],
        )
    }

    fn registration_history(
        &mut self,
        server_ip: &str,
        line: &str,
        before: i64,
        at_most: u32,
    ) -> Result<Vec<RegistrationChange>, TxError> {
        self.all(
            concat!(
                change!(),
                "WHERE server_ip = ?1 AND channel = ?2 AND change_id < ?3 ORDER BY change_id DESC LIMIT ?4"
            ),
            params![key(server_ip), line, before, at_most],
            change,
        )
    }

    fn expected_lines(&mut self) -> Result<Vec<ExpectedRegistrations>, TxError> {
        let count = concat!(expected!(), "ORDER BY server_ip");
        self.database.expected_lines(&|| self.all(count, params![], expected))
    }

    fn registrations_expected_on(&mut self, server_ip: &str) -> Result<Vec<String>, TxError> {
        self.values(
            "SELECT protocol || '/' || extension FROM phones
             WHERE lower(rtrim(server_ip)) = ?1 AND active = 'Y' AND protocol IN ('SIP', 'PJSIP') AND is_webphone NOT LIKE 'Y%'",
            [server_ip],
        )
    }

    fn phones_for_registrations(
        &mut self,
        begins: &str,
        after: &str,
        at_most: u32,
    ) -> Result<Vec<RegisteredPhone>, TxError> {
        let (begins, end) = range(begins);
        self.all(
            concat!(
                phone!(),
                "WHERE lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
               AND (lower(rtrim(extension)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?4"
            ),
            params![begins, end, key(after), at_most],
            phone,
        )
    }
}
