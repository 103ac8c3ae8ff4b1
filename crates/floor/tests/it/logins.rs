//! Logging in, being rung, and going again.

use dialers::simulator::{Behaviour, LineScript};
use fleet::sessions::timeline::EndReason;
use floor::{LoggedIn, MovedAway};

use crate::house::{House, boss, line, ms, server_ip, wanted};

#[tokio::test]
async fn an_agent_is_rung_on_the_least_loaded_dialer_and_is_live_once_the_phone_is_answered() {
    let house = House::new(2, 3, ms(20)).await;
    let first = house.arrive(0).await;
    assert_eq!((first.state, first.server_ip.as_str()), ("live", "10.0.8.1"), "on a tie the later phone");
    let second = house.arrive(1).await;
    assert_eq!((second.state, second.server_ip.as_str()), ("live", "10.0.8.0"));
    let room = house.dialers[0].calls()[0].exten.clone();
    assert_eq!(room, second.room);
    assert_eq!(house.trail(second.session_id), ["decided log_in", "rung p1d0", "answered p1d0"]);
    assert_eq!(house.ask::<String>("SELECT group_concat(user || state) FROM hotdesk_session"), "a0live,a1live");
}

#[tokio::test]
async fn logging_out_hangs_up_and_leaves_nothing() {
    let house = House::new(1, 1, ms(0)).await;
    let session = house.arrive(0).await;
    assert!(house.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap());
    house.until(|house| house.dialers[0].calls().is_empty()).await;
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_conferences WHERE extension <> ''"), 0);
    assert_eq!(house.ask::<i64>("SELECT sum(seats) FROM hotdesk_seats"), 0);
    assert!(!house.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap(), "only once");
    assert_eq!(house.dialers[0].counts().hung_up, 1);
}

#[tokio::test]
async fn logging_in_again_hangs_up_the_call_that_was_left_over() {
    let house = House::new(2, 1, ms(0)).await;
    let first = house.arrive(0).await;
    let second = house.arrive(0).await;
    assert_eq!((second.state, &second.server_ip), ("live", &first.server_ip), "the own seat does not count");
    house.until(|house| house.dialers[1].calls().len() == 1).await;
    assert_eq!(house.session(first.session_id).end_reason.as_deref(), Some("replaced"));
}

