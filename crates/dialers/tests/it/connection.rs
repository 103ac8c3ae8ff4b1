//! Tests of a single connection.

use dialers::action::{Action, Originate, Secret};
use dialers::call_id::Owner;
use dialers::connection::{ActionError, Connection, Disconnect, OpenError, OpenTimeouts};
use dialers::event::Event;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Fixed, SECRET, account, any_port, ms, simulated};

const WITHIN: OpenTimeouts = OpenTimeouts { connect: ms(1000), banner: ms(1000), login: ms(1000) };

/// A server that sends these bytes and then is silent.
async fn sending(words: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(words).await.unwrap();
        std::future::pending::<()>().await;
    });
    address
}

#[tokio::test(start_paused = true)]
async fn the_error_for_a_wrong_secret_does_not_show_it() {
    let simulated = simulated().await;
    let mut wrong = account();
    wrong.secret = Secret::new("guessed-wrongly".to_owned());
    let error = Connection::open(simulated.address(), None, &wrong, WITHIN).await.unwrap_err();
    assert_eq!(error.to_string(), "it refused the login of hotdesk: Authentication failed");
    assert!(!format!("{error:?} {wrong:?}").contains("guessed"));
}

#[tokio::test(start_paused = true)]
async fn the_error_for_a_secret_that_cannot_be_sent_does_not_show_it() {
    let simulated = simulated().await;
    let mut wrong = account();
    wrong.secret = Secret::new(format!("{SECRET}\r\nAction: Reload"));
    let error = Connection::open(simulated.address(), None, &wrong, WITHIN).await.unwrap_err();
    assert_eq!(error.to_string(), "the value of Secret has a character that cannot be sent");
    assert!(!format!("{error:?}").contains(SECRET));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_a_manager_interface_is_detected() {
    for words in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"\r\n", b"\xff\xfe\n"] {
        let error = Connection::open(sending(words).await, None, &account(), WITHIN).await.unwrap_err();
        assert!(matches!(error, OpenError::NoManager), "{error}");
    }
    for words in [&b""[..], b"Asterisk Call Manager/5.0.4", b"Asterisk Call Manager/5.0.4\r\n"] {
        let error = Connection::open(sending(words).await, None, &account(), WITHIN).await.unwrap_err();
        assert!(matches!(error, OpenError::Silent), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_connection_ends_all_pending_actions() {
    let simulated = simulated().await;
    let (connection, _events) = Connection::open(simulated.address(), None, &account(), WITHIN).await.unwrap();
    simulated.freeze();
    let within = ms(5000);
    let (first, second, ()) =
        tokio::join!(connection.act(&Action::Ping, within), connection.act(&Action::SipPeers, within), async {
            simulated.die();
        },);
    assert!(matches!(first, Err(ActionError::Disconnected(_))), "{first:?}");
    assert!(matches!(second, Err(ActionError::Disconnected(_))), "{second:?}");
    assert!(matches!(connection.act(&Action::Ping, within).await, Err(ActionError::Disconnected(_))));
}

#[tokio::test(start_paused = true)]
async fn an_action_without_a_reply_times_out_and_the_next_one_gets_its_own_reply() {
    let simulated = simulated().await;
    let (connection, _events) = Connection::open(simulated.address(), None, &account(), WITHIN).await.unwrap();
    simulated.freeze();
    assert_eq!(connection.act(&Action::Ping, ms(300)).await.unwrap_err(), ActionError::TimedOut);
    simulated.recover();
    let command = Action::Command { command: "core show version".to_owned() };
    let reply = connection.act(&command, ms(300)).await.unwrap();
    assert_eq!(reply.frame.get("Output"), Some("a simulated dialer"));
    assert_eq!(connection.ended(), None);
}

#[tokio::test(start_paused = true)]
async fn events_before_a_reply_are_delivered_in_order() {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"Asterisk Call Manager/5.0.4\r\n").await.unwrap();
        let id = action_id(&mut stream).await;
        let events = "Event: Hangup\r\nChannel: a\r\nUniqueid: 1\r\nCause: 16\r\n\r\nEvent: FullyBooted\r\n\r\n";
        let reply =
            format!("{events}Response: Success\r\nActionID: 77\r\n\r\nResponse: Success\r\nActionID: {id}\r\n\r\n");
        stream.write_all(reply.as_bytes()).await.unwrap();
        stream
    };
    let account = account();
    let (opened, _stream) = tokio::join!(Connection::open(address, None, &account, WITHIN), server);
    let (connection, mut events) = opened.unwrap();
    assert!(matches!(events.recv().await, Some(Event::Channel { .. })));
    assert_eq!(events.recv().await, Some(Event::FullyBooted));
    drop(connection);
    assert_eq!(events.recv().await, None);
}

async fn action_id(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut chunk = [0; 1024];
    while !text.ends_with("\r\n\r\n") {
        let count = stream.read(&mut chunk).await.unwrap();
        text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    text.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn garbage_ends_the_connection() {
    let simulated = simulated().await;
    let (connection, mut events) = Connection::open(simulated.address(), None, &account(), WITHIN).await.unwrap();
    simulated.send_garbage();
    while events.recv().await.is_some() {}
    assert!(matches!(connection.ended(), Some(Disconnect::Garbage(_))), "{:?}", connection.ended());
}

#[tokio::test(start_paused = true)]
async fn an_action_that_was_not_written_before_its_deadline_is_never_written() {
    let simulated = simulated().await;
    let (connection, _events) = Connection::open(simulated.address(), None, &account(), WITHIN).await.unwrap();
    simulated.freeze();
    // More than the socket buffers hold.
    let command = Action::Command { command: "x".repeat(60_000) };
    for _ in 0..400 {
        connection.act(&command, ms(10)).await.unwrap_err();
    }
    let late = Action::Originate(Originate {
        channel: "SIP/answers".to_owned(),
        context: "default".to_owned(),
        exten: "9600001".to_owned(),
        priority: 1,
        caller_id: String::new(),
        timeout: ms(1000),
        variables: Vec::new(),
        call_id: Owner::new(&Fixed(1)).call_id(1),
    });
    assert_eq!(connection.act(&late, ms(100)).await.unwrap_err(), ActionError::TimedOut);
    simulated.recover();
    assert!(connection.act(&Action::Ping, ms(60_000)).await.is_ok());
    assert_eq!(simulated.counts().originates, 0);
}
