//! Logins: placement, ringing, failover and the end of a session.

use dialers::simulator::{Behaviour, LineScript};
use fleet::sessions::timeline::EndReason;
use floor::{LoggedIn, MoveOutcome};

use crate::harness::{Harness, boss, line, login, ms, server_ip};

#[tokio::test]
async fn an_agent_is_rung_on_the_least_loaded_dialer_and_is_live_once_the_phone_is_answered() {
    let harness = Harness::new(2, 3, ms(20)).await;
    let first = harness.arrive(0).await;
    assert_eq!((first.state, first.server_ip.as_str()), ("live", "10.0.8.1"), "the later phone wins a tie");
    let second = harness.arrive(1).await;
    assert_eq!((second.state, second.server_ip.as_str()), ("live", "10.0.8.0"));
    let conference = harness.dialers[0].calls()[0].exten.clone();
    assert_eq!(conference, second.conference);
    assert_eq!(harness.timeline(second.session_id), ["decided log_in", "rung p1d0", "answered p1d0"]);
    assert_eq!(harness.ask::<String>("SELECT group_concat(user || state) FROM hotdesk_session"), "a0live,a1live");
}

#[tokio::test]
async fn logging_out_hangs_up_and_frees_the_seat_and_the_conference() {
    let harness = Harness::new(1, 1, ms(0)).await;
    let session = harness.arrive(0).await;
    assert!(harness.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap());
    harness.until(|harness| harness.dialers[0].calls().is_empty()).await;
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_conferences WHERE extension <> ''"), 0);
    assert_eq!(harness.ask::<i64>("SELECT sum(seats) FROM hotdesk_seats"), 0);
    assert!(
        !harness.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap(),
        "the session has already ended"
    );
    assert_eq!(harness.dialers[0].counts().hung_up, 1);
}

#[tokio::test]
async fn logging_in_again_hangs_up_the_previous_sessions_call() {
    let harness = Harness::new(2, 1, ms(0)).await;
    let first = harness.arrive(0).await;
    let second = harness.arrive(0).await;
    assert_eq!((second.state, &second.server_ip), ("live", &first.server_ip), "the agent's own seat does not count");
    harness.until(|harness| harness.dialers[1].calls().len() == 1).await;
    assert_eq!(harness.session(first.session_id).end_reason.as_deref(), Some("replaced"));
}

#[tokio::test]
async fn after_a_phone_that_rejects_the_call_the_same_login_rings_the_next_choice() {
    let harness = Harness::new(3, 1, ms(10)).await;
    harness.dialers[2].set_line(&line(0), LineScript::registered(Behaviour::Rejects { after: ms(5) }));
    harness.dialers[1].set_line(&line(0), LineScript::registered(Behaviour::Rejects { after: ms(0) }));
    let session = harness.arrive(0).await;
    assert_eq!((session.state, session.server_ip.as_str()), ("live", "10.0.8.0"));
    assert_eq!(
        harness.timeline(session.session_id),
        [
            "decided log_in",
            "rung p0d2",
            "failed p0d2 rejected",
            "decided failover",
            "rung p0d1",
            "failed p0d1 rejected",
            "decided failover",
            "rung p0d0",
            "answered p0d0"
        ]
    );
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_conferences WHERE extension <> ''"), 1);
}

#[tokio::test]
async fn an_unregistered_line_is_rung_last_even_on_an_empty_dialer() {
    let harness = Harness::new(2, 1, ms(0)).await;
    harness.dialers[1].set_line(&line(0), LineScript::unregistered());
    let live_status = harness.floor().live_status();
    let is_gone = |_: &Harness| {
        live_status.registration(&server_ip(1), "SIP/p0") == fleet::dialer_status::Registration::NotRegistered
    };
    harness.until(is_gone).await;
    assert_eq!(harness.arrive(0).await.server_ip, "10.0.8.0");
}

#[tokio::test]
async fn a_session_ends_when_no_phone_answers_and_can_be_rung_again() {
    let harness = Harness::new(2, 1, ms(0)).await;
    for dialer in &harness.dialers {
        dialer.set_line(&line(0), LineScript::registered(Behaviour::Rejects { after: ms(1) }));
    }
    let session = harness.arrive(0).await;
    assert_eq!((session.state, session.end_reason.as_deref()), ("ended", Some("no_answer")));
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
    for dialer in &harness.dialers {
        dialer.set_line(&line(0), LineScript::answering());
    }
    assert!(harness.floor().ring_again(session.session_id).await.unwrap());
    assert_eq!(harness.settled(session.session_id).await.state, "live", "the same session is live again");
}

