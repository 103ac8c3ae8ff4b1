//! One connection, with its prepared statements.

use std::collections::HashMap;
use std::time::Duration;

use fleet::Timestamp;
use mysql::consts::CapabilityFlags;
use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder, Params, SslOpts, Statement};
use tokio::time::Instant;

use super::address::Address;
use super::dialect::{SharedTimes, Translated, translate};
use super::line_count_cache::CachedLineCounts;
use crate::database::SqlValue;

/// Timeout for connecting to a host, and for its acknowledgement of sent data.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Timeout for a reply; longer than the server's own limits.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The same for priority commands: a host that does not reply in this time is unresponsive.
pub(super) const PRIORITY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Limits in seconds for a statement, and for waiting for another transaction's row lock.
const LIMITS: &str = "SET SESSION max_statement_time = 20, innodb_lock_wait_timeout = 5";

/// Settings of a session: values are never truncated, and `||` joins texts. On VICIdial's own tables, the session is in the server's
/// time zone, as those of VICIdial's programs are.
const SESSION_MODE: &str =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION', time_zone = ";

/// On a Galera cluster, a transaction sees everything that was committed before it on any member. When a host fails or returns, two
/// consecutive transactions can run on different members.
const CAUSAL_READS: &str = "SET SESSION wsrep_sync_wait = 7";

/// Use of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A transaction begins with the first statement.
    Writing,
    /// Every statement sees what is committed.
    Reading,
    /// As writing, for priority commands.
    Priority,
}

/// A connection.
pub(super) struct Link {
    pub conn: Conn,
    /// The index of its host in the address.
    pub host: usize,
    pub began: Instant,
    pub used: Instant,
    /// The cached count of expected lines.
    pub line_counts: Option<CachedLineCounts>,
    /// Which times shared tables hold.
    pub times: SharedTimes,
    purpose: Purpose,
    statements: HashMap<String, (Statement, Vec<usize>)>,
}

impl Link {
    /// Connects to one of the hosts.
    pub(super) fn connect(
        address: &Address,
        host: usize,
        purpose: Purpose,
        times: SharedTimes,
    ) -> Result<Self, mysql::Error> {
        let (name, port) = address.hosts.get(host).ok_or_else(mysql::Error::server_disconnected)?;
        let tls = address.tls.as_ref().map(|tls| SslOpts::default().with_root_cert_path(tls.authorities.clone()));
        let options = OptsBuilder::new()
            .ip_or_hostname(Some(name.clone()))
            .tcp_port(*port)
            .user(Some(address.user.clone()))
            .pass(Some(address.password.reveal().to_owned()))
            .db_name(Some(address.database.clone()))
            .prefer_socket(false)
            .tcp_connect_timeout(Some(CONNECT_TIMEOUT))
            .tcp_user_timeout_ms(u32::try_from(CONNECT_TIMEOUT.as_millis()).ok())
            .tcp_keepalive_time_ms(Some(1000))
            .tcp_keepalive_probe_interval_secs(Some(1))
            .tcp_keepalive_probe_count(Some(2))
            .read_timeout(Some(if purpose == Purpose::Priority { PRIORITY_TIMEOUT } else { READ_TIMEOUT }))
            .write_timeout(Some(CONNECT_TIMEOUT))
            // `statements` is the cache.
            .stmt_cache_size(0)
            // A matched row counts as changed even if its values stay the same.
            .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
            .ssl_opts(tls);
        let mut conn = Conn::new(options)?;
        let autocommit =
            if purpose == Purpose::Reading { "SET SESSION autocommit = 1" } else { "SET SESSION autocommit = 0" };
        let zone = match times {
            SharedTimes::Utc => "'+00:00'",
            SharedTimes::Local => "@@global.time_zone",
        };
        let mode = format!("{SESSION_MODE}{zone}");
        for statement in [&*mode, LIMITS, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", autocommit] {
            conn.query_drop(statement)?;
        }
        // A server without Galera may refuse this.
        if address.hosts.len() > 1
            && let Err(error @ (mysql::Error::IoError(_) | mysql::Error::CodecError(_))) = conn.query_drop(CAUSAL_READS)
        {
            return Err(error);
        }
        let now = Instant::now();
        Ok(Self { conn, host, began: now, used: now, line_counts: None, times, purpose, statements: HashMap::new() })
    }

    /// The time by the server's clock.
    pub(super) fn ask_time(&mut self) -> Result<Timestamp, mysql::Error> {
        let milliseconds: Option<i64> = self.conn.query_first("SELECT floor(unix_timestamp(now(3)) * 1000)")?;
        milliseconds.map(Timestamp::from_unix_ms).ok_or_else(mysql::Error::server_disconnected)
    }

    /// Whether its transactions can write.
    pub(super) fn writes(&self) -> bool {
        self.purpose != Purpose::Reading
    }

    /// The statement, prepared, and its values in their order.
    pub(super) fn prepare(&mut self, sql: &str, values: &[SqlValue<'_>]) -> Result<(Statement, Params), mysql::Error> {
        let (writes, times) = (self.writes(), self.times);
        self.prepare_translated(sql, values, || translate(sql, writes, times))
    }

    /// The same for a statement that the caller translates.
    pub(super) fn prepare_translated(
        &mut self,
        named: &str,
        values: &[SqlValue<'_>],
        translate: impl FnOnce() -> Translated,
    ) -> Result<(Statement, Params), mysql::Error> {
        if !self.statements.contains_key(named) {
            let Translated { text, order } = translate();
            let statement = self.conn.prep(text)?;
            self.statements.insert(named.to_owned(), (statement, order));
        }
        let Some((statement, order)) = self.statements.get(named) else {
            return Err(mysql::Error::server_disconnected());
        };
        Ok((statement.clone(), positional(order, values)))
    }

    /// Executes a statement without caching it.
    pub(super) fn change_once(&mut self, sql: &str, values: &[SqlValue<'_>]) -> Result<u64, mysql::Error> {
        let Translated { text, order } = translate(sql, self.writes(), self.times);
        let statement = self.conn.prep(text)?;
        let done = self.conn.exec_drop(&statement, positional(&order, values));
        let changed = self.conn.affected_rows();
        self.conn.close(statement)?;
        done.map(|()| changed)
    }
}

/// The values in the order of a statement's marks.
fn positional(order: &[usize], values: &[SqlValue<'_>]) -> Params {
    if order.is_empty() {
        return Params::Empty;
    }
    Params::Positional(order.iter().map(|at| values.get(*at).map_or(mysql::Value::NULL, bound)).collect())
}

fn bound(value: &SqlValue<'_>) -> mysql::Value {
    match value {
        SqlValue::Null => mysql::Value::NULL,
        SqlValue::Number(number) => mysql::Value::Int(*number),
        // VICIdial's columns cannot be compared with a letter of four bytes. U+FFFF also sorts last.
        SqlValue::Text(text) => match text.strip_suffix(char::MAX) {
            Some(begin) => mysql::Value::Bytes(format!("{begin}\u{FFFF}").into_bytes()),
            None => mysql::Value::Bytes(text.as_bytes().to_vec()),
        },
    }
}
