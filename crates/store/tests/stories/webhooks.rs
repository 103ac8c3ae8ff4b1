//! Webhooks: their events, secrets, positions and delivery attempts.

use fleet::actor::{Actor, Source};
use fleet::webhooks::admin;
use fleet::webhooks::admin::{Skip, WebhookInput, WebhookRefusal};
use fleet::webhooks::{
    Attempt, Event, Failure, GapTrackers, Outcome, Position, Secret, State, Topic, Webhook, look_ahead, waiting,
};

use crate::support::{Fixture, ON_VICIDIAL, alias, phone};

fn boss() -> Actor {
    Actor { user: "6666".into(), ..Actor::command(Source::JsonApi) }
}

async fn subscribe(fixture: &Fixture, topics: &[Topic]) -> Webhook {
    let topics = topics.to_vec();
    let secret = Secret::new("whsec_AAAA");
    fixture.save(move |tx| admin::add(tx, ("https://a.example/x?y", &topics), &secret, &boss())).await.unwrap()
}

async fn stored(fixture: &Fixture, webhook_id: i64) -> Webhook {
    fixture.store.read(move |tx| tx.webhook(webhook_id)).await.unwrap().unwrap()
}

/// The events after the webhook's position.
async fn pending(fixture: &Fixture, webhook: &Webhook) -> Vec<Event> {
    let webhook = webhook.clone();
    let look =
        move |tx: &mut dyn fleet::FleetTx| look_ahead(tx, &webhook, webhook.position, &mut GapTrackers::default());
    fixture.store.read(look).await.unwrap().events
}

fn kinds(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::kind).collect()
}

