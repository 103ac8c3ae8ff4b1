//! Deletion of old log rows and sessions, in small batches so that no call is delayed.

use std::sync::Arc;
use std::time::Duration;

use fleet::tx::Log;
use floor::Floor;
use store::{Store, WriteError};

use crate::failure::Failure;

/// Interval between runs.
const INTERVAL: Duration = Duration::from_mins(10);

/// Rows that are deleted per transaction.
const BATCH_ROWS: u32 = 500;

/// Days that responses to requests with an `Idempotency-Key` are kept.
const IDEMPOTENCY_DAYS: u32 = 1;

/// Days that the API log is kept without a setting. On VICIdial's own tables the store keeps it forever.
const API_LOG_DAYS: u32 = 90;

/// Retention in days; 0 keeps rows forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The API log; `None` for the default.
    pub api_log: Option<u32>,
    /// The audit log.
    pub admin_log: u32,
    /// Agent sessions, after their end.
    pub sessions: u32,
    /// The history of registrations.
    pub lines: u32,
}

impl Retention {
    /// Refuses to delete rows of logs that VICIdial writes too. Nothing in these rows says which program wrote them.
    pub fn check(&self, is_shared_with_vicidial: bool) -> Result<(), Failure> {
        let logs = [("api_log_days", self.api_log.unwrap_or(0)), ("admin_log_days", self.admin_log)];
        match logs.into_iter().find(|(_, days)| is_shared_with_vicidial && *days > 0) {
            Some((setting, _)) => Err(Failure::Setting {
                setting,
                reason: "VICIdial writes this log too, and Hotdesk cannot tell its own rows from VICIdial's, so it \
                         deletes none of them on VICIdial's tables; use 0, or remove the setting"
                    .to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// Deletes older rows regularly until the task is aborted. Only one of several nodes does this.
pub async fn run(store: Arc<Store>, floor: Arc<Floor>, retention: Retention) {
    let mut time = tokio::time::interval(INTERVAL);
    loop {
        time.tick().await;
        if !floor.cluster().leads_cluster() {
            continue;
        }
        for (log, days) in [
            (Log::Api, retention.api_log.unwrap_or(API_LOG_DAYS)),
            (Log::Admin, retention.admin_log),
            (Log::Session, retention.sessions),
            (Log::Line, retention.lines),
            (Log::Repeat, IDEMPOTENCY_DAYS),
        ] {
            if days == 0 {
                continue;
            }
            match delete_older(&store, log, days).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(?log, rows, days, "old rows deleted"),
                Err(error) => tracing::warn!(?log, %error, "cannot delete old rows; trying again at the next interval"),
            }
        }
    }
}

/// Deletes all older rows in batches. Returns their number.
async fn delete_older(store: &Store, log: Log, days: u32) -> Result<usize, WriteError> {
    let mut rows = 0;
    loop {
        let slice = store
            .write(move |tx| {
                let before = tx.now().days_before(days);
                tx.forget(log, before, BATCH_ROWS)
            })
            .await?;
        rows += slice;
        if slice < BATCH_ROWS as usize {
            return Ok(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleting_rows_of_vicidials_own_logs_is_refused() {
        let of = |api_log, admin_log| Retention { api_log, admin_log, sessions: 90, lines: 90 };
        for (retention, refused) in [
            (of(None, 0), None),
            (of(Some(0), 0), None),
            (of(Some(90), 0), Some("api_log_days")),
            (of(None, 365), Some("admin_log_days")),
        ] {
            assert!(retention.check(false).is_ok(), "{retention:?}");
            let setting = match retention.check(true) {
                Err(Failure::Setting { setting, .. }) => Some(setting),
                _ => None,
            };
            assert_eq!(setting, refused, "{retention:?}");
        }
    }
}
