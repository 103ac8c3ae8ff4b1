//! [`WebhooksTx`] on any engine.

use fleet::audit_log::AuditLogRow;
use fleet::tx::WebhooksTx;
use fleet::webhooks::{Attempt, Failure, Outcome, Position, Secret, State, StoredEvent, Topic, Webhook};
use fleet::{Timestamp, TxError};

use super::logs::{admin_line, audit_log_columns, changes};
use super::{SqlTx, missing};
use crate::database::{Database, Read, ResultRow, SqlValue, columns, params, text};

columns! { attempt_columns, ATTEMPT: AttemptColumns { delivery_id, at, message_id, kind, status, failure, took } }

columns! { event_columns, EVENT: EventColumns { event_id, at, kind, data } }

columns! { webhook_columns, WEBHOOK: WebhookColumns {
    webhook_id, url, topics, state, secret, old_secret, old_until, made, user, admin_log_id, event_id, failures,
    failing_since, next_attempt, holder, held_until
} }

/// How many attempts of each subscriber are kept.
const ATTEMPTS: u32 = 100;

/// Finds webhooks.
macro_rules! webhooks {
    ($rest:literal) => {
        concat!("SELECT ", webhook_columns!(), " FROM hotdesk_webhook ", $rest)
    };
}

fn moment(row: &ResultRow<'_>, column: usize) -> Read<Timestamp> {
    row.get(column).map(Timestamp::from_unix_ms)
}

fn webhook(row: &ResultRow<'_>) -> Read<Webhook> {
    let old_secret = text(row, WEBHOOK.old_secret)?;
    let old_until = moment(row, WEBHOOK.old_until)?;
    Ok(Webhook {
        webhook_id: row.get(WEBHOOK.webhook_id)?,
        url: text(row, WEBHOOK.url)?,
        topics: text(row, WEBHOOK.topics)?.split(',').filter_map(Topic::read).collect(),
        state: State::read(&text(row, WEBHOOK.state)?),
        secret: Secret::new(text(row, WEBHOOK.secret)?),
        old_secret: (!old_secret.is_empty()).then(|| (Secret::new(old_secret), old_until)),
        made: moment(row, WEBHOOK.made)?,
        user: text(row, WEBHOOK.user)?,
        position: Position { admin_log_id: row.get(WEBHOOK.admin_log_id)?, event_id: row.get(WEBHOOK.event_id)? },
        failures: row.get(WEBHOOK.failures)?,
        failing_since: row.get::<Option<i64>>(WEBHOOK.failing_since)?.map(Timestamp::from_unix_ms),
        next_attempt: moment(row, WEBHOOK.next_attempt)?,
        holder: text(row, WEBHOOK.holder)?,
        held_until: moment(row, WEBHOOK.held_until)?,
    })
}

/// The columns that change, in the order of the statements.
fn values(webhook: &Webhook) -> [SqlValue<'_>; 13] {
    let topics: Vec<&str> = webhook.topics.iter().map(|topic| topic.word()).collect();
    let old = webhook.old_secret.as_ref().map_or(("", 0), |(secret, until)| (secret.reveal(), until.unix_ms()));
    [
        SqlValue::from(&webhook.url),
        SqlValue::from(topics.join(",")),
        SqlValue::from(webhook.state.word()),
        SqlValue::from(webhook.secret.reveal()),
        SqlValue::from(old.0),
        SqlValue::from(old.1),
        SqlValue::from(webhook.position.admin_log_id),
        SqlValue::from(webhook.position.event_id),
        SqlValue::from(webhook.failures),
        SqlValue::from(webhook.failing_since.map(Timestamp::unix_ms)),
        SqlValue::from(webhook.next_attempt.unix_ms()),
        SqlValue::from(&webhook.holder),
        SqlValue::from(webhook.held_until.unix_ms()),
    ]
}

fn kept(row: &ResultRow<'_>) -> Read<StoredEvent> {
    Ok(StoredEvent {
        event_id: row.get(EVENT.event_id)?,
        at: moment(row, EVENT.at)?,
        kind: text(row, EVENT.kind)?,
        data: text(row, EVENT.data)?,
    })
}

fn attempt(row: &ResultRow<'_>) -> Read<Attempt> {
    let status: i64 = row.get(ATTEMPT.status)?;
    let outcome = match Failure::read(&text(row, ATTEMPT.failure)?) {
        Some(failure) => Outcome::Failed(failure),
        None => Outcome::Answered(u16::try_from(status).unwrap_or_default()),
    };
    Ok(Attempt {
        delivery_id: row.get(ATTEMPT.delivery_id)?,
        at: moment(row, ATTEMPT.at)?,
        message_id: text(row, ATTEMPT.message_id)?,
        kind: text(row, ATTEMPT.kind)?,
        outcome,
        took: row.get(ATTEMPT.took)?,
    })
}

impl<D: Database> SqlTx<D> {
    fn last_of(&self, sql: &str) -> Result<i64, TxError> {
        Ok(self.one(sql, params![], |row| row.get::<Option<i64>>(0))?.flatten().unwrap_or(0))
    }
}

impl<D: Database> WebhooksTx for SqlTx<D> {
    fn webhooks(&mut self) -> Result<Vec<Webhook>, TxError> {
        self.all(webhooks!("ORDER BY webhook_id"), params![], webhook)
    }

    fn webhook(&mut self, webhook_id: i64) -> Result<Option<Webhook>, TxError> {
        self.one(webhooks!("WHERE webhook_id = ?1 /*FOR UPDATE*/"), [webhook_id], webhook)
    }

