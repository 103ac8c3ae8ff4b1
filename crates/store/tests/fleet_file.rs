//! Execution of fleet files on the embedded database.

use std::sync::Arc;

use fleet::actor::{Actor, Source};
use fleet::audit_log::RowEvent;
use fleet::fleet_file::{FileRow, Fleet, FleetPlan, Reading, execute, plan};
use fleet::password::{NewPassword, Password};
use fleet::schema::{Row, Table};
use fleet::users::columns::UserValues;
use fleet::{Clock, FleetTx, Rng, Timestamp, TxError};
use store::{Location, Store};
use tempfile::TempDir;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1_795_262_400)
    }
}

struct Zeroes;

impl Rng for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// The plan for a file with one row of these values.
#[cfg(test)]
fn plan_for(before: Fleet, table: Table, values: &[(&str, &str)], prune: bool) -> FleetPlan {
    let mut row = Row::new(table);
    for (column, value) in values {
        row.set(column, (*value).to_owned());
    }
    let wanted = vec![FileRow { place: row.title(), row, number: 1 }];
    plan(Reading { wanted, mistakes: Vec::new() }, before, prune, &Zeroes).unwrap()
}

#[cfg(test)]
fn store() -> (Store, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::File(directory.path().join("hotdesk.db"));
    (Store::open(&location, Arc::new(Noon), &Zeroes).unwrap(), directory)
}

/// Plans a file with one row against the stored rows, and executes the plan.
#[cfg(test)]
async fn apply(store: &Store, table: Table, values: &[(&str, &str)], prune: bool) -> bool {
    let before = store.read(|tx| Fleet::read(tx)).await.unwrap();
    let plan = plan_for(before, table, values, prune);
    store.write(move |tx| execute(tx, &plan, &Actor::command(Source::FleetFile), &|_| {})).await.unwrap()
}

#[tokio::test]
async fn a_plan_made_from_outdated_rows_writes_nothing() {
    let (store, _directory) = store();
    let before = store.read(|tx| Fleet::read(tx)).await.unwrap();
    let plan = plan_for(before, Table::Dialer, &[("server_ip", "10.0.9.8")], false);
    assert_eq!(plan.count(RowEvent::Add), 1);
    store.write(|tx| tx.create_account("1001", &UserValues::default())).await.unwrap();
    let (stale, has_dialer) = store
        .write(move |tx| -> Result<_, TxError> {
            Ok((execute(tx, &plan, &Actor::command(Source::FleetFile), &|_| {})?, tx.dialer_exists("10.0.9.8")?))
        })
        .await
        .unwrap();
    assert_eq!((stale, has_dialer), (false, false));
    assert!(apply(&store, Table::Dialer, &[("server_ip", "10.0.9.8")], false).await);
    assert!(store.read(|tx| tx.dialer_exists("10.0.9.8")).await.unwrap());
}

#[tokio::test]
async fn a_pruned_user_leaves_no_password_to_a_later_user_of_that_name() {
    let (store, _directory) = store();
    let digest = |tx: &mut dyn FleetTx| -> Result<(), TxError> {
        for name in ["Anna", "Berta"] {
            tx.create_account(name, &UserValues::default())?;
            let added = tx.user(name)?.unwrap();
            let password =
                NewPassword { plain: Password::new("secret"), digest: "$argon2id$old".into(), pass_hash: None };
            tx.store_password(&added, &password)?;
        }
        Ok(())
    };
    store.write(digest).await.unwrap();
    assert!(apply(&store, Table::User, &[("user", "anna")], true).await);
    assert!(apply(&store, Table::User, &[("user", "BERTA")], false).await);
    let rows = store.read(|tx| tx.rows(Table::User)).await.unwrap();
    let passwords: Vec<_> = rows.iter().map(|row| (row.name(), row.text("pass_hash"))).collect();
    assert_eq!(passwords, [("Anna".to_owned(), "$argon2id$old"), ("BERTA".to_owned(), "")]);
}

#[tokio::test]
async fn a_row_is_found_in_any_letter_case_and_keeps_its_spelling() {
    let (store, _directory) = store();
    assert!(apply(&store, Table::IpList, &[("ip_list_id", "Office"), ("entries", "10.0.0.1,10.0.0.x")], false).await);
    assert!(apply(&store, Table::Template, &[("template_id", "Sip"), ("template_name", "one")], false).await);
    assert!(apply(&store, Table::Template, &[("template_id", "SIP"), ("template_name", "two")], false).await);
    assert!(apply(&store, Table::IpList, &[("ip_list_id", "OFFICE"), ("entries", "10.0.0.2")], false).await);
    let rows = store.read(|tx| Ok((tx.rows(Table::Template)?, tx.ip_list("office")?, tx.rows(Table::IpList)?)));
    let (templates, addresses, lists) = rows.await.unwrap();
    assert_eq!((templates[0].name().as_str(), templates[0].text("template_name")), ("Sip", "two"));
    assert_eq!((lists[0].name().as_str(), lists.len()), ("Office", 1));
    assert_eq!(addresses, ["10.0.0.2"]);
}
