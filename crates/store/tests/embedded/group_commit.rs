//! Commands that share a commit: each succeeds or fails independently, and is on the disk before its caller gets the result.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use fleet::records::Alias;
use fleet::{FleetTx, TxError};
use store::{Store, WriteError};

use crate::path_of;
use crate::support::Fixture;

fn alias(name: &str) -> Alias {
    Alias { alias_id: name.to_owned(), alias_name: name.to_owned(), logins_list: "100a".to_owned(), active: true }
}

/// Blocks the writer, so that commands queue up and share the next commit.
struct Gate {
    open: mpsc::Sender<()>,
    first: tokio::task::JoinHandle<Result<(), WriteError>>,
}

impl Gate {
    /// Returns once its own command is running alone.
    async fn close(store: &Arc<Store>) -> Self {
        let (open, wait) = mpsc::channel::<()>();
        let (running, mut runs) = tokio::sync::mpsc::channel(1);
        let store = Arc::clone(store);
        let work = move |_: &mut dyn FleetTx| {
            running.try_send(()).unwrap();
            wait.recv().unwrap();
            Ok(())
        };
        let first = tokio::spawn(async move { store.write(work).await });
        runs.recv().await.unwrap();
        Self { open, first }
    }

    async fn open(self) {
        self.open.send(()).unwrap();
        self.first.await.unwrap().unwrap();
    }
}

async fn queue_up(fixture: &Fixture, commands: usize) {
    while fixture.store.waiting() < commands {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_commands_share_one_commit() {
    let fixture = Fixture::new();
    let gate = Gate::close(&fixture.store).await;
    let before = fixture.store.stats().snapshot();
    let commands: Vec<_> = (0..20)
        .map(|command| {
            let store = Arc::clone(&fixture.store);
            tokio::spawn(async move { store.write(move |tx| tx.add_alias(&alias(&format!("a{command}")))).await })
        })
        .collect();
    queue_up(&fixture, 20).await;
    gate.open().await;
    for command in commands {
        command.await.unwrap().unwrap();
    }
    let after = fixture.store.stats().snapshot();
    assert_eq!(after.commands - before.commands, 21, "the gate and the twenty");
    assert_eq!(after.batches.iter().sum::<u64>() - before.batches.iter().sum::<u64>(), 2);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_or_panics_fails_alone() {
    let fixture = Fixture::new();
    let gate = Gate::close(&fixture.store).await;
    let commands: Vec<_> = (0..12)
        .map(|command| {
            let store = Arc::clone(&fixture.store);
            tokio::spawn(async move {
                let work = move |tx: &mut dyn FleetTx| {
                    tx.add_alias(&alias(&format!("a{command}")))?;
                    match command {
                        3 => Err(TxError::Inconsistent { table: "t", column: "c", key: "k".to_owned() }),
                        7 => panic!("a mistake"),
                        9 => tx.add_alias(&alias("A9")),
                        _ => Ok(()),
                    }
                };
                store.write(work).await
            })
        })
        .collect();
    queue_up(&fixture, 12).await;
    gate.open().await;
    for (command, outcome) in commands.into_iter().enumerate() {
        let outcome = outcome.await.unwrap();
        match command {
            3 => assert!(matches!(outcome, Err(WriteError::Command(TxError::Inconsistent { .. }))), "{outcome:?}"),
            7 => assert!(matches!(&outcome, Err(WriteError::Panicked(words)) if words == "a mistake"), "{outcome:?}"),
            9 => assert!(matches!(outcome, Err(WriteError::Command(TxError::Database(_)))), "{outcome:?}"),
            _ => outcome.unwrap(),
        }
    }
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 9, "the three failed commands left no rows");
    assert_eq!(fixture.store.stats().snapshot().repeated, 12);
}

#[tokio::test]
async fn a_command_that_runs_again_counts_once() {
    let fixture = Fixture::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let outcome = fixture
        .store
        .write(move |tx| {
            tx.add_alias(&alias("once"))?;
            let run = counted.fetch_add(1, Ordering::SeqCst);
            if run == 0 { Err(TxError::Inconsistent { table: "t", column: "c", key: String::new() }) } else { Ok(run) }
        })
        .await;
    assert_eq!(outcome.unwrap(), 1);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_for_another_programs_lock() {
    let fixture = Fixture::new();
    let other = rusqlite::Connection::open(path_of(&fixture)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO phones_alias (alias_id) VALUES ('theirs')").unwrap();
    let store = Arc::clone(&fixture.store);
    let ours = tokio::spawn(async move { store.write(|tx| tx.alias_exists("theirs")).await });
    tokio::task::yield_now().await;
    other.execute_batch("COMMIT").unwrap();
    assert!(ours.await.unwrap().unwrap(), "the command ran after the other program's commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_finishes_queued_commands_and_refuses_more() {
    let fixture = Fixture::new();
    let gate = Gate::close(&fixture.store).await;
    let store = Arc::clone(&fixture.store);
    let waiting = tokio::spawn(async move { store.write(|tx| tx.add_alias(&alias("last"))).await });
    queue_up(&fixture, 1).await;
    let store = Arc::clone(&fixture.store);
    let closing = tokio::task::spawn_blocking(move || store.close());
    gate.open().await;
    closing.await.unwrap();
    waiting.await.unwrap().unwrap();
    fixture.store.writer_ended().await;
    assert!(matches!(fixture.store.write(|_| Ok(())).await, Err(WriteError::Closed)));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 1);
}
