//! Every way in which a ring can end on a dialer that is well, and what the manager interface shows of it.

use dialers::dialer::Outcome;
use dialers::line::Line;
use dialers::simulator::CallState;
use tokio::time::Instant;

use crate::support::{Desk, ms, simulated, story, until};

#[tokio::test(start_paused = true)]
async fn a_line_that_answers_is_brought_into_its_room_and_leaves_it_when_the_agent_hangs_up() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    let call = desk.call("SIP/answers");
    let unique_id = call.mark.to_string();
    let outcome = desk.dialer.ring(&call).await;
    assert_eq!(outcome, Outcome::Answered { channel: "SIP/answers-00000001".to_owned(), unique_id });
    assert_eq!(simulated.calls()[0].state, CallState::Up);
    simulated.hang_up_at(&Line::sip("answers"));
    let told = story(&mut news).await;
    assert_eq!(told, ["created", "ringing", "up", "ANSWER", "joined 9600001", "left 9600001", "ended 16"]);
    assert_eq!(simulated.counts().hung_up, 0, "the client has nothing to do with it");
}

#[tokio::test(start_paused = true)]
async fn the_two_in_front_of_a_room_leads_into_the_room() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    let mut call = desk.call("PJSIP/answers");
    call.exten = "28600051".to_owned();
    assert!(matches!(desk.dialer.ring(&call).await, Outcome::Answered { .. }));
    desk.dialer.hang_up(call.mark);
    assert!(story(&mut news).await.contains(&"joined 8600051".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_not_registered_is_told_at_once_and_has_no_channel() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    let start = Instant::now();
    for channel in ["SIP/absent", "SIP/nobody", "PJSIP/nobody", "Local/8300@default"] {
        assert_eq!(desk.dialer.ring(&desk.call(channel)).await, Outcome::NotRegistered, "{channel}");
    }
    assert!(start.elapsed() < ms(100), "{:?}", start.elapsed());
    assert!(news.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_line_that_nobody_answers_rings_until_the_timeout() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    let start = Instant::now();
    assert_eq!(desk.dialer.ring(&desk.call("SIP/rings")).await, Outcome::NoAnswer);
    assert!((ms(2000)..ms(2100)).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert_eq!(story(&mut news).await, ["created", "ringing", "ended 16"]);
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_is_dead_though_registered_does_not_even_ring() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    assert_eq!(desk.dialer.ring(&desk.call("SIP/dead")).await, Outcome::NoAnswer);
    assert_eq!(story(&mut news).await, ["created", "ended 16"]);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_call_and_a_busy_phone_are_rejected() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    assert_eq!(desk.dialer.ring(&desk.call("SIP/rejects")).await, Outcome::Rejected);
    assert_eq!(story(&mut news).await, ["created", "ringing", "BUSY", "ended 17"]);
    assert_eq!(desk.dialer.ring(&desk.call("SIP/busy")).await, Outcome::Rejected);
    assert_eq!(story(&mut news).await, ["created", "BUSY", "ended 17"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_dialer_refuses_is_told_in_its_words() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let refused = Outcome::Refused { words: "Extension does not exist.".to_owned() };
    let mut call = desk.call("SIP/answers");
    call.exten = "1234".to_owned();
    assert_eq!(desk.dialer.ring(&call).await, refused);
    let mut call = desk.call("SIP/answers");
    call.context = "nowhere".to_owned();
    assert_eq!(desk.dialer.ring(&call).await, refused);
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_smuggled_into_a_call() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut call = desk.call("SIP/answers");
    call.caller_id = "\"A\" <1>\r\nApplication: System".to_owned();
    let words = "the value of Callerid has a character that cannot be sent".to_owned();
    assert_eq!(desk.dialer.ring(&call).await, Outcome::Refused { words });
    let mut call = desk.call("SIP/answers");
    call.variables.push(("A".to_owned(), "1,HOTDESK_CALL=other".to_owned()));
    let words = "the value of Variable has a character that cannot be sent".to_owned();
    assert_eq!(desk.dialer.ring(&call).await, Outcome::Refused { words });
    assert_eq!(simulated.counts().originates, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_hung_up_while_it_rings_is_given_up() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let call = desk.call("SIP/rings");
    let (outcome, ()) = tokio::join!(desk.dialer.ring(&call), async {
        until(&simulated, |simulated| simulated.calls().iter().any(|call| call.state == CallState::Ringing)).await;
        desk.dialer.hang_up(call.mark);
    });
    assert_eq!(outcome, Outcome::GivenUp);
    until(&simulated, |simulated| simulated.calls().is_empty()).await;
    assert_eq!(simulated.counts().hung_up, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_somebody_else_ends_while_it_rings_is_not_taken_for_a_line_that_is_not_registered() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let call = desk.call("SIP/rings");
    let (outcome, ()) = tokio::join!(desk.dialer.ring(&call), async {
        until(&simulated, |simulated| simulated.calls().iter().any(|call| call.state == CallState::Ringing)).await;
        simulated.hang_up_at(&Line::sip("rings"));
    });
    assert_eq!(outcome, Outcome::Failed { reason: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_ring_that_nobody_waits_for_any_more_is_hung_up() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut news = desk.dialer.news();
    let call = desk.call("SIP/rings");
    let start = Instant::now();
    tokio::select! {
        _ = desk.dialer.ring(&call) => {}
        () = async { while !format!("{:?}", news.recv().await).contains("Ringing") {} } => {}
    }
    until(&simulated, |simulated| simulated.calls().is_empty()).await;
    assert_eq!(simulated.counts().hung_up, 1);
    assert!(start.elapsed() < ms(1000), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_mark_is_used_once_and_only_by_its_owner() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let call = desk.call("SIP/answers");
    assert!(matches!(desk.dialer.ring(&call).await, Outcome::Answered { .. }));
    assert_eq!(desk.dialer.ring(&call).await, Outcome::Refused { words: "the mark is in use".to_owned() });
    let other = Desk::watching(simulated.address(), crate::support::account(), 2);
    let foreign = other.call("SIP/answers");
    assert!(matches!(desk.dialer.ring(&foreign).await, Outcome::Refused { .. }));
    let calls = desk.dialer.calls().await.unwrap();
    assert_eq!(calls.iter().map(|call| call.mark).collect::<Vec<_>>(), [call.mark]);
}
