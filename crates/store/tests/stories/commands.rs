//! A command stands or falls by itself, and an answer means that it is on the disk.

use std::sync::{Arc, mpsc};

use fleet::records::Alias;
use fleet::{FleetTx, TxError};
use store::WriteError;

use crate::support::House;

fn alias(name: &str) -> Alias {
    Alias { alias_id: name.to_owned(), alias_name: name.to_owned(), logins_list: "100a".to_owned(), active: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_commands_at_the_same_time_only_those_fail_that_are_wrong() {
    let house = House::new();
    let commands: Vec<_> = (0..12)
        .map(|command| {
            let store = Arc::clone(&house.store);
            let work = move |tx: &mut dyn FleetTx| {
                tx.add_alias(&alias(&format!("a{command}")))?;
                match command {
                    3 => Err(TxError::Inconsistent { table: "t", column: "c", key: "k".to_owned() }),
                    7 => panic!("a mistake"),
                    9 => tx.add_alias(&alias("A9")),
                    _ => Ok(()),
                }
            };
            tokio::spawn(async move { store.write(work).await })
        })
        .collect();
    for (command, outcome) in commands.into_iter().enumerate() {
        let outcome = outcome.await.unwrap();
        match command {
            3 => assert!(matches!(outcome, Err(WriteError::Command(TxError::Inconsistent { .. }))), "{outcome:?}"),
            7 => assert!(matches!(&outcome, Err(WriteError::Panicked(words)) if words == "a mistake"), "{outcome:?}"),
            9 => assert!(matches!(outcome, Err(WriteError::Command(TxError::Database(_)))), "{outcome:?}"),
            _ => outcome.unwrap(),
        }
    }
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM phones_alias"), 9, "nothing of the three is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_means_that_another_program_sees_it() {
    let house = House::new();
    for command in 0..20 {
        house.store.write(move |tx| tx.add_alias(&alias(&format!("a{command}")))).await.unwrap();
        assert_eq!(house.ask::<i64>("SELECT count(*) FROM phones_alias"), command + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_closes_finishes_what_runs_and_takes_no_more() {
    let house = House::new();
    let (open, wait) = mpsc::channel::<()>();
    let (running, mut runs) = tokio::sync::mpsc::channel(1);
    let store = Arc::clone(&house.store);
    let work = move |tx: &mut dyn FleetTx| {
        running.try_send(()).unwrap();
        wait.recv().unwrap();
        tx.add_alias(&alias("last"))
    };
    let last = tokio::spawn(async move { store.write(work).await });
    runs.recv().await.unwrap();
    let store = Arc::clone(&house.store);
    let closing = tokio::task::spawn_blocking(move || store.close());
    open.send(()).unwrap();
    closing.await.unwrap();
    last.await.unwrap().unwrap();
    house.store.writer_ended().await;
    assert!(matches!(house.store.write(|_| Ok(())).await, Err(WriteError::Closed)));
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM phones_alias"), 1);
}
