//! Times on VICIdial's own tables: local time of the server in those tables, UTC everywhere else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../../../tests/mariadb/server.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod mariadb;
#[path = "../../../tests/mariadb/vicidial.rs"]
#[expect(dead_code, reason = "shared with others, who need other parts")]
mod vicidial_tables;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use fleet::audit_log::{AuditLogQuery, LogWindow};
use fleet::login::is_locked;
use fleet::sessions::Call;
use fleet::tx::{AdminEntry, ApiEntry};
use fleet::{Clock, FleetTx, Rng, Timestamp};
use mariadb::Mariadb;
use mysql::prelude::Queryable;
use store::{Address, Location, Store};

/// A fixed clock.
struct At(&'static str);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_stamp(self.0).unwrap()
    }
}

struct Zeroes;

impl Rng for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A store whose clock shows this time in UTC, and another program's connection.
fn adopt(server: &Mariadb, now: &'static str) -> (Store, mysql::Conn) {
    let address = server.database();
    let (_, name) = address.rsplit_once('/').unwrap();
    server.run(name, &vicidial_tables::statements());
    server.run(name, "INSERT INTO vicidial_users (user, pass, user_level) VALUES ('6666', '1234', 9)");
    let location = Location::Mariadb(Box::new(Address::parse(&address, None).unwrap()));
    (Store::adopt(&location, Arc::new(At(now)), &Zeroes).unwrap(), server.connect(name))
}

/// Writes a row of every kind that has a time.
fn write_all(tx: &mut dyn FleetTx) -> Result<(), fleet::TxError> {
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let user = tx.user("6666")?.unwrap();
    tx.record_login(&user, from)?;
    tx.beat("10.0.9.8")?;
    let (code, notes) = ("code".to_owned(), "notes".to_owned());
    tx.log_admin(&AdminEntry { user: "6666", from, section: "PHONES", event: "ADD", record_id: "1", code, notes })?;
    tx.log_api(&ApiEntry { user: "6666", function: "f", result: "SUCCESS", reason: "", source: "s", request: "" })?;
    tx.queue_call(&Call {
        server_ip: "10.0.9.8".into(),
        channel: "SIP/100".into(),
        context: "default".into(),
        exten: "8600051".into(),
        callerid: "S1".into(),
        caller_number: "1".into(),
        ring_timeout: 60,
    })?;
    Ok(())
}

const WRITTEN: [(&str, &str); 5] = [
    ("vicidial_users", "last_login_date"),
    ("server_updater", "last_update"),
    ("vicidial_admin_log", "event_date"),
    ("vicidial_api_log", "api_date"),
    ("vicidial_manager", "entry_date"),
];

#[tokio::test]
async fn hotdesk_stores_local_times_of_the_server_and_reads_them_back_in_utc() {
    for (zone, utc, local) in [
        ("America/New_York", "2026-01-15 12:00:00", "2026-01-15 07:00:00"),
        ("America/New_York", "2026-07-15 12:00:00", "2026-07-15 08:00:00"),
        ("Asia/Kolkata", "2026-07-15 12:00:00", "2026-07-15 17:30:00"),
        ("UTC", "2026-07-15 12:00:00", "2026-07-15 12:00:00"),
    ] {
        let Some(server) = mariadb::fast_server(zone) else { return };
        let (store, mut vicidial) = adopt(&server, utc);
        store.write(write_all).await.unwrap();
        for (table, column) in WRITTEN {
            let found: Option<String> =
                vicidial.query_first(format!("SELECT cast({column} AS CHAR) FROM {table}")).unwrap();
            assert_eq!(found.as_deref(), Some(local), "{table}.{column} in {zone}");
        }
        let query = AuditLogQuery {
            window: LogWindow { from: utc.to_owned(), at_most: 10, look_at: 10, ..LogWindow::default() },
            ..AuditLogQuery::default()
        };
        let read = move |tx: &mut dyn FleetTx| {
            let user = tx.user("6666")?.unwrap();
            Ok((user.last_login_date, tx.heartbeat("10.0.9.8")?, tx.admin_log(&query)?.rows))
        };
        let (last_login, heartbeat, log) = store.read(read).await.unwrap();
        assert_eq!(last_login, utc, "{zone}");
        assert_eq!(heartbeat, Timestamp::from_stamp(utc), "{zone}");
        assert_eq!(log.iter().map(|row| row.at.as_str()).collect::<Vec<_>>(), [utc], "{zone}");
    }
}

