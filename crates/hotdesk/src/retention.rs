//! Logs and sessions that have been kept long enough go, a slice at a time, so that no call waits for it.

use std::sync::Arc;
use std::time::Duration;

use fleet::tx::Log;
use floor::Floor;
use store::{Store, WriteError};

/// How often there is a look.
const INTERVAL: Duration = Duration::from_mins(10);

/// Rows that go in one transaction.
const BATCH_ROWS: u32 = 500;

/// For how many days an answer to a change that can be repeated is kept.
const IDEMPOTENCY_DAYS: u32 = 1;

/// For how many days each is kept; 0 for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The API log.
    pub api_log: u32,
    /// The admin log.
    pub admin_log: u32,
    /// Sessions, from their end on.
    pub sessions: u32,
    /// What became of lines.
    pub lines: u32,
}

/// Deletes what is older, until the task is ended. Of several nodes, one does.
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
                Err(error) => tracing::warn!(?log, %error, "old rows stay until the next look"),
            }
        }
    }
}

/// Deletes all rows that are older, slice by slice. Returns how many.
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
