//! Commands: each succeeds or fails independently, and is committed before its caller gets the result.

use std::sync::{Arc, mpsc};

use fleet::non_agent_api::add_phone_alias::Outcome as Added;
use fleet::records::Alias;
use fleet::{FleetTx, Outcome, TxError};
use store::WriteError;

use crate::support::{Fixture, ON_VICIDIAL, alias as alias_fields};

fn alias(name: &str) -> Alias {
    Alias { alias_id: name.to_owned(), alias_name: name.to_owned(), logins_list: "100a".to_owned(), active: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_command_does_not_affect_simultaneous_ones() {
    if ON_VICIDIAL {
        // VICIdial's own tables have no transactions.
        return;
    }
    for together in [false, true] {
        let fixture = Fixture::new();
        let commands: Vec<_> = (0..12)
            .map(|command| {
                let store = Arc::clone(&fixture.store);
                let work = move |tx: &mut dyn FleetTx| {
                    tx.add_alias(&alias(&format!("a{command}")))?;
                    match command {
                        3 => Err(TxError::Inconsistent { table: "t", column: "c", key: "k".to_owned() }),
                        7 => panic!("a mistake"),
                        9 => tx.add_alias(&alias("A9")),
                        _ => Ok(()),
                    }
                };
                tokio::spawn(async move {
                    if together { store.write_batchable(work).await } else { store.write(work).await }
                })
            })
            .collect();
        for (command, outcome) in commands.into_iter().enumerate() {
            let outcome = outcome.await.unwrap();
            match command {
                3 => assert!(matches!(outcome, Err(WriteError::Command(TxError::Inconsistent { .. }))), "{outcome:?}"),
                7 => {
                    assert!(
                        matches!(&outcome, Err(WriteError::Panicked(words)) if words == "a mistake"),
                        "{outcome:?}"
                    );
                }
                9 => assert!(matches!(outcome, Err(WriteError::Command(TxError::Database(_)))), "{outcome:?}"),
                _ => outcome.unwrap(),
            }
        }
        assert_eq!(
            fixture.ask::<i64>("SELECT count(*) FROM phones_alias"),
            9,
            "the three failed commands left no rows"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_share_a_transaction_see_each_other() {
    let fixture = Arc::new(Fixture::new());
    // Each name is requested four times, in four spellings, and every fifth call names an unknown phone.
    let calls: Vec<_> = (0..200)
        .map(|call| {
            let fixture = Arc::clone(&fixture);
            let name = format!("name{}", call / 4);
            let name = match call % 4 {
                0 => name,
                1 => name.to_uppercase(),
                2 => format!("Name{}", call / 4),
                _ => format!("namE{}", call / 4),
            };
            let logins = if call % 5 == 4 { "100a,nobody" } else { "100a,100b,100c" };
            tokio::spawn(async move { fixture.call("add_phone_alias", &alias_fields(&name, logins)).await })
        })
        .collect();
    let (mut added, mut there, mut unknown) = (0, 0, 0);
    for call in calls {
        match call.await.unwrap() {
            Outcome::AddPhoneAlias(Added::Added) => added += 1,
            Outcome::AddPhoneAlias(Added::AliasExists) => there += 1,
            Outcome::AddPhoneAlias(Added::PhoneUnknown(login)) if login == "nobody" => unknown += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((added, added + there + unknown), (50, 200));
    assert!(unknown <= 40, "{unknown}");
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 50);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_with_a_value_that_fits_no_column_fails_alone() {
    let fixture = Arc::new(Fixture::new());
    let calls: Vec<_> = (0..40)
        .map(|call| {
            let fixture = Arc::clone(&fixture);
            let name = if call == 17 { "x".repeat(300) } else { format!("name{call}") };
            tokio::spawn(async move { fixture.call("add_phone_alias", &alias_fields(&name, "100a,100b")).await })
        })
        .collect();
    let mut added = 0;
    for call in calls {
        added += i32::from(call.await.unwrap() == Outcome::AddPhoneAlias(Added::Added));
    }
    assert_eq!(added, 39);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_sees_a_change_as_soon_as_its_caller_gets_the_result() {
    let fixture = Fixture::new();
    for command in 0..20 {
        fixture.store.write(move |tx| tx.add_alias(&alias(&format!("a{command}")))).await.unwrap();
        assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), command + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_store_finishes_running_commands_and_refuses_new_ones() {
    let fixture = Fixture::new();
    let (open, wait) = mpsc::channel::<()>();
    let (running, mut runs) = tokio::sync::mpsc::channel(1);
    let store = Arc::clone(&fixture.store);
    let work = move |tx: &mut dyn FleetTx| {
        running.try_send(()).unwrap();
        wait.recv().unwrap();
        tx.add_alias(&alias("last"))
    };
    let last = tokio::spawn(async move { store.write(work).await });
    runs.recv().await.unwrap();
    let store = Arc::clone(&fixture.store);
    let closing = tokio::task::spawn_blocking(move || store.close());
    open.send(()).unwrap();
    closing.await.unwrap();
    last.await.unwrap().unwrap();
    fixture.store.writer_ended().await;
    assert!(matches!(fixture.store.write(|_| Ok(())).await, Err(WriteError::Closed)));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 1);
}