#[tokio::test]
async fn a_phone_that_does_not_answer_is_followed_by_the_next_choice_within_the_same_login() {
    let house = House::new(3, 1, ms(10)).await;
    house.dialers[2].set_line(&line(0), LineScript::registered(Behaviour::Rejects { after: ms(5) }));
    house.dialers[1].set_line(&line(0), LineScript::registered(Behaviour::Rejects { after: ms(0) }));
    let session = house.arrive(0).await;
    assert_eq!((session.state, session.server_ip.as_str()), ("live", "10.0.8.0"));
    assert_eq!(
        house.trail(session.session_id),
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
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_conferences WHERE extension <> ''"), 1);
}

#[tokio::test]
async fn a_line_that_is_not_registered_comes_last_even_where_nobody_sits() {
    let house = House::new(2, 1, ms(0)).await;
    house.dialers[1].set_line(&line(0), LineScript::unregistered());
    let live_status = house.floor().live_status();
    let is_gone =
        |_: &House| live_status.registration(&server_ip(1), "SIP/p0") == fleet::placement::Registration::NotRegistered;
    house.until(is_gone).await;
    assert_eq!(house.arrive(0).await.server_ip, "10.0.8.0");
}

#[tokio::test]
async fn when_no_phone_answers_the_session_ends_and_says_what_was_tried() {
    let house = House::new(2, 1, ms(0)).await;
    for dialer in &house.dialers {
        dialer.set_line(&line(0), LineScript::registered(Behaviour::Rejects { after: ms(1) }));
    }
    let session = house.arrive(0).await;
    assert_eq!((session.state, session.end_reason.as_deref()), ("ended", Some("no_answer")));
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
    for dialer in &house.dialers {
        dialer.set_line(&line(0), LineScript::answering());
    }
    assert!(house.floor().ring_again(session.session_id).await.unwrap());
    assert_eq!(house.settled(session.session_id).await.state, "live", "the same session goes on");
}

#[tokio::test]
async fn an_agent_who_hangs_up_is_gone_a_second_later() {
    let house = House::new(1, 1, ms(0)).await;
    let session = house.arrive(0).await;
    house.dialers[0].hang_up_at(&line(0));
    house.until(|house| house.count("live") == 0).await;
    assert_eq!(house.session(session.session_id).end_reason.as_deref(), Some("hung_up"));
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
}

#[tokio::test]
async fn a_draining_dialer_takes_nobody_new_and_keeps_whom_it_has() {
    let house = House::new(2, 2, ms(0)).await;
    let first = house.arrive(0).await;
    assert!(house.floor().set_draining(&first.server_ip, true, boss()).await.unwrap());
    assert!(!house.floor().set_draining("10.9.9.9", true, boss()).await.unwrap(), "there is no such dialer");
    assert_ne!(house.arrive(1).await.server_ip, first.server_ip);
    assert_eq!(house.session(first.session_id).state, "live");
    assert_eq!(house.floor().move_agent(first.session_id, 0, boss()).await.unwrap(), MovedAway::Moved);
    let moved = house.settled(first.session_id).await;
    assert_eq!((moved.state, moved.server_ip.as_str()), ("live", "10.0.8.0"));
    house.until(|house| house.dialers[1].calls().is_empty()).await;
    let again = house.floor().move_agent(first.session_id, 0, boss()).await.unwrap();
    assert_eq!(again, MovedAway::Stays, "there is nowhere else");
    let log: String = house
        .ask("SELECT group_concat(user || ' ' || event_section || ' ' || event_notes, '; ') FROM vicidial_admin_log");
    assert_eq!(log, "boss SERVERS draining: Y; boss PHONES session: 1 agent: a0 to: 10.0.8.0");
    assert_eq!(house.session(first.session_id).state, "live");
}

#[tokio::test]
async fn a_restart_keeps_who_is_live_rings_again_who_was_rung_and_ends_who_is_gone() {
    let house = House::new(1, 3, ms(0)).await;
    let (live, gone) = (house.arrive(0).await, house.arrive(1).await);
    house.dialers[0].set_line(&line(2), LineScript::registered(Behaviour::NeverAnswers));
    let ringing = house.log_in(2).await.session;
    house.until(|house| house.dialers[0].calls().len() == 3).await;
    house.floor().close();
    house.dialers[0].hang_up_at(&line(1));
    house.dialers[0].set_line(&line(2), LineScript::answering());
    house.restart().await;
    house
        .until(|house| {
            house.count("live") == 2
                && house.floor().session(gone.session_id).is_some_and(|(view, _)| view.state == "ended")
        })
        .await;
    assert_eq!(house.session(live.session_id).state, "live");
    assert_eq!(house.settled(ringing.session_id).await.state, "live");
    assert_eq!(house.session(gone.session_id).end_reason.as_deref(), Some("gone"));
    house.until(|house| house.dialers[0].calls().len() == 2).await;
    assert!(house.floor().log_out(live.session_id, EndReason::LoggedOut).await.unwrap());
    house.until(|house| house.dialers[0].calls().len() == 1).await;
}

#[tokio::test]
async fn a_login_without_a_usable_phone_says_why_and_rings_nobody() {
    let house = House::new(1, 1, ms(0)).await;
    house.dialers[0].die();
    house.until(|house| house.floor().dialers()[0].health != "well").await;
    assert!(matches!(house.try_log_in(wanted(0)).await, LoggedIn::NoPhone(_)));
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 0);
}

#[tokio::test]
async fn a_phone_that_is_registered_but_does_not_even_ring_is_followed_by_the_next_choice_after_four_seconds() {
    let house = House::new(2, 1, ms(0)).await;
    house.dialers[1].set_line(&line(0), LineScript::registered(Behaviour::Dead));
    let session = house.arrive(0).await;
    assert_eq!((session.state, session.server_ip), ("live", server_ip(0)));
    assert!(house.trail(session.session_id).contains(&"failed p0d1 dead".to_owned()));
    house.until(|house| house.dialers[1].calls().is_empty()).await;
}

