//! Changes, restarts and repeated requests while agents are logged in or being rung.

use dialers::simulator::{Behaviour, LineScript};
use fleet::sessions::LoginPolicy;
use fleet::sessions::timeline::EndReason;
use floor::{LoggedIn, Options};

use crate::harness::{Harness, line, login, ms, server_ip};

#[tokio::test]
async fn a_dialer_whose_manager_address_changes_keeps_its_calls() {
    let harness = Harness::new(1, 2, ms(1500)).await;
    let live = harness.arrive(0).await;
    let ringing = harness.log_in(1).await.session;
    harness.until(|harness| harness.dialers[0].calls().len() == 2).await;
    harness.sql().execute("UPDATE servers SET telnet_host = '127.1'", []).unwrap();
    harness.until(|harness| harness.dialers[0].counts().logins == 2).await;
    assert_eq!(harness.settled(ringing.session_id).await.state, "live");
    tokio::time::sleep(ms(1500)).await;
    assert_eq!(harness.dialers[0].calls().len(), 2);
    assert_eq!([harness.session(live.session_id).state, harness.session(ringing.session_id).state], ["live", "live"]);
    assert!(harness.floor().log_out(live.session_id, EndReason::LoggedOut).await.unwrap());
    harness.until(|harness| harness.dialers[0].calls().len() == 1).await;
    harness.dialers[0].hang_up_at(&line(1));
    harness.until(|harness| harness.session(ringing.session_id).end_reason.as_deref() == Some("hung_up")).await;
}

#[tokio::test]
async fn a_restart_without_reachable_dialers_ends_no_session() {
    let harness = Harness::new(3, 3, ms(0)).await;
    for agent in 0..3 {
        harness.arrive(agent).await;
    }
    harness.floor().close();
    for dialer in &harness.dialers {
        dialer.die();
    }
    harness.restart().await;
    harness.until(|harness| harness.floor().dialers().iter().filter(|view| view.health == "down").count() == 3).await;
    harness.until(|harness| harness.floor().alarm().frozen).await;
    assert_eq!(harness.count("live"), 3);
}

#[tokio::test]
async fn a_restart_with_healthy_dialers_raises_no_alarm() {
    let harness = Harness::new(2, 2, ms(0)).await;
    for agent in 0..2 {
        harness.arrive(agent).await;
    }
    harness.restart().await;
    let start = harness.floor().snapshot().1;
    harness
        .until(|harness| harness.floor().dialers().iter().filter(|view| view.health == "healthy").count() == 2)
        .await;
    tokio::time::sleep(ms(300)).await;
    let events = harness.floor().changes_after(start).unwrap();
    assert!(!harness.floor().alarm().frozen && events.iter().all(|event| event.name != "alarm"), "{events:?}");
}

#[tokio::test]
async fn an_agent_who_logs_out_while_waiting_to_be_rehomed_is_not_rung() {
    let harness = Harness::with(2, 8, ms(0), Options { rehomed_a_second: 2, ..Options::default() }, |_| ()).await;
    let mut on_first = Vec::new();
    for agent in 0..8 {
        let session = harness.arrive(agent).await;
        if session.server_ip == server_ip(0) {
            on_first.push(session.session_id);
        }
    }
    harness.dialers[0].die();
    harness.until(|harness| harness.floor().dialers()[0].seats == 0).await;
    for session in &on_first {
        assert!(harness.floor().log_out(*session, EndReason::LoggedOut).await.unwrap());
    }
    let before = harness.dialers[1].counts().originates;
    tokio::time::sleep(ms(2500)).await;
    assert_eq!(harness.dialers[1].counts().originates, before);
    assert_eq!(harness.dialers[1].calls().len(), 4);
}

#[tokio::test]
async fn sessions_on_a_dialer_that_was_deleted_while_hotdesk_was_stopped_are_rehomed() {
    let harness = Harness::new(2, 4, ms(0)).await;
    for agent in 0..3 {
        harness.arrive(agent).await;
    }
    for dialer in &harness.dialers {
        dialer.set_line(&line(3), LineScript::registered(Behaviour::NeverAnswers));
    }
    harness.log_in(3).await;
    harness.floor().close();
    for dialer in &harness.dialers {
        dialer.set_line(&line(3), LineScript::answering());
    }
    harness.sql().execute("DELETE FROM servers WHERE server_ip = ?1", [server_ip(1)]).unwrap();
    harness.restart().await;
    harness.until(|harness| harness.floor().dialers().len() == 1 && harness.floor().dialers()[0].seats == 4).await;
    harness.until(|harness| harness.count("live") == 4 && harness.dialers[0].calls().len() == 4).await;
}

#[tokio::test]
async fn a_session_that_was_ringing_before_a_restart_is_rung_elsewhere_if_its_dialer_refuses_the_login() {
    let harness = Harness::new(2, 1, ms(0)).await;
    harness.dialers[1].set_line(&line(0), LineScript::registered(Behaviour::NeverAnswers));
    let session = harness.log_in(0).await.session;
    harness.until(|harness| harness.dialers[1].calls().len() == 1).await;
    harness.floor().close();
    harness.sql().execute("UPDATE servers SET ASTmgrUSERNAME = 'nobody' WHERE server_ip = ?1", [server_ip(1)]).unwrap();
    harness.restart().await;
    harness.until(|harness| harness.floor().dialers().iter().any(|view| view.trouble == Some("refuses_login"))).await;
    let settled = harness.settled(session.session_id).await;
    assert_eq!((settled.state, settled.server_ip), ("live", server_ip(0)));
}