    fn add_webhook(&mut self, webhook: &Webhook) -> Result<i64, TxError> {
        let made = [SqlValue::from(webhook.made.unix_ms()), SqlValue::from(&webhook.user)];
        let values: Vec<SqlValue<'_>> = values(webhook).into_iter().chain(made).collect();
        self.change(
            "INSERT INTO hotdesk_webhook (url, topics, state, secret, old_secret, old_until, admin_log_id, event_id, failures,
                    failing_since, next_attempt, holder, held_until, made, user)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            values,
        )?;
        Ok(self.database.last_number())
    }

    fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), TxError> {
        let number = SqlValue::from(webhook.webhook_id);
        let values: Vec<SqlValue<'_>> = values(webhook).into_iter().chain([number]).collect();
        self.change_one(
            "UPDATE hotdesk_webhook SET url = ?1, topics = ?2, state = ?3, secret = ?4, old_secret = ?5, old_until = ?6,
                    admin_log_id = ?7, event_id = ?8, failures = ?9, failing_since = ?10, next_attempt = ?11, holder = ?12,
                    held_until = ?13
             WHERE webhook_id = ?14",
            values,
            || missing("hotdesk_webhook", "webhook_id", &webhook.webhook_id.to_string()),
        )
    }

    fn delete_webhook(&mut self, webhook_id: i64) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_delivery WHERE webhook_id = ?1", [webhook_id])?;
        self.change("DELETE FROM hotdesk_webhook WHERE webhook_id = ?1", [webhook_id]).map(drop)
    }

    fn last_position(&mut self) -> Result<Position, TxError> {
        Ok(Position {
            admin_log_id: self.last_of("SELECT max(admin_log_id) FROM vicidial_admin_log")?,
            event_id: self.last_of("SELECT max(event_id) FROM hotdesk_event")?,
        })
    }

    fn changes_behind(&mut self, admin_log_id: i64, at_most: u32, waits: bool) -> Result<Vec<AuditLogRow>, TxError> {
        let sql = if waits {
            changes!("WHERE admin_log_id > ?1 ORDER BY admin_log_id LIMIT ?2 /*SETTLED*/")
        } else {
            changes!("WHERE admin_log_id > ?1 ORDER BY admin_log_id LIMIT ?2")
        };
        self.all(sql, params![admin_log_id, at_most], admin_line)
    }

    fn events_behind(&mut self, event_id: i64, at_most: u32, waits: bool) -> Result<Vec<StoredEvent>, TxError> {
        let sql = if waits {
            concat!(
                "SELECT ",
                event_columns!(),
                " FROM hotdesk_event WHERE event_id > ?1 ORDER BY event_id LIMIT ?2 /*SETTLED*/"
            )
        } else {
            concat!("SELECT ", event_columns!(), " FROM hotdesk_event WHERE event_id > ?1 ORDER BY event_id LIMIT ?2")
        };
        self.all(sql, params![event_id, at_most], kept)
    }

    fn topic_wanted(&mut self, topic: Topic) -> Result<bool, TxError> {
        self.exists(
            "SELECT 1 FROM hotdesk_webhook WHERE ',' || topics || ',' LIKE ?1 LIMIT 1",
            [format!("%,{},%", topic.word())],
        )
    }

    fn keep_event(&mut self, kind: &str, data: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_event (at, kind, data) VALUES (?1, ?2, ?3)",
            params![self.now.unix_ms(), kind, data],
        )
        .map(drop)
    }

    fn note_health(&mut self, server_ip: &str, health: &str) -> Result<Option<String>, TxError> {
        let told =
            self.one("SELECT health FROM hotdesk_told WHERE server_ip = ?1 /*FOR UPDATE*/", [server_ip], |row| {
                text(row, 0)
            })?;
        if told.as_deref() != Some(health) {
            self.change(
                "INSERT INTO hotdesk_told (server_ip, health) VALUES (?1, ?2)
                 ON CONFLICT (server_ip) DO UPDATE SET health = excluded.health",
                [server_ip, health],
            )?;
        }
        Ok(told)
    }

    fn keep_attempt(&mut self, webhook_id: i64, attempt: &Attempt) -> Result<(), TxError> {
        let (status, failure) = match attempt.outcome {
            Outcome::Answered(status) => (status, ""),
            Outcome::Failed(failure) => (0, failure.word()),
        };
        let Attempt { at, message_id, kind, took, .. } = attempt;
        self.change(
            "INSERT INTO hotdesk_delivery (webhook_id, at, message_id, kind, status, failure, took)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![webhook_id, at.unix_ms(), *message_id, *kind, status, failure, *took],
        )?;
        self.change(
            "DELETE FROM hotdesk_delivery WHERE webhook_id = ?1 AND delivery_id <=
                (SELECT delivery_id FROM (SELECT delivery_id FROM hotdesk_delivery WHERE webhook_id = ?1
                                          ORDER BY delivery_id DESC LIMIT 1 OFFSET ?2) oldest)",
            params![webhook_id, ATTEMPTS],
        )
        .map(drop)
    }

    fn attempts(&mut self, webhook_id: i64, at_most: u32) -> Result<Vec<Attempt>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                attempt_columns!(),
                " FROM hotdesk_delivery
             WHERE webhook_id = ?1 ORDER BY delivery_id DESC LIMIT ?2"
            ),
            params![webhook_id, at_most],
            attempt,
        )
    }

    fn forget_events(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_event
             WHERE event_id IN (SELECT event_id FROM (SELECT event_id FROM hotdesk_event ORDER BY event_id LIMIT ?2) oldest)
               AND (at < ?1 OR event_id <= ifnull((SELECT min(event_id) FROM hotdesk_webhook
                                                   WHERE topics LIKE '%session%' OR topics LIKE '%dialer%'), event_id))",
            params![before.unix_ms(), at_most],
        )
    }
}
