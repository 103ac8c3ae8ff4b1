//! Calls that a dialer does not hang up, and conferences that are not empty: no two agents meet.

use dialers::simulator::AccountLimit;
use fleet::sessions::timeline::EndReason;
use floor::LoggedIn;

use crate::harness::{Harness, line, login, ms};

/// The trouble of a dialer.
fn trouble(harness: &Harness, dialer: usize) -> Option<&'static str> {
    harness.floor().dialer(&crate::harness::server_ip(dialer)).unwrap().trouble
}

#[tokio::test]
async fn a_dialer_that_refuses_to_hang_up_gets_no_agents_until_the_call_has_ended() {
    let harness = Harness::new(1, 2, ms(0)).await;
    let first = harness.arrive(0).await;
    harness.dialers[0].refuse_hang_ups(Some("Permission denied"));
    assert!(harness.floor().log_out(first.session_id, EndReason::LoggedOut).await.unwrap());
    harness.until(|harness| trouble(harness, 0) == Some("refuses_hang_up")).await;
    assert!(matches!(harness.try_log_in(login(1)).await, LoggedIn::NoPhone(_)));
    assert_eq!(harness.dialers[0].calls().len(), 1, "the first agent's phone is still in its conference");
    harness.dialers[0].hang_up_at(&line(0));
    harness.until(|harness| trouble(harness, 0).is_none()).await;
    let second = harness.arrive(1).await;
    assert_eq!((second.state, second.conference), ("live", first.conference));
}

#[tokio::test]
async fn agents_of_a_dialer_that_refuses_a_hang_up_can_still_hang_up() {
    let harness = Harness::new(1, 2, ms(0)).await;
    let (first, second) = (harness.arrive(0).await, harness.arrive(1).await);
    harness.dialers[0].refuse_hang_ups(Some("Permission denied"));
    assert!(harness.floor().log_out(first.session_id, EndReason::LoggedOut).await.unwrap());
    harness.until(|harness| trouble(harness, 0) == Some("refuses_hang_up")).await;
    harness.dialers[0].hang_up_at(&line(1));
    harness.until(|harness| harness.count("live") == 0).await;
    assert_eq!(harness.session(second.session_id).end_reason.as_deref(), Some("hung_up"));
}

#[tokio::test]
async fn a_conference_with_a_channel_of_another_program_gets_no_agent() {
    let harness = Harness::new(1, 2, ms(0)).await;
    harness.dialers[0].set_foreign_channel("1795239060.12", "8600051", true);
    harness.dialers[0].set_foreign_channel("1795239060.13", "8600052", true);
    // Events arrive in order.
    harness.dialers[0].set_line(&line(0), dialers::simulator::LineScript::unregistered());
    let live_status = harness.floor().live_status();
    harness
        .until(|_| {
            live_status.registration(&crate::harness::server_ip(0), "SIP/p0")
                == fleet::dialer_status::Registration::NotRegistered
        })
        .await;
    let session = harness.arrive(1).await;
    assert_eq!((session.state, session.conference.as_str()), ("live", "8600053"));
}

#[tokio::test]
async fn no_login_is_placed_on_a_dialer_whose_account_lacks_a_right() {
    for (limit, expected) in [
        (AccountLimit::NoCallActions, "no_hang_up_right"),
        (AccountLimit::NoOriginate, "no_originate_right"),
        (AccountLimit::NoCallEvents, "no_call_events"),
        (AccountLimit::NoLists, "no_list_right"),
    ] {
        let harness = Harness::new(2, 1, ms(0)).await;
        harness.dialers[1].limit(Some(limit));
        harness.dialers[1].die();
        harness.until(|harness| trouble(harness, 1).is_some()).await;
        harness.dialers[1].revive().await.unwrap();
        harness.until(|harness| trouble(harness, 1) == Some(expected)).await;
        let session = harness.arrive(0).await;
        assert_eq!((session.state, session.server_ip.as_str()), ("live", "10.0.8.0"), "{limit:?}");
        assert_eq!(harness.dialers[1].counts().originates, 0, "{limit:?}");
    }
}