#[tokio::test]
async fn a_session_ends_a_second_after_its_agent_hangs_up() {
    let harness = Harness::new(1, 1, ms(0)).await;
    let session = harness.arrive(0).await;
    harness.dialers[0].hang_up_at(&line(0));
    harness.until(|harness| harness.count("live") == 0).await;
    assert_eq!(harness.session(session.session_id).end_reason.as_deref(), Some("hung_up"));
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
}

#[tokio::test]
async fn a_draining_dialer_gets_no_new_agents_and_keeps_its_own_until_they_are_moved() {
    let harness = Harness::new(2, 2, ms(0)).await;
    let first = harness.arrive(0).await;
    assert!(harness.floor().set_draining(&first.server_ip, true, boss()).await.unwrap());
    assert!(!harness.floor().set_draining("10.9.9.9", true, boss()).await.unwrap(), "unknown dialer");
    assert_ne!(harness.arrive(1).await.server_ip, first.server_ip);
    assert_eq!(harness.session(first.session_id).state, "live");
    assert_eq!(harness.floor().move_agent(first.session_id, 0, boss()).await.unwrap(), MoveOutcome::Moved);
    let moved = harness.settled(first.session_id).await;
    assert_eq!((moved.state, moved.server_ip.as_str()), ("live", "10.0.8.0"));
    harness.until(|harness| harness.dialers[1].calls().is_empty()).await;
    let again = harness.floor().move_agent(first.session_id, 0, boss()).await.unwrap();
    assert_eq!(again, MoveOutcome::Stays, "no other dialer takes agents");
    let log: String = harness
        .ask("SELECT group_concat(user || ' ' || event_section || ' ' || event_notes, '; ') FROM vicidial_admin_log");
    assert_eq!(log, "boss SERVERS draining: Y; boss PHONES session: 1 agent: a0 to: 10.0.8.0");
    assert_eq!(harness.session(first.session_id).state, "live");
}

#[tokio::test]
async fn a_restart_keeps_live_sessions_rings_ringing_ones_again_and_ends_those_without_a_call() {
    let harness = Harness::new(1, 3, ms(0)).await;
    let (live, gone) = (harness.arrive(0).await, harness.arrive(1).await);
    harness.dialers[0].set_line(&line(2), LineScript::registered(Behaviour::NeverAnswers));
    let ringing = harness.log_in(2).await.session;
    harness.until(|harness| harness.dialers[0].calls().len() == 3).await;
    harness.floor().close();
    harness.dialers[0].hang_up_at(&line(1));
    harness.dialers[0].set_line(&line(2), LineScript::answering());
    harness.restart().await;
    harness
        .until(|harness| {
            harness.count("live") == 2
                && harness.floor().session(gone.session_id).is_some_and(|(view, _)| view.state == "ended")
        })
        .await;
    assert_eq!(harness.session(live.session_id).state, "live");
    assert_eq!(harness.settled(ringing.session_id).await.state, "live");
    assert_eq!(harness.session(gone.session_id).end_reason.as_deref(), Some("gone"));
    harness.until(|harness| harness.dialers[0].calls().len() == 2).await;
    assert!(harness.floor().log_out(live.session_id, EndReason::LoggedOut).await.unwrap());
    harness.until(|harness| harness.dialers[0].calls().len() == 1).await;
}

#[tokio::test]
async fn a_login_without_a_usable_phone_is_refused_and_rings_nobody() {
    let harness = Harness::new(1, 1, ms(0)).await;
    harness.dialers[0].die();
    harness.until(|harness| harness.floor().dialers()[0].health != "healthy").await;
    assert!(matches!(harness.try_log_in(login(0)).await, LoggedIn::NoPhone(_)));
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
}

#[tokio::test]
async fn after_four_seconds_without_ringing_a_registered_phone_is_given_up_for_the_next_choice() {
    let harness = Harness::new(2, 1, ms(0)).await;
    harness.dialers[1].set_line(&line(0), LineScript::registered(Behaviour::Dead));
    let session = harness.arrive(0).await;
    assert_eq!((session.state, session.server_ip), ("live", server_ip(0)));
    assert!(harness.timeline(session.session_id).contains(&"failed p0d1 dead".to_owned()));
    harness.until(|harness| harness.dialers[1].calls().is_empty()).await;
}

