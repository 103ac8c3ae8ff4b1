//! Several nodes: heartbeats, leases, and the changes that they report to each other.

use fleet::nodes::{CLUSTER_WIDE, Lease, Node, NodeChange};
use fleet::sessions::{NewSession, Place, State};
use fleet::{FleetTx, TxError};

use crate::support::Fixture;

fn node(name: &str, beat: i64) -> Node {
    Node { node: name.into(), name: format!("{name}:8080"), beat, unwell: vec!["10.0.9.8".into()], stays: beat < 3 }
}

fn lease(server_ip: &str, node: &str) -> Lease {
    Lease { server_ip: server_ip.into(), node: node.into() }
}

#[tokio::test]
async fn a_node_stays_until_another_node_that_saw_its_last_heartbeat_deletes_it() {
    let fixture = Fixture::new();
    let seen = fixture
        .store
        .write_with_priority(|tx| {
            [node("a", 1), node("b", 1), node("a", 2)].iter().try_for_each(|node| tx.beat_node(node))?;
            tx.nodes()
        })
        .await
        .unwrap();
    assert_eq!(seen, [node("a", 2), node("b", 1)]);
    let removed = |beat| fixture.store.write(move |tx| tx.remove_node("a", beat));
    assert!(!removed(1).await.unwrap(), "its heartbeat has grown since");
    assert!(removed(2).await.unwrap() && !removed(2).await.unwrap());
    fixture.store.write(|tx| tx.beat_node(&node("a", 3))).await.unwrap();
    assert_eq!(
        fixture.store.read(|tx| tx.nodes()).await.unwrap(),
        [node("a", 3), node("b", 1)],
        "node a has registered again"
    );
}

#[tokio::test]
async fn a_lease_passes_only_from_its_holder() {
    let fixture = Fixture::new();
    let pass = |server_ip: &'static str, from: &'static str, to: &'static str| {
        fixture.store.write(move |tx| tx.pass_lease(server_ip, from, to))
    };
    assert!(pass("10.0.9.8", "", "a").await.unwrap());
    assert!(!pass("10.0.9.8", "", "b").await.unwrap(), "node a holds the lease");
    assert!(!pass("10.0.9.8", "c", "b").await.unwrap(), "node c does not hold the lease");
    assert!(pass("10.0.9.8", "a", "b").await.unwrap());
    assert!(pass(CLUSTER_WIDE, "", "a").await.unwrap() && pass(CLUSTER_WIDE, "a", "").await.unwrap());
    let has = |node: &'static str| fixture.store.write(move |tx| tx.holds_lease("10.0.9.8", node));
    assert!(has("b").await.unwrap() && !has("a").await.unwrap());
    assert_eq!(fixture.store.read(|tx| tx.leases()).await.unwrap(), [lease(CLUSTER_WIDE, ""), lease("10.0.9.8", "b")]);
}

fn begin(tx: &mut dyn FleetTx, user: &str) -> Result<i64, TxError> {
    let session = NewSession { user, typed: "", key_digest: "", logins: "100a", campaign_id: "" };
    let session_id = tx.open_session(&session)?;
    let place = Place { phone_login: "100a".into(), server_ip: "10.0.9.8".into(), ..Place::default() };
    tx.place_session(session_id, State::Ringing, &place)?;
    Ok(session_id)
}

#[tokio::test]
async fn reported_changes_arrive_in_order_with_the_current_session() {
    let fixture = Fixture::new();
    let (session_id, first) = fixture
        .store
        .write(|tx| {
            let session_id = begin(tx, "1001")?;
            Ok((session_id, tx.send_message("a", session_id, "")?))
        })
        .await
        .unwrap();
    let second = fixture
        .store
        .write(move |tx| {
            tx.mark_session_live(session_id)?;
            tx.send_message("b", 0, "{}")?;
            tx.send_message("b", session_id, "{}")
        })
        .await
        .unwrap();
    let (messages, as_of, open, last) = fixture
        .store
        .read(move |tx| {
            let messages = tx.messages_after(first, 10)?;
            Ok((messages, tx.session_as_of(session_id)?, tx.open_sessions_as_of()?, tx.last_message()?))
        })
        .await
        .unwrap();
    let [other, of_session] = &messages[..] else { unreachable!("{messages:?}") };
    assert_eq!((other.session_id, other.node.as_str(), other.message.as_str()), (0, "b", "{}"));
    let wanted = NodeChange { change_id: second, session_id, node: "b".into(), message: "{}".into() };
    assert_eq!((of_session, last), (&wanted, second));
    let (revision, session) = as_of.unwrap();
    assert_eq!((revision, session.state, session.user.as_str()), (second, State::Live, "1001"));
    assert_eq!(open, [(second, session)]);
    assert_eq!(fixture.store.read(move |tx| tx.messages_after(first, 1)).await.unwrap(), messages[..1]);
}

#[tokio::test]
async fn old_changes_are_deleted_oldest_first_and_numbers_still_grow() {
    let fixture = Fixture::new();
    let tell = || fixture.store.write(|tx| tx.send_message("a", 0, ""));
    let mut numbers = Vec::new();
    for _ in 0..5 {
        numbers.push(tell().await.unwrap());
    }
    let up_to = numbers[3];
    let store = &fixture.store;
    let forget = |at_most| store.write(move |tx| tx.delete_messages(up_to, at_most));
    assert_eq!((forget(3).await.unwrap(), forget(3).await.unwrap(), forget(3).await.unwrap()), (3, 1, 0));
    let left = fixture.store.read(|tx| tx.messages_after(0, 10)).await.unwrap();
    assert_eq!(left.iter().map(|row| row.change_id).collect::<Vec<_>>(), numbers[4..]);
    assert_eq!(forget(9).await.unwrap(), 0);
    assert!(tell().await.unwrap() > numbers[4]);
}
