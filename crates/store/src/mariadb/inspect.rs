//! Read-only access to a database on a server: it creates and upgrades nothing.

use std::cell::RefCell;
use std::sync::Arc;

use fleet::password::vicidial::HashRule;
use fleet::{Clock, FleetTx, TxError};
use mysql::prelude::Queryable;
use parking_lot::Mutex;

use super::address::Address;
use super::columns::Columns;
use super::dialect::SharedTimes;
use super::link::{Link, Purpose};
use super::pool::{HostBackoff, Pool};
use super::rows::Mariadb;
use super::{migrate, unreadable};
use crate::tx::SqlTx;
use crate::{ReadError, Tables, VicidialFacts};

/// A database that is open for reading.
pub(crate) struct ServerInspection {
    link: Mutex<Link>,
    address: Address,
    clock: Arc<dyn Clock>,
}

impl ServerInspection {
    pub(crate) fn open(address: &Address, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connect = |times| {
            Pool::new(address.clone(), Purpose::Reading, times, Arc::clone(&clock), HostBackoff::of(address)).take()
        };
        let mut link = connect(SharedTimes::Utc).map_err(unreadable)?;
        if migrate::shared_times(&mut link).map_err(unreadable)? == SharedTimes::Local {
            link = connect(SharedTimes::Local).map_err(unreadable)?;
        }
        Ok(Self { link: Mutex::new(link), address: address.clone(), clock })
    }

    pub(crate) fn tables(&self) -> Result<Tables, ReadError> {
        let found = self.with(migrate::version).map_err(unreadable)?;
        if self.with(|link| migrate::may_run_on_newer(link, found)).map_err(unreadable)? {
            return Ok(Tables::Current);
        }
        Ok(Tables::of_version(found, migrate::VERSION))
    }

    /// Writes a row, as a command would, and rolls back.
    pub(crate) fn try_to_write(&self) -> Result<(), ReadError> {
        let (clock, backoff) = (Arc::clone(&self.clock), HostBackoff::of(&self.address));
        let pool = Pool::new(self.address.clone(), Purpose::Writing, SharedTimes::Utc, clock, backoff);
        let mut link = pool.take().map_err(unreadable)?;
        let tried = link.conn.query_drop("UPDATE hotdesk_lock SET held = held WHERE name = 'doctor'");
        tried.and_then(|()| link.conn.query_drop("ROLLBACK")).map_err(unreadable)
    }

    /// What VICIdial's own tables tell of its installation.
    pub(crate) fn vicidial(&self) -> Result<Option<VicidialFacts>, ReadError> {
        const ZONE: &str =
            "SELECT if(@@time_zone = 'SYSTEM', concat('SYSTEM (', @@system_time_zone, ')'), @@time_zone),
            timestampdiff(MINUTE, utc_timestamp(), now())";
        self.with(|link| {
            if link.times == SharedTimes::Utc {
                return Ok(None);
            }
            // Older versions do not have these columns.
            let versions = "SELECT cast(version AS CHAR), cast(db_schema_version AS CHAR) FROM system_settings LIMIT 1";
            let versions: Option<(Option<String>, Option<String>)> =
                link.conn.query_first(versions).unwrap_or_default();
            let (version, tables) = versions.unwrap_or_default();
            let zone: Option<(String, i64)> = link.conn.query_first(ZONE)?;
            let (time_zone, minutes_ahead) = zone.unwrap_or_default();
            let (version, tables) = (version.unwrap_or_default(), tables.unwrap_or_default());
            let (has_unusable_hash_rule, users_without_password) = password_faults(link)?;
            Ok(Some(VicidialFacts {
                version,
                tables,
                time_zone,
                minutes_ahead,
                has_unusable_hash_rule,
                users_without_password,
            }))
        })
        .map_err(unreadable)
    }

    pub(crate) fn read<T>(&self, query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>) -> Result<T, ReadError> {
        let settings = RefCell::default();
        let columns = Columns::default();
        let found =
            self.with(|link| query(&mut SqlTx::new(Mariadb::new(link, &settings, false, &columns), self.clock.now())));
        Ok(found?)
    }

    fn with<T>(&self, query: impl FnOnce(&mut Link) -> T) -> T {
        query(&mut self.link.lock())
    }
}

/// Whether VICIdial's digests cannot be computed, and the active users without a password that VICIdial can verify: without one that
/// is not empty, or without a digest of 31 characters where it digests passwords.
fn password_faults(link: &mut Link) -> Result<(bool, Vec<String>), mysql::Error> {
    const RULE: &str = "SELECT ifnull(pass_hash_enabled, '0') = '1', ifnull(pass_key, ''), ifnull(pass_cost, 0)
        FROM system_settings LIMIT 1";
    const USERS: &str = "SELECT user FROM vicidial_users
        WHERE active = 'Y' AND if(?, char_length(ifnull(pass_hash, '')) <> 31, ifnull(pass, '') = '') ORDER BY user";
    let (hashes, pass_key, pass_cost): (bool, String, i64) = link.conn.query_first(RULE)?.unwrap_or_default();
    let users = link.conn.exec(USERS, (hashes,))?;
    Ok((hashes && HashRule::from_columns(&pass_key, pass_cost).is_none(), users))
}
