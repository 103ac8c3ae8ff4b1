//! [`WebhooksTx`] on any engine.

use fleet::audit_log::AuditLogRow;
use fleet::tx::WebhooksTx;
use fleet::webhooks::{Attempt, Failure, Outcome, Position, Secret, State, StoredEvent, Topic, Webhook};
use fleet::{Timestamp, TxError};

use super::logs::{audit_log_row, audit_log_rows};
use super::{SqlTx, missing};
use crate::database::{Database, Read, SqlValue, params};
use crate::row::{Reader, from_text, insert, insert_columns, row, update_columns, upsert};

row! { event: StoredEvent from "hotdesk_event" { event_id, at, kind, data } }

row! { attempt_columns: Attempt { delivery_id, at, message_id, kind, took } with { outcome: Outcome::Answered(0) } }

row! { outcome: struct OutcomeColumns { status: u16, failure: Option<Failure> } }

row! { webhook_columns: Webhook {
    webhook_id, url, topics, state, secret, made, user, position => Position { admin_log_id, event_id }, failures,
    failing_since, next_attempt, holder, held_until
} with { old_secret: None } }

row! { old_secret: struct OldSecret { old_secret: String, old_until: Timestamp } }

from_text! {
    Vec<Topic>: |words| Some(words.split(',').filter_map(Topic::read).collect());
    State: |word| Some(Self::read(word));
    Secret: |text| Some(Self::new(text));
    Failure: Self::read;
}

/// Number of attempts that are kept of each subscriber.
const ATTEMPTS: u32 = 100;

/// Selects webhooks.
macro_rules! webhooks {
    ($rest:literal) => {
        concat!("SELECT ", webhook_columns!(), ", ", old_secret!(), " FROM hotdesk_webhook ", $rest)
    };
}

fn webhook(row: &mut Reader<'_>) -> Read<Webhook> {
    let webhook = webhook_columns(row)?;
    let OldSecret { old_secret, old_until } = old_secret(row)?;
    let old_secret = (!old_secret.is_empty()).then(|| (Secret::new(old_secret), old_until));
    Ok(Webhook { old_secret, ..webhook })
}

fn attempt(row: &mut Reader<'_>) -> Read<Attempt> {
    let attempt = attempt_columns(row)?;
    let OutcomeColumns { status, failure } = outcome(row)?;
    Ok(Attempt { outcome: failure.map_or(Outcome::Answered(status), Outcome::Failed), ..attempt })
}

/// The columns of a webhook that change, with their values.
fn changing_columns(webhook: &Webhook) -> Vec<(&'static str, SqlValue<'_>)> {
    let topics: Vec<&str> = webhook.topics.iter().map(|topic| topic.word()).collect();
    let (old_secret, old_until) =
        webhook.old_secret.as_ref().map_or(("", 0), |(secret, until)| (secret.reveal(), until.unix_ms()));
    vec![
        ("url", (&webhook.url).into()),
        ("topics", topics.join(",").into()),
        ("state", webhook.state.word().into()),
        ("secret", webhook.secret.reveal().into()),
        ("old_secret", old_secret.into()),
        ("old_until", old_until.into()),
        ("admin_log_id", webhook.position.admin_log_id.into()),
        ("event_id", webhook.position.event_id.into()),
        ("failures", webhook.failures.into()),
        ("failing_since", webhook.failing_since.map(Timestamp::unix_ms).into()),
        ("next_attempt", webhook.next_attempt.unix_ms().into()),
        ("holder", (&webhook.holder).into()),
        ("held_until", webhook.held_until.unix_ms().into()),
    ]
}

impl<D: Database> WebhooksTx for SqlTx<D> {
    fn webhooks(&mut self) -> Result<Vec<Webhook>, TxError> {
        self.all(webhooks!("ORDER BY webhook_id"), params![], webhook)
    }

    fn webhook(&mut self, webhook_id: i64) -> Result<Option<Webhook>, TxError> {
        self.one(webhooks!("WHERE webhook_id = ?1 /*FOR UPDATE*/"), [webhook_id], webhook)
    }

    fn add_webhook(&mut self, webhook: &Webhook) -> Result<i64, TxError> {
        let mut columns = changing_columns(webhook);
        columns.extend([("made", webhook.made.unix_ms().into()), ("user", (&webhook.user).into())]);
        self.run(insert_columns("hotdesk_webhook", columns))?;
        Ok(self.database.last_number())
    }

    fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), TxError> {
        let number = [webhook.webhook_id.into()];
        self.run_one(update_columns("hotdesk_webhook", changing_columns(webhook), "webhook_id = ?", number), || {
            missing("hotdesk_webhook", "webhook_id", &webhook.webhook_id.to_string())
        })
    }

    fn delete_webhook(&mut self, webhook_id: i64) -> Result<(), TxError> {
        self.change("DELETE FROM hotdesk_delivery WHERE webhook_id = ?1", [webhook_id])?;
        self.change("DELETE FROM hotdesk_webhook WHERE webhook_id = ?1", [webhook_id]).map(drop)
    }

    fn last_position(&mut self) -> Result<Position, TxError> {
        Ok(Position {
            admin_log_id: self.value("SELECT max(admin_log_id) FROM vicidial_admin_log", params![])?.unwrap_or(0),
            event_id: self.value("SELECT max(event_id) FROM hotdesk_event", params![])?.unwrap_or(0),
        })
    }

    fn changes_after(&mut self, admin_log_id: i64, at_most: u32, waits: bool) -> Result<Vec<AuditLogRow>, TxError> {
        let sql = if waits {
            concat!(audit_log_rows!(), "WHERE admin_log_id > ?1 ORDER BY admin_log_id LIMIT ?2 /*SETTLED*/")
        } else {
            concat!(audit_log_rows!(), "WHERE admin_log_id > ?1 ORDER BY admin_log_id LIMIT ?2")
        };
        self.all(sql, params![admin_log_id, at_most], audit_log_row)
    }

    fn events_after(&mut self, event_id: i64, at_most: u32, waits: bool) -> Result<Vec<StoredEvent>, TxError> {
        let sql = if waits {
            concat!(event!(), "WHERE event_id > ?1 ORDER BY event_id LIMIT ?2 /*SETTLED*/")
        } else {
            concat!(event!(), "WHERE event_id > ?1 ORDER BY event_id LIMIT ?2")
        };
        self.all(sql, params![event_id, at_most], event)
    }

    fn topic_wanted(&mut self, topic: Topic) -> Result<bool, TxError> {
        self.exists(
            "SELECT 1 FROM hotdesk_webhook WHERE ',' || topics || ',' LIKE ?1 LIMIT 1",
            [format!("%,{},%", topic.word())],
        )
    }

    fn store_event(&mut self, kind: &str, data: &str) -> Result<(), TxError> {
        self.run(insert!("hotdesk_event" { at: self.now.unix_ms(), kind: kind, data: data }))
    }

    fn note_health(&mut self, server_ip: &str, health: &str) -> Result<Option<String>, TxError> {
        let find = "SELECT health FROM hotdesk_told WHERE server_ip = ?1 /*FOR UPDATE*/";
        let before: Option<String> = self.value(find, [server_ip])?;
        if before.as_deref() != Some(health) {
            self.run(upsert!("hotdesk_told" { server_ip: server_ip } { health: health }))?;
        }
        Ok(before)
    }

    fn store_attempt(&mut self, webhook_id: i64, attempt: &Attempt) -> Result<(), TxError> {
        let (status, failure) = match attempt.outcome {
            Outcome::Answered(status) => (status, ""),
            Outcome::Failed(failure) => (0, failure.word()),
        };
        self.run(insert!("hotdesk_delivery" {
            webhook_id: webhook_id,
            at: attempt.at.unix_ms(),
            message_id: attempt.message_id,
            kind: attempt.kind,
            status: status,
            failure: failure,
            took: attempt.took,
        }))?;
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
                ", ",
                outcome!(),
                " FROM hotdesk_delivery WHERE webhook_id = ?1 ORDER BY delivery_id DESC LIMIT ?2"
            ),
            params![webhook_id, at_most],
            attempt,
        )
    }

    fn delete_events(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_event
             WHERE event_id IN (SELECT event_id FROM (SELECT event_id FROM hotdesk_event ORDER BY event_id LIMIT ?2) oldest)
               AND (at < ?1 OR event_id <= ifnull((SELECT min(event_id) FROM hotdesk_webhook
                                                   WHERE topics LIKE '%session%' OR topics LIKE '%dialer%'), event_id))",
            params![before.unix_ms(), at_most],
        )
    }
}
