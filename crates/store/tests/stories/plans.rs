//! Planned drains, floor minutes, and saving and deleting dialers.

use fleet::Timestamp;
use fleet::actor::{Actor, Source};
use fleet::authorization::MissingPermission;
use fleet::dialers::delete::delete;
use fleet::dialers::planned_drains;
use fleet::dialers::planned_drains::{Act, Cancelled, Drain, OPEN_AT_MOST, Planned};
use fleet::dialers::save::{Dialer, SaveDialer};
use fleet::save::{KeyFault, SaveRefusal};
use fleet::schema::Invalid;

use crate::support::Fixture;

fn boss() -> Actor {
    Actor { user: "6666".into(), ..Actor::command(Source::JsonApi) }
}

/// Plans a drain; both times are in seconds from now.
async fn plan(fixture: &Fixture, server_ip: &str, from: i64, until: Option<i64>) -> Planned {
    let at = |seconds| fixture.store.now().plus_seconds(seconds);
    let drain = Drain { server_ip: server_ip.into(), from: at(from), until: until.map(at), by: boss() };
    fixture.store.write(move |tx| drain.plan(tx)).await.unwrap()
}

#[tokio::test]
async fn a_drain_needs_a_future_time_and_an_existing_dialer() {
    let fixture = Fixture::new();
    fixture.clock.forward(30);
    assert_eq!(plan(&fixture, "10.0.9.7", 60, None).await, Planned::NoSuchDialer);
    assert_eq!(plan(&fixture, "10.0.9.8", -60, None).await, Planned::IsOver);
    assert_eq!(plan(&fixture, "10.0.9.8", 60, Some(60)).await, Planned::EndsTooSoon);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM hotdesk_plan"), 0);
    assert_eq!(plan(&fixture, "10.0.9.8", -30, None).await, Planned::Done, "this minute");
    assert_eq!(plan(&fixture, "10.0.9.8", 60, Some(120)).await, Planned::Done);
    let notes: String = fixture.ask("SELECT event_notes FROM vicidial_admin_log ORDER BY admin_log_id DESC LIMIT 1");
    assert_eq!(notes, "drain at 2026-11-21 05:32:30, take agents again at 2026-11-21 05:33:30");
    for _ in 0..OPEN_AT_MOST {
        plan(&fixture, "10.0.9.8", 600, Some(660)).await;
    }
    assert_eq!(plan(&fixture, "10.0.9.8", 600, None).await, Planned::TooMany);
    assert_eq!(plan(&fixture, "10.0.9.9", 600, None).await, Planned::Done);
}

#[tokio::test]
async fn due_plans_are_executed_once_and_in_order_and_cancelled_ones_are_not() {
    let fixture = Fixture::new();
    plan(&fixture, "10.0.9.8", 60, Some(120)).await;
    plan(&fixture, "10.0.9.9", 60, None).await;
    plan(&fixture, "10.0.9.10", 60, None).await;
    fixture.sql("DELETE FROM servers WHERE server_ip = '10.0.9.10'");
    let cancel = |plan_id| fixture.store.write(move |tx| planned_drains::cancel(tx, plan_id, &boss()));
    assert_eq!(cancel(3).await.unwrap(), Cancelled::Done("10.0.9.9".into()));
    assert_eq!(cancel(3).await.unwrap(), Cancelled::NotOpen);
    fixture.clock.forward(59);
    assert!(fixture.store.write(planned_drains::execute_due).await.unwrap().is_empty());
    fixture.clock.forward(61);
    let done = fixture.store.write(planned_drains::execute_due).await.unwrap();
    let acts: Vec<(i64, Act)> = done.iter().map(|plan| (plan.plan_id, plan.act)).collect();
    assert_eq!(acts, [(1, Act::Drain), (2, Act::Take)]);
    assert!(fixture.store.write(planned_drains::execute_due).await.unwrap().is_empty());
    assert_eq!(
        fixture.ask::<String>("SELECT group_concat(outcome) FROM hotdesk_plan"),
        "done,done,cancelled,no_such_dialer"
    );
    assert_eq!(fixture.ask::<String>("SELECT draining FROM hotdesk_dialer"), "N");
    assert_eq!(cancel(1).await.unwrap(), Cancelled::NotOpen);
}