#[tokio::test]
async fn a_call_that_costs_money_is_made_once_and_not_to_find_the_agent_elsewhere() {
    let house = House::new(2, 2, ms(0)).await;
    // Simulated dialers cannot call such numbers: both would fail at once.
    house.sql().execute_batch("UPDATE phones SET protocol = 'EXTERNAL', dialplan_number = '5551212'").unwrap();
    let session = house.arrive(0).await;
    assert_eq!((session.state, session.end_reason.as_deref()), ("ended", Some("no_answer")));
    let originates: Vec<u64> = house.dialers.iter().map(|dialer| dialer.counts().originates).collect();
    assert_eq!(originates, [0, 1]);
    house.sql().execute_batch("UPDATE phones SET protocol = 'SIP' WHERE login = 'p1d1'").unwrap();
    house.dialers[1].set_line(&line(1), LineScript::registered(Behaviour::Rejects { after: ms(0) }));
    assert_eq!(house.arrive(1).await.end_reason.as_deref(), Some("no_answer"));
    assert_eq!(house.dialers[0].counts().originates, 0, "an ordinary phone is not followed by such a call either");
}

#[tokio::test]
async fn a_phone_in_the_browser_has_its_seat_and_calls_by_itself() {
    let house = House::new(1, 1, ms(0)).await;
    house.sql().execute_batch("UPDATE phones SET is_webphone = 'Y'").unwrap();
    let session = house.arrive(0).await;
    assert_eq!((session.state, house.floor().dialers()[0].seats), ("reserved", 1));
    assert_eq!(house.dialers[0].counts().originates, 0);
    assert!(house.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap());
}

#[tokio::test]
async fn a_dialer_without_rooms_gets_some_and_others_see_that_it_was_heard_of() {
    let house = House::new(1, 0, ms(0)).await;
    assert_eq!(
        house.ask::<String>("SELECT min(conf_exten) || '-' || max(conf_exten) FROM vicidial_conferences"),
        "8600051-8600999"
    );
    house.until(|house| house.ask::<i64>("SELECT count(*) FROM server_updater WHERE last_update > '2026'") == 1).await;
}

#[tokio::test]
async fn a_dialer_that_is_added_is_used_and_one_that_moves_is_found() {
    let house = House::new(2, 1, ms(0)).await;
    let port = house.dialers[1].address().port();
    house.sql().execute("DELETE FROM servers WHERE server_ip = ?1", [server_ip(1)]).unwrap();
    house.until(|house| house.floor().dialers().len() == 1).await;
    assert_eq!(house.arrive(0).await.server_ip, server_ip(0));
    house.sql().execute("UPDATE servers SET telnet_port = ?1, ASTmgrUSERNAME = 'nobody'", [port]).unwrap();
    house.until(|house| house.floor().dialers()[0].trouble == Some("refuses_login")).await;
    house.sql().execute("UPDATE servers SET ASTmgrUSERNAME = 'hotdesk'", []).unwrap();
    house.until(|house| house.floor().dialers()[0].health == "well").await;
}

#[tokio::test]
async fn an_agent_whose_browser_goes_away_during_the_login_is_rung_all_the_same() {
    let house = House::new(1, 1, ms(0)).await;
    let login = house.try_log_in(wanted(0));
    assert!(tokio::time::timeout(ms(0), login).await.is_err(), "the browser has gone before the answer");
    house.until(|house| house.count("live") == 1 && house.dialers[0].calls().len() == 1).await;
}

#[tokio::test]
async fn a_manager_host_that_is_no_address_is_told_once_and_looked_up_again() {
    let house = House::new(1, 0, ms(0)).await;
    house.sql().execute_batch("UPDATE servers SET telnet_host = 'no such host'").unwrap();
    house.until(|house| house.floor().dialers()[0].health == "no_account").await;
    let start = house.floor().snapshot().1;
    // Longer than from one look at the dialers to the next but one.
    tokio::time::sleep(ms(2500)).await;
    let told = house.floor().changes_after(start).unwrap();
    assert!(told.iter().all(|event| event.name != "dialer"), "{told:?}");
    house.sql().execute_batch("UPDATE servers SET telnet_host = '127.0.0.1'").unwrap();
    house.until(|house| house.floor().dialers()[0].health == "well").await;
}