#[tokio::test]
async fn a_webhook_reads_back_as_stored_and_gets_events_from_its_creation_on() {
    let fixture = Fixture::new();
    fixture.call("add_phone_alias", &alias("before", "100a")).await;
    let made = subscribe(&fixture, &[Topic::Alias, Topic::Phone]).await;
    assert_eq!(stored(&fixture, made.webhook_id).await, made);
    assert_eq!(made.secret.reveal(), "whsec_AAAA");
    fixture.call("add_phone", &phone("200", "10.0.9.9", "200b")).await;
    fixture.call("add_phone_alias", &alias("after", "100a,200b")).await;
    let events = pending(&fixture, &made).await;
    assert_eq!(kinds(&events), ["phone.added", "alias.added"]);
    let wanted = WebhookInput { topics: Some(vec![Topic::Alias]), ..WebhookInput::default() };
    let id = made.webhook_id;
    let changed = fixture.save(move |tx| admin::change(tx, id, &wanted, None, &boss())).await.unwrap();
    assert_eq!(kinds(&pending(&fixture, &changed).await), ["alias.added"]);
    let first = events[0].clone();
    let body = fixture.store.read(move |tx| first.body(tx)).await.unwrap();
    assert!(body.contains(r#""phone_login":"200b""#) && !body.contains("registration_password"), "{body}");
    let log: String =
        fixture.ask("SELECT event_notes FROM vicidial_admin_log WHERE event_section = 'WEBHOOKS' LIMIT 1");
    assert_eq!(log, "https://a.example topics: alias,phone");
}

#[tokio::test]
async fn only_an_administrator_changes_webhooks_and_an_outdated_change_is_refused() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO vicidial_users (user, pass, user_level) VALUES ('1001', 'x', 1)");
    let made = subscribe(&fixture, &[Topic::User]).await;
    let (id, other) = (made.webhook_id, Actor { user: "1001".into(), ..boss() });
    assert_eq!(fixture.save(move |tx| admin::delete(tx, id, None, &other)).await, Err(WebhookRefusal::MayNot));
    let pause = WebhookInput { active: Some(false), ..WebhookInput::default() };
    let version = made.version();
    let change = || {
        let (pause, version) = (pause.clone(), version.clone());
        fixture.save(move |tx| admin::change(tx, id, &pause, Some(&version), &boss()))
    };
    assert_eq!(change().await.unwrap().state, State::Paused);
    assert!(matches!(change().await, Err(WebhookRefusal::Outdated(now)) if now.state == State::Paused));
    fixture.save(move |tx| admin::delete(tx, id, None, &boss())).await.unwrap();
    assert_eq!(fixture.store.read(|tx| tx.webhooks()).await.unwrap(), []);
    assert_eq!(fixture.save(move |tx| admin::delete(tx, id, None, &boss())).await, Err(WebhookRefusal::NoSuchWebhook));
}

#[tokio::test]
async fn a_new_secret_and_the_old_one_both_sign_for_a_while_and_events_can_be_skipped() {
    let fixture = Fixture::new();
    let id = subscribe(&fixture, &[Topic::Alias]).await.webhook_id;
    let new = Secret::new("whsec_BBBB");
    let rotated = fixture.save(move |tx| admin::rotate(tx, id, &new, &boss())).await.unwrap();
    let signing = |webhook: &Webhook, fixture: &Fixture| {
        webhook.secrets(fixture.store.now()).map(|secret| secret.reveal().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(signing(&rotated, &fixture), ["whsec_BBBB", "whsec_AAAA"]);
    assert_eq!(stored(&fixture, id).await, rotated);
    fixture.clock.forward(admin::OVERLAP);
    assert_eq!(signing(&rotated, &fixture), ["whsec_BBBB"]);
    for alias_id in ["a1", "a2", "a3"] {
        fixture.call("add_phone_alias", &alias(alias_id, "100a")).await;
    }
    let skip = |skip| fixture.save(move |tx| admin::skip(tx, id, skip, &boss()));
    assert_eq!(pending(&fixture, &skip(Skip::First).await.unwrap()).await.len(), 2);
    assert_eq!(pending(&fixture, &skip(Skip::All).await.unwrap()).await.len(), 0);
}

#[tokio::test]
async fn events_of_the_floor_are_stored_until_every_webhook_has_them() {
    let fixture = Fixture::new();
    let wants = |topic| fixture.store.read(move |tx| tx.topic_wanted(topic));
    subscribe(&fixture, &[Topic::Alias]).await;
    assert!(!wants(Topic::Session).await.unwrap());
    let mut webhook = subscribe(&fixture, &[Topic::Session]).await;
    assert!(wants(Topic::Session).await.unwrap() && !wants(Topic::Dialer).await.unwrap());
    for kind in ["session.ringing", "dialer.down", "session.live"] {
        fixture.store.write(move |tx| tx.store_event(kind, "{}")).await.unwrap();
    }
    let events = pending(&fixture, &webhook).await;
    assert_eq!(kinds(&events), ["session.ringing", "session.live"]);
    let forget =
        |days: i64| fixture.store.write(move |tx| tx.delete_events(tx.now().plus_seconds(-days * 24 * 60 * 60), 10));
    assert_eq!(forget(1).await.unwrap(), 0);
    webhook.position = events[0].position;
    let kept = webhook.clone();
    fixture.store.write(move |tx| tx.update_webhook(&kept)).await.unwrap();
    assert_eq!(forget(1).await.unwrap(), 1);
    fixture.clock.forward(2 * 24 * 60 * 60);
    assert_eq!(forget(1).await.unwrap(), 2);
    fixture.store.write(|tx| tx.store_event("session.ended", "{}")).await.unwrap();
    let last = fixture.store.read(|tx| tx.last_position()).await.unwrap();
    assert_eq!(last.event_id, webhook.position.event_id + 3, "numbers are never reused");
}

#[tokio::test]
async fn the_last_hundred_attempts_of_each_webhook_are_stored() {
    let fixture = Fixture::new();
    let [first, second] = [subscribe(&fixture, &[Topic::Alias]).await, subscribe(&fixture, &[Topic::Alias]).await];
    let at = fixture.store.now();
    for number in 0..105_u32 {
        let outcome = if number % 2 == 0 { Outcome::Answered(500) } else { Outcome::Failed(Failure::TimedOut) };
        let message_id = format!("change-{number}");
        let attempt = Attempt { delivery_id: 0, at, message_id, kind: "alias.added".into(), outcome, took: number };
        let id = if number < 2 { second.webhook_id } else { first.webhook_id };
        fixture.store.write(move |tx| tx.store_attempt(id, &attempt)).await.unwrap();
    }
    let of = |id: i64| fixture.store.read(move |tx| tx.attempts(id, 1000));
    let attempts = of(first.webhook_id).await.unwrap();
    assert_eq!((attempts.len(), &*attempts[0].message_id, &*attempts[99].message_id), (100, "change-104", "change-5"));
    assert_eq!(
        (attempts[0].outcome, attempts[1].outcome),
        (Outcome::Answered(500), Outcome::Failed(Failure::TimedOut))
    );
    assert_eq!(of(second.webhook_id).await.unwrap().len(), 2);
    let id = second.webhook_id;
    fixture.save(move |tx| admin::delete(tx, id, None, &boss())).await.unwrap();
    assert_eq!(of(id).await.unwrap(), []);
}

#[tokio::test]
async fn a_change_of_a_dialers_health_is_reported_once() {
    let fixture = Fixture::new();
    let note = |health| fixture.store.write(move |tx| tx.note_health("10.0.9.8", health));
    assert_eq!(note("healthy").await.unwrap(), None);
    assert_eq!(note("down").await.unwrap().as_deref(), Some("healthy"));
    assert_eq!(note("down").await.unwrap().as_deref(), Some("down"));
}

/// Applies only to databases with several concurrent writers.
#[tokio::test]
async fn an_uncommitted_change_of_another_program_is_not_skipped() {
    let fixture = Fixture::new();
    if !fixture.folds_every_letter() || ON_VICIDIAL {
        return;
    }
    let webhook = subscribe(&fixture, &[Topic::Alias]).await;
    fixture.sql(
        "START TRANSACTION; INSERT INTO vicidial_admin_log (event_date, user, event_section, event_type, record_id)
         VALUES (now(), 'vicidial', 'PHONEALIASES', 'MODIFY', 'slow')",
    );
    fixture.call("add_phone_alias", &alias("quick", "100a")).await;
    let from = webhook.position.admin_log_id;
    let read = || fixture.store.read(move |tx| tx.changes_after(from, 10, true));
    let rows = read().await.unwrap_or_default();
    assert!(!rows.iter().any(|row| row.record_id == "quick"), "{rows:?}");
    let seen = fixture.store.read(move |tx| waiting(tx, &webhook)).await.unwrap();
    assert_eq!(kinds(&seen), ["alias.added"], "a query without the lock does not wait");
    fixture.sql("COMMIT");
    let ids: Vec<String> = read().await.unwrap().into_iter().map(|row| row.record_id).collect();
    assert_eq!(ids[ids.len() - 2..], ["slow", "quick"]);
}

#[tokio::test]
async fn the_last_row_of_the_admin_log_stays_so_that_numbers_are_never_reused() {
    use fleet::tx::Log;
    let fixture = Fixture::new();
    for alias_id in ["a1", "a2"] {
        fixture.call("add_phone_alias", &alias(alias_id, "100a")).await;
    }
    fixture.clock.forward(3 * 24 * 60 * 60);
    let forget = || fixture.store.write(|tx| tx.forget(Log::Admin, tx.now().days_before(1), 10));
    let deleted = usize::from(!fixture.store.is_shared_with_vicidial());
    assert_eq!([forget().await.unwrap(), forget().await.unwrap()], [deleted, 0]);
    let Position { admin_log_id, .. } = fixture.store.read(|tx| tx.last_position()).await.unwrap();
    fixture.call("add_phone_alias", &alias("a3", "100a")).await;
    assert_eq!(fixture.ask::<i64>("SELECT max(admin_log_id) FROM vicidial_admin_log"), admin_log_id + 1);
}
