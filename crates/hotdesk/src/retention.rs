//! Deletion of old log rows and sessions, in small batches so that no call is delayed.

use std::sync::Arc;
use std::time::Duration;

use fleet::tx::Log;
use floor::Floor;
use store::{Store, WriteError};

/// Interval between runs.
const INTERVAL: Duration = Duration::from_mins(10);

/// Rows that are deleted per transaction.
const BATCH_ROWS: u32 = 500;

/// Days that responses to requests with an `Idempotency-Key` are kept.
const IDEMPOTENCY_DAYS: u32 = 1;

/// Retention in days; 0 keeps rows forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The API log.
    pub api_log: u32,
    /// The audit log.
    pub admin_log: u32,
    /// Agent sessions, after their end.
    pub sessions: u32,
    /// The history of registrations.
    pub lines: u32,
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
            (Log::Api, retention.api_log),
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