#[tokio::test]
async fn cancelling_a_drain_cancels_its_planned_end_and_no_other() {
    let fixture = Fixture::new();
    plan(&fixture, "10.0.9.8", 60, Some(120)).await;
    plan(&fixture, "10.0.9.8", 600, Some(660)).await;
    let cancel = |plan_id| fixture.store.write(move |tx| planned_drains::cancel(tx, plan_id, &boss()));
    assert_eq!(cancel(1).await.unwrap(), Cancelled::Done("10.0.9.8".into()));
    let open = fixture.store.read(|tx| tx.open_plans()).await.unwrap();
    assert_eq!(open.iter().map(|plan| plan.plan_id).collect::<Vec<_>>(), [3, 4]);
    let notes: String = fixture.ask("SELECT event_notes FROM vicidial_admin_log ORDER BY admin_log_id DESC LIMIT 1");
    assert_eq!(notes, "cancelled: drain at 2026-11-21 05:32:00, take at 2026-11-21 05:33:00");
    assert_eq!(cancel(4).await.unwrap(), Cancelled::Done("10.0.9.8".into()));
    let open = fixture.store.read(|tx| tx.open_plans()).await.unwrap();
    assert_eq!(open.iter().map(|plan| plan.plan_id).collect::<Vec<_>>(), [3], "only the drain without an end is open");
}

#[tokio::test]
async fn a_user_without_the_right_to_change_dialers_plans_and_cancels_nothing() {
    let fixture = Fixture::new();
    assert_eq!(plan(&fixture, "10.0.9.8", 60, None).await, Planned::Done);
    fixture.sql("UPDATE vicidial_users SET ast_admin_access = '0' WHERE user = '6666'");
    assert_eq!(plan(&fixture, "10.0.9.9", 60, None).await, Planned::MayNot);
    let cancelled = fixture.store.write(|tx| planned_drains::cancel(tx, 1, &boss())).await.unwrap();
    assert_eq!(cancelled, Cancelled::MayNot);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM hotdesk_plan WHERE done IS NULL"), 1);
}

#[tokio::test]
async fn a_plan_for_a_deleted_dialer_is_not_executed_on_a_later_one_at_its_address() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO servers (server_ip) VALUES ('10.0.9.20')");
    assert_eq!(plan(&fixture, "10.0.9.20", 60, None).await, Planned::Done);
    assert_eq!(fixture.save(|tx| delete(tx, "10.0.9.20", &boss())).await, Ok(()));
    fixture.sql("INSERT INTO servers (server_ip) VALUES ('10.0.9.20')");
    fixture.clock.forward(61);
    assert!(fixture.store.write(planned_drains::execute_due).await.unwrap().is_empty());
    assert_eq!(fixture.ask::<String>("SELECT outcome FROM hotdesk_plan"), "no_such_dialer");
}

#[tokio::test]
async fn an_open_plan_is_listed_before_any_number_of_newer_closed_ones() {
    let fixture = Fixture::new();
    plan(&fixture, "10.0.9.8", 600, None).await;
    for plan_id in 2..5 {
        plan(&fixture, "10.0.9.8", 60, None).await;
        fixture.store.write(move |tx| planned_drains::cancel(tx, plan_id, &boss())).await.unwrap();
    }
    let found = fixture.store.read(|tx| tx.plans_of("10.0.9.8", 2)).await.unwrap();
    assert_eq!(found.iter().map(|plan| plan.plan_id).collect::<Vec<_>>(), [1, 4]);
}

#[tokio::test]
async fn minutes_read_back_as_stored_and_old_ones_are_deleted_in_slices() {
    use fleet::floor_minutes::{Counted, Minute};
    let fixture = Fixture::new();
    let minute = |number: i64, seats| Minute {
        began: Timestamp::from_unix(1_795_239_060).plus_seconds(60 * number),
        dialers: [("10.0.9.8".to_owned(), Counted { seats, logins: 2 })].into(),
        untaken: 1,
    };
    let keep = |kept: Minute| fixture.store.write(move |tx| tx.store_minute(&kept));
    for number in 0..4 {
        keep(minute(number, 5)).await.unwrap();
    }
    keep(minute(3, 7)).await.unwrap();
    let since = |number| fixture.store.read(move |tx| tx.minutes_since(minute(number, 0).began));
    assert_eq!(since(2).await.unwrap(), [minute(2, 5), minute(3, 7)]);
    assert_eq!(minute(0, 0).logins(), 3);
    let forget = || fixture.store.write(move |tx| tx.delete_minutes(minute(2, 0).began, 2));
    assert_eq!([forget().await.unwrap(), forget().await.unwrap(), forget().await.unwrap()], [2, 2, 0]);
    assert_eq!(since(0).await.unwrap().len(), 2);
}

