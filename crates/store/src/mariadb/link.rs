//! One connection, with the statements that it knows.

use std::collections::HashMap;
use std::time::Duration;

use mysql::consts::CapabilityFlags;
use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder, Params, SslOpts, Statement};
use tokio::time::Instant;

use super::address::Address;
use super::dialect::{Translated, translate};
use super::line_count_cache::CachedLineCounts;
use crate::database::SqlValue;

/// For how long a host may keep silent: while it is connected to, and while it has not confirmed what was sent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// For how long an answer is waited for; longer than the server's own limits.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The same for what cannot wait: whoever does not answer it answers nobody.
pub(super) const PRIORITY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Seconds after which the server gives up a statement, and a wait for a row that another transaction holds.
const LIMITS: &str = "SET SESSION max_statement_time = 20, innodb_lock_wait_timeout = 5";

/// How a session speaks: nothing is cut silently, `||` joins texts, and times are UTC.
const SESSION_MODE: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION', \
    time_zone = '+00:00'";

/// On a Galera cluster a transaction begins with all that was written before on any member: of two that follow each other, one may
/// be on another member than the other, when a host has just gone or come back.
const CAUSAL_READS: &str = "SET SESSION wsrep_sync_wait = 7";

/// What a connection is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A transaction begins with the first statement.
    Writing,
    /// Every statement sees what is committed.
    Reading,
    /// As writing, for what cannot wait for its turn.
    Priority,
}

/// A connection.
pub(super) struct Link {
    pub conn: Conn,
    /// Which of the address's hosts it leads to.
    pub host: usize,
    pub began: Instant,
    pub used: Instant,
    /// The lines that are to be, if they have been asked for here.
    pub line_counts: Option<CachedLineCounts>,
    purpose: Purpose,
    statements: HashMap<String, (Statement, Vec<usize>)>,
}

impl Link {
    /// Connects to one of the hosts.
    pub(super) fn connect(address: &Address, host: usize, purpose: Purpose) -> Result<Self, mysql::Error> {
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
            // The connection keeps its statements itself.
            .stmt_cache_size(0)
            // A row that is found counts as changed, even if it was like that already.
            .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
            .ssl_opts(tls);
        let mut conn = Conn::new(options)?;
        let autocommit =
            if purpose == Purpose::Reading { "SET SESSION autocommit = 1" } else { "SET SESSION autocommit = 0" };
        for statement in [SESSION_MODE, LIMITS, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", autocommit] {
            conn.query_drop(statement)?;
        }
        // A server without Galera need not know this.
        if address.hosts.len() > 1
            && let Err(error @ (mysql::Error::IoError(_) | mysql::Error::CodecError(_))) = conn.query_drop(CAUSAL_READS)
        {
            return Err(error);
        }
        let now = Instant::now();
        Ok(Self { conn, host, began: now, used: now, line_counts: None, purpose, statements: HashMap::new() })
    }

    /// Whether it changes things.
    pub(super) fn writes(&self) -> bool {
        self.purpose != Purpose::Reading
    }

    /// The statement, prepared, and its values in their order.
    pub(super) fn prepare(&mut self, sql: &str, values: &[SqlValue<'_>]) -> Result<(Statement, Params), mysql::Error> {
        let writes = self.writes();
        self.prepare_translated(sql, values, || translate(sql, writes))
    }

    /// The same for a statement that has been told already.
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

    /// Carries out a statement without keeping it.
    pub(super) fn change_once(&mut self, sql: &str, values: &[SqlValue<'_>]) -> Result<u64, mysql::Error> {
        let Translated { text, order } = translate(sql, self.writes());
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
        // VICIdial's columns cannot be compared with a letter of four bytes. This one sorts as far behind.
        SqlValue::Text(text) => match text.strip_suffix(char::MAX) {
            Some(begin) => mysql::Value::Bytes(format!("{begin}\u{FFFF}").into_bytes()),
            None => mysql::Value::Bytes(text.as_bytes().to_vec()),
        },
    }
}