#[tokio::test]
async fn wrong_seat_counts_are_corrected_at_the_start() {
    let harness = Harness::new(1, 1, ms(0)).await;
    harness.arrive(0).await;
    let replace = "REPLACE INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status)
                   SELECT user, server_ip, conf_exten, extension, status FROM vicidial_live_agents";
    harness.sql().execute(replace, []).unwrap();
    assert_eq!(harness.ask::<i64>("SELECT seats FROM hotdesk_seats"), 2);
    harness.restart().await;
    assert_eq!(harness.ask::<i64>("SELECT seats FROM hotdesk_seats"), 1);
}

#[tokio::test]
async fn agents_who_share_a_phone_get_separate_conferences() {
    let rules = LoginPolicy { shared_phones: true, ..LoginPolicy::default() };
    let harness = Harness::with(1, 2, ms(0), Options { rules, ..Options::default() }, |_| ()).await;
    let first = harness.arrive(0).await;
    let mut shares = login(1);
    shares.phone_login = "team0".into();
    let LoggedIn::Seated(second) = harness.try_log_in(shares).await else { unreachable!() };
    assert_ne!(first.conference, second.session.conference);
    assert!(harness.floor().log_out(first.session_id, EndReason::LoggedOut).await.unwrap());
    let taken = "SELECT group_concat(conf_exten) FROM vicidial_conferences WHERE extension <> ''";
    assert_eq!(harness.ask::<String>(taken), second.session.conference);
}

#[tokio::test]
async fn an_agent_who_has_a_dialers_last_conference_can_use_it_again() {
    let harness = Harness::new(1, 2, ms(0)).await;
    harness.sql().execute("DELETE FROM vicidial_conferences WHERE conf_exten > '8600051'", []).unwrap();
    let first = harness.arrive(0).await;
    assert!(matches!(harness.try_log_in(login(1)).await, LoggedIn::NoPhone(_)));
    assert!(harness.floor().ring_again(first.session_id).await.unwrap());
    assert_eq!(harness.settled(first.session_id).await.state, "live");
    let again = harness.arrive(0).await;
    assert_eq!((again.state, again.conference), ("live", first.conference));
    assert!(matches!(harness.try_log_in(login(1)).await, LoggedIn::NoPhone(_)));
}

#[tokio::test]
async fn a_phone_whose_dialer_is_written_in_another_letter_case_is_rung() {
    let harness = Harness::new(1, 1, ms(0)).await;
    harness
        .sql()
        .execute_batch(
            "UPDATE vicidial_conferences SET server_ip = 'dialer-a'; UPDATE servers SET server_ip = 'dialer-a';
             UPDATE phones SET server_ip = 'Dialer-A '",
        )
        .unwrap();
    harness
        .until(|harness| {
            harness.floor().dialers().iter().any(|view| view.server_ip == "dialer-a" && view.health == "healthy")
        })
        .await;
    let session = harness.arrive(0).await;
    assert_eq!((session.state, session.server_ip), ("live", "dialer-a".to_owned()));
    assert_eq!(harness.ask::<i64>("SELECT seats FROM hotdesk_seats WHERE server_ip = 'dialer-a'"), 1);
}

#[tokio::test]
async fn many_ring_again_requests_leave_one_call() {
    let harness = Harness::new(2, 1, ms(300)).await;
    let session = harness.log_in(0).await.session.session_id;
    for _ in 0..30 {
        harness.floor().ring_again(session).await.unwrap();
        tokio::time::sleep(ms(7)).await;
    }
    assert_eq!(harness.settled(session).await.state, "live");
    harness.until(|harness| harness.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>() == 1).await;
    tokio::time::sleep(ms(1500)).await;
    assert_eq!(harness.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>(), 1);
    assert_eq!(harness.session(session).state, "live");
}

#[tokio::test]
async fn ten_simultaneous_logins_of_one_agent_leave_one_session_with_one_call() {
    let harness = Harness::new(3, 1, ms(20)).await;
    for _ in 0..5 {
        let all: Vec<_> = (0..10).map(|_| harness.try_log_in(login(0))).collect();
        for outcome in futures(all).await {
            assert!(matches!(outcome, LoggedIn::Seated(_)), "{outcome:?}");
        }
    }
    harness.until(|harness| harness.count("live") == 1).await;
    harness.until(|harness| harness.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>() == 1).await;
    assert_eq!(harness.ask::<i64>("SELECT sum(seats) FROM hotdesk_seats"), 1);
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_conferences WHERE extension <> ''"), 1);
}

/// Polls all futures concurrently, and returns their results.
async fn futures<T>(all: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        for (one, done) in all.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(found) = one.as_mut().poll(context) {
                *done = Some(found);
            }
        }
        if all.iter().all(|(_, done)| done.is_some()) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    all.into_iter().filter_map(|(_, done)| done).collect()
}