fn saving(server_ip: &str, version: Option<String>, values: &[(&'static str, &str)]) -> SaveDialer {
    let values = values.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
    SaveDialer { server_ip: server_ip.into(), values, version, actor: boss() }
}

async fn save(fixture: &Fixture, save: SaveDialer) -> Result<String, SaveRefusal> {
    fixture.save(move |tx| save.execute(tx)).await
}

async fn found(fixture: &Fixture, server_ip: &'static str) -> Dialer {
    fixture.store.read(move |tx| Dialer::find(tx, server_ip)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_dialer_is_saved_with_its_weight_and_the_log_has_the_changes_but_no_secret() {
    let fixture = Fixture::new();
    let version = found(&fixture, "10.0.9.8").await.version();
    let values =
        [("server_id", "north"), ("ami_port", "5039"), ("ami_secret", "hunter2"), ("ami_tls", "Y"), ("weight", "30")];
    let saved = save(&fixture, saving("10.0.9.8", Some(version.clone()), &values)).await;
    assert_eq!(saved, Ok("10.0.9.8".into()));
    let notes: String = fixture.ask("SELECT event_notes FROM vicidial_admin_log");
    assert_eq!(
        notes,
        "server_id: a to north; ami_port: 0 to 5039; ami_secret changed; ami_tls: N to Y; weight:  to 30"
    );
    let dialer = found(&fixture, "10.0.9.8").await;
    assert_eq!((dialer.value("weight"), dialer.value("ami_port"), dialer.has_secret), ("30", "5039", true));
    assert!(!format!("{dialer:?}").contains("hunter2"));
    let empty =
        save(&fixture, saving("10.0.9.8", Some(dialer.version()), &[("ami_secret", ""), ("weight", "30")])).await;
    assert_eq!(empty, Ok("10.0.9.8".into()));
    assert_eq!(fixture.ask::<String>("SELECT ami_secret FROM hotdesk_dialer"), "hunter2");
    let stale = save(&fixture, saving("10.0.9.8", Some(version), &[("server_id", "mine")])).await;
    assert!(matches!(stale, Err(SaveRefusal::Stale { row, .. }) if row.text("server_id") == "north"));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 1, "nothing changed since");
}

#[tokio::test]
async fn every_invalid_field_is_reported_and_nothing_is_saved() {
    let fixture = Fixture::new();
    let version = Some(found(&fixture, "10.0.9.8").await.version());
    let values = [
        ("server_id", "much too long"),
        ("ami_port", "70000"),
        ("active", "perhaps"),
        ("weight", "-1"),
        ("active_twin_server_ip", "10.0.9.8"),
    ];
    let refused = save(&fixture, saving("10.0.9.8", version, &values)).await;
    let Err(SaveRefusal::Invalid(invalid)) = refused else { unreachable!() };
    let fields: Vec<&str> = invalid.iter().map(|invalid| invalid.key).collect();
    assert_eq!(fields, ["server_id", "ami_port", "active", "weight", "active_twin_server_ip"]);
    assert_eq!(invalid[4].fault, KeyFault::Itself);
    let new = save(&fixture, saving("10.0.9.9", None, &[("active_twin_server_ip", "10.0.9.7")])).await;
    let Err(SaveRefusal::Invalid(invalid)) = new else { unreachable!() };
    assert_eq!((invalid[0].key, &invalid[0].fault), ("server_ip", &KeyFault::Taken));
    assert_eq!(invalid[1].key, "active_twin_server_ip");
    assert!(matches!(invalid[1].fault, KeyFault::Value(Invalid::NamesNothing { .. })));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 0);
}

#[tokio::test]
async fn a_dialer_is_deleted_only_without_phones() {
    let fixture = Fixture::new();
    let delete = |server_ip: &'static str| fixture.save(move |tx| delete(tx, server_ip, &boss()));
    assert_eq!(delete("10.0.9.8").await, Err(SaveRefusal::HasPhones(1)));
    assert_eq!(delete("10.0.9.7").await, Err(SaveRefusal::NotFound));
    let saved = save(&fixture, saving("10.0.9.20", None, &[("server_id", "new"), ("weight", "5")])).await;
    assert_eq!(saved, Ok("10.0.9.20".into()));
    assert_eq!(found(&fixture, "10.0.9.20").await.value("weight"), "5");
    assert_eq!(delete("10.0.9.20").await, Ok(()));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM servers"), 3);
    assert_eq!(fixture.ask::<String>("SELECT container_entry FROM vicidial_settings_containers"), "");
}

#[tokio::test]
async fn a_user_without_the_right_to_change_dialers_deletes_none() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO servers (server_id, server_ip) VALUES ('spare', '10.0.9.40')");
    fixture.sql("UPDATE vicidial_users SET ast_admin_access = '0' WHERE user = '6666'");
    let delete = || fixture.save(|tx| delete(tx, "10.0.9.40", &boss()));
    assert_eq!(delete().await, Err(SaveRefusal::Missing(MissingPermission::AdminAccess)));
    fixture.sql("UPDATE vicidial_users SET ast_admin_access = '1' WHERE user = '6666'");
    assert_eq!(delete().await, Ok(()));
}
