//! Accounts of a real dialer that lack a right.

use dialers::dialer::{ConnectionState, Trouble};

use super::dialer_client::DialerClient;
use super::lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_account_without_one_right_makes_its_dialer_suspect_with_that_trouble() {
    let Some(lab) = Lab::open() else { return };
    for (rights, expected) in [
        ("read = system,call\nwrite = originate,reporting", Trouble::NoHangUpRight),
        ("read = system,call\nwrite = originate", Trouble::NoHangUpRight),
        ("read = system,call\nwrite = system,call,command,reporting", Trouble::NoOriginateRight),
        ("read = system\nwrite = system,call,originate,command,reporting", Trouble::NoCallEvents),
        (
            "read = system,call\nwrite = system,call,originate,command,reporting\neventfilter = !Event: OriginateResponse",
            Trouble::NoCallEvents,
        ),
        ("read = system,call\nwrite = call,originate", Trouble::NoListRight),
    ] {
        let asterisk = lab.dialer_with(&[], |_, etc| {
            let file = etc.join("manager.conf");
            let text = std::fs::read_to_string(&file).unwrap();
            let limited = text.replace("read = all\nwrite = all", rights);
            assert_ne!(text, limited, "the account has other lines");
            std::fs::write(file, limited).unwrap();
        });
        let client = DialerClient::watching(asterisk.ami(), None);
        let state = client.until(|state| state.is_healthy() || has_trouble(state, expected)).await;
        assert!(has_trouble(&state, expected), "{rights}: {state:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_documented_rights_suffice() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer_with(&[], |_, etc| {
        let file = etc.join("manager.conf");
        let text = std::fs::read_to_string(&file).unwrap();
        let documented = "read = system,call\nwrite = system,call,originate,command,reporting";
        std::fs::write(file, text.replace("read = all\nwrite = all", documented)).unwrap();
    });
    DialerClient::at(&asterisk).await;
}

fn has_trouble(state: &ConnectionState, trouble: Trouble) -> bool {
    matches!(state, ConnectionState::Suspect { why, .. } if *why == trouble)
}
