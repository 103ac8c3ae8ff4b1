//! The rights of Hotdesk's account, and calls that a dialer refuses to hang up.

use std::time::Duration;

use dialers::dialer::{ConnectionState, Trouble};
use dialers::simulator::AccountLimit;

use crate::support::{Fixture, account, ms, simulated, until};

const CONFERENCE: &str = "9600001";

fn trouble(health: &ConnectionState) -> Option<Trouble> {
    match health {
        ConnectionState::Suspect { why, .. } | ConnectionState::Down { why, .. } => Some(*why),
        ConnectionState::Healthy => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_dialer_whose_account_lacks_a_right_is_suspect_and_names_the_right_until_it_has_it() {
    for (limit, expected, line) in [
        (AccountLimit::NoCallActions, Trouble::NoHangUpRight, "`call` to the line `write =`"),
        (AccountLimit::NoOriginate, Trouble::NoOriginateRight, "`originate` to the line `write =`"),
        (AccountLimit::NoCallEvents, Trouble::NoCallEvents, "`call` to the line `read =`"),
        (AccountLimit::FilteredResults, Trouble::NoCallEvents, "`eventfilter`"),
        (AccountLimit::NoLists, Trouble::NoListRight, "`system` and `reporting` to the line `write =`"),
    ] {
        let simulated = simulated().await;
        simulated.limit(Some(limit));
        let fixture = Fixture::watching(simulated.address(), account(), 1);
        fixture.until(|health| trouble(health) == Some(expected)).await;
        assert!(expected.to_string().contains(line), "{limit:?}: {expected}");
        assert_eq!(fixture.suspect_for_long().await, expected, "{limit:?}: also after further logins");
        assert_eq!((simulated.counts().originates, simulated.calls()), (0, vec![]), "{limit:?}: nobody is rung");
        simulated.limit(None);
        fixture.healthy().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_hang_up_keeps_the_conference_in_use_and_the_dialer_suspect_until_the_call_ends() {
    for words in ["Permission denied", "Hangup is not possible now"] {
        let simulated = simulated().await;
        let fixture = Fixture::at(&simulated).await;
        let call = fixture.call("SIP/answers");
        assert!(fixture.dialer.ring(&call).await.is_ok());
        assert!(fixture.dialer.is_conference_in_use(CONFERENCE, None));
        assert!(!fixture.dialer.is_conference_in_use(CONFERENCE, Some(call.call_id)), "but for the call itself");
        simulated.refuse_hang_ups(Some(words));
        fixture.dialer.hang_up(call.call_id);
        fixture.until(|health| trouble(health) == Some(Trouble::HangUpRefused)).await;
        assert_eq!(fixture.suspect_for_long().await, Trouble::HangUpRefused, "{words}");
        assert!(fixture.dialer.is_conference_in_use(CONFERENCE, None), "{words}");
        simulated.refuse_hang_ups(None);
        until(&simulated, |simulated| simulated.calls().is_empty()).await;
        fixture.healthy().await;
        assert!(!fixture.dialer.is_conference_in_use(CONFERENCE, None), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_agent_ends_or_that_never_existed_leaves_its_conference_free() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    for line in ["SIP/rejects", "SIP/absent", "SIP/busy"] {
        assert!(fixture.dialer.ring(&fixture.call(line)).await.is_err());
        assert!(!fixture.dialer.is_conference_in_use(CONFERENCE, None), "{line}");
    }
    let call = fixture.call("SIP/answers");
    assert!(fixture.dialer.ring(&call).await.is_ok());
    simulated.refuse_hang_ups(Some("Permission denied"));
    fixture.dialer.hang_up(call.call_id);
    fixture.until(|health| trouble(health) == Some(Trouble::HangUpRefused)).await;
    simulated.hang_up_at(&dialers::line::Line::sip("answers"));
    fixture.healthy().await;
    assert!(!fixture.dialer.is_conference_in_use(CONFERENCE, None));
}

#[tokio::test(start_paused = true)]
async fn a_foreign_channel_keeps_a_conference_in_use_whether_it_was_listed_or_joined() {
    let simulated = simulated().await;
    simulated.set_foreign_channel("1795239060.12", "8600051", true);
    let fixture = Fixture::at(&simulated).await;
    assert!(fixture.dialer.is_conference_in_use("8600051", None), "listed");
    simulated.set_foreign_channel("1795239060.13", "8600052", true);
    let in_use = async |conference: &str, expected: bool| {
        while fixture.dialer.is_conference_in_use(conference, None) != expected {
            tokio::time::sleep(ms(1)).await;
        }
    };
    let within = Duration::from_secs(5);
    tokio::time::timeout(within, in_use("8600052", true)).await.expect("joined");
    simulated.set_foreign_channel("1795239060.12", "8600051", false);
    tokio::time::timeout(within, in_use("8600051", false)).await.expect("left");
    assert!(fixture.dialer.is_conference_in_use("8600052", None));
}