#[tokio::test]
async fn the_age_of_vicidials_rows_follows_the_databases_clock() {
    for zone in ["America/New_York", "Asia/Kolkata"] {
        let Some(server) = mariadb::fast_server(zone) else { return };
        let (store, mut vicidial) = adopt(&server, "2026-07-15 12:00:00");
        let write =
            "INSERT INTO server_updater (server_ip, last_update) VALUES ('10.0.9.8', now() - INTERVAL 90 SECOND);
            UPDATE vicidial_users SET failed_login_count = 10, last_login_date = now() - INTERVAL 14 MINUTE";
        vicidial.query_drop(write).unwrap();
        let now: i64 = vicidial.query_first("SELECT unix_timestamp()").unwrap().unwrap();
        let read = |tx: &mut dyn FleetTx| Ok((tx.heartbeat("10.0.9.8")?.unwrap(), tx.user("6666")?.unwrap()));
        let (heartbeat, user) = store.read(read).await.unwrap();
        let age = now - heartbeat.unix();
        assert!((90..95).contains(&age), "{age} seconds in {zone}");
        assert!(is_locked(&user, Timestamp::from_unix(now)), "{zone}");
        assert!(!is_locked(&user, Timestamp::from_unix(now + 120)), "{zone}");
    }
}

#[tokio::test]
async fn a_time_in_the_repeated_hour_means_the_later_one_once_both_are_past() {
    let Some(server) = mariadb::fast_server("America/New_York") else { return };
    let (store, mut vicidial) = adopt(&server, "2026-07-15 12:00:00");
    for (local, utc) in [
        ("2025-11-02 00:30:00", "2025-11-02 04:30:00"),
        ("2025-11-02 01:30:00", "2025-11-02 06:30:00"),
        ("2025-11-02 02:30:00", "2025-11-02 07:30:00"),
        ("2025-03-09 03:30:00", "2025-03-09 07:30:00"),
    ] {
        vicidial.query_drop("DELETE FROM server_updater").unwrap();
        let write = "INSERT INTO server_updater (server_ip, last_update) VALUES ('10.0.9.8', ?)";
        vicidial.exec_drop(write, (local,)).unwrap();
        let heartbeat = store.read(|tx| tx.heartbeat("10.0.9.8")).await.unwrap();
        assert_eq!(heartbeat.map(Timestamp::stamp).as_deref(), Some(utc), "{local}");
    }
    // A zero date is not a time.
    vicidial.query_drop("UPDATE server_updater SET last_update = '0000-00-00 00:00:00'").unwrap();
    assert_eq!(store.read(|tx| tx.heartbeat("10.0.9.8")).await.unwrap(), None);
}

#[tokio::test]
async fn a_long_address_is_cut_to_the_width_of_its_column() {
    let Some(server) = mariadb::fast_server("UTC") else { return };
    let (store, mut vicidial) = adopt(&server, "2026-07-15 12:00:00");
    for (from, kept) in [("2001:db8:85a3::8a2e:370:7334", "2001:db8:85a3::"), ("::ffff:192.0.2.7", "192.0.2.7")] {
        let from: IpAddr = from.parse().unwrap();
        let work = move |tx: &mut dyn FleetTx| {
            let user = tx.user("6666")?.unwrap();
            tx.record_login(&user, from)?;
            let (code, notes) = ("x".repeat(300), "😀".to_owned());
            tx.log_admin(&AdminEntry {
                user: "6666",
                from,
                section: "PHONES",
                event: "ADD",
                record_id: "1",
                code,
                notes,
            })
        };
        store.write(work).await.unwrap();
        let last_ip: Option<String> = vicidial.query_first("SELECT last_ip FROM vicidial_users").unwrap();
        let row =
            "SELECT ip_address, length(event_code), event_notes FROM vicidial_admin_log ORDER BY admin_log_id DESC";
        let logged: Option<(String, i64, String)> = vicidial.query_first(row).unwrap();
        assert_eq!(last_ip.as_deref(), Some(kept));
        assert_eq!(logged, Some((kept.to_owned(), 255, "?".to_owned())));
    }
}