#[tokio::test]
async fn a_call_that_costs_money_is_placed_once_and_never_as_a_failover() {
    let harness = Harness::new(2, 2, ms(0)).await;
    // Simulated dialers cannot call outside numbers: both would fail at once.
    harness.sql().execute_batch("UPDATE phones SET protocol = 'EXTERNAL', dialplan_number = '5551212'").unwrap();
    let session = harness.arrive(0).await;
    assert_eq!((session.state, session.end_reason.as_deref()), ("ended", Some("no_answer")));
    let originates: Vec<u64> = harness.dialers.iter().map(|dialer| dialer.counts().originates).collect();
    assert_eq!(originates, [0, 1]);
    harness.sql().execute_batch("UPDATE phones SET protocol = 'SIP' WHERE login = 'p1d1'").unwrap();
    harness.dialers[1].set_line(&line(1), LineScript::registered(Behaviour::Rejects { after: ms(0) }));
    assert_eq!(harness.arrive(1).await.end_reason.as_deref(), Some("no_answer"));
    assert_eq!(harness.dialers[0].counts().originates, 0, "no costly call follows an ordinary phone either");
}

#[tokio::test]
async fn a_browser_phone_gets_a_seat_and_is_not_rung() {
    let harness = Harness::new(1, 1, ms(0)).await;
    harness.sql().execute_batch("UPDATE phones SET is_webphone = 'Y'").unwrap();
    let session = harness.arrive(0).await;
    assert_eq!((session.state, harness.floor().dialers()[0].seats), ("reserved", 1));
    assert_eq!(harness.dialers[0].counts().originates, 0);
    assert!(harness.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap());
}

#[tokio::test]
async fn a_dialer_without_conferences_gets_them_and_its_heartbeat_is_recorded() {
    let harness = Harness::new(1, 0, ms(0)).await;
    assert_eq!(
        harness.ask::<String>("SELECT min(conf_exten) || '-' || max(conf_exten) FROM vicidial_conferences"),
        "8600051-8600999"
    );
    harness
        .until(|harness| harness.ask::<i64>("SELECT count(*) FROM server_updater WHERE last_update > '2026'") == 1)
        .await;
}

#[tokio::test]
async fn deleted_dialers_are_dropped_and_changed_connection_settings_are_applied() {
    let harness = Harness::new(2, 1, ms(0)).await;
    let port = harness.dialers[1].address().port();
    harness.sql().execute("DELETE FROM servers WHERE server_ip = ?1", [server_ip(1)]).unwrap();
    harness.until(|harness| harness.floor().dialers().len() == 1).await;
    assert_eq!(harness.arrive(0).await.server_ip, server_ip(0));
    harness.sql().execute("UPDATE servers SET telnet_port = ?1, ASTmgrUSERNAME = 'nobody'", [port]).unwrap();
    harness.until(|harness| harness.floor().dialers()[0].trouble == Some("refuses_login")).await;
    harness.sql().execute("UPDATE servers SET ASTmgrUSERNAME = 'hotdesk'", []).unwrap();
    harness.until(|harness| harness.floor().dialers()[0].health == "healthy").await;
}

#[tokio::test]
async fn an_agent_whose_browser_disconnects_during_the_login_is_still_rung() {
    let harness = Harness::new(1, 1, ms(0)).await;
    let login = harness.try_log_in(login(0));
    assert!(tokio::time::timeout(ms(0), login).await.is_err(), "the browser disconnects before the reply");
    harness.until(|harness| harness.count("live") == 1 && harness.dialers[0].calls().len() == 1).await;
}

#[tokio::test]
async fn an_unresolvable_manager_host_is_reported_once_and_resolved_again_later() {
    let harness = Harness::new(1, 0, ms(0)).await;
    harness.sql().execute_batch("UPDATE servers SET telnet_host = 'no such host'").unwrap();
    harness.until(|harness| harness.floor().dialers()[0].health == "no_account").await;
    let start = harness.floor().snapshot().1;
    // Longer than two refreshes of the dialers.
    tokio::time::sleep(ms(2500)).await;
    let events = harness.floor().changes_after(start).unwrap();
    assert!(events.iter().all(|event| event.name != "dialer"), "{events:?}");
    harness.sql().execute_batch("UPDATE servers SET telnet_host = '127.0.0.1'").unwrap();
    harness.until(|harness| harness.floor().dialers()[0].health == "healthy").await;
}
