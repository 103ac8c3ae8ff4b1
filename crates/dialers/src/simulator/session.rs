//! A client's session with a simulated dialer.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::call::{self, CallRequest};
use super::identity::Identity;
use super::switchboard::{CallState, Fault, Message, Switchboard, contact_of, message};
use crate::frame::{Block, Frame, Parser};
use crate::line::Technology;

/// Data of the garbage fault: no line ends.
static GARBAGE: [u8; 64 * 1024] = [b'\x07'; 64 * 1024];

/// Limit of messages in one write.
const MAX_BATCH: usize = 256;

/// How many times [`GARBAGE`] is sent: 2 MB in all.
const GARBAGE_REPEATS: usize = 32;

/// Serves a client until it disconnects.
pub(super) async fn run(stream: TcpStream, identity: Option<Identity>, switchboard: Arc<Switchboard>) {
    switchboard.thawed().await;
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(Identity(acceptor)) = identity else {
        let (from, to) = stream.into_split();
        return serve(from, to, switchboard).await;
    };
    // If the handshake fails, Asterisk sends nothing either.
    if let Ok(stream) = acceptor.accept(stream).await {
        let (from, to) = tokio::io::split(stream);
        serve(from, to, switchboard).await;
    }
}

async fn serve(from: impl AsyncRead + Unpin, to: impl AsyncWrite + Unpin, switchboard: Arc<Switchboard>) {
    let (outbox, messages) = mpsc::unbounded_channel();
    outbox.send(Message::from(&b"Asterisk Call Manager/5.0.4\r\n"[..])).ok();
    let session = Session { switchboard, outbox, client: None };
    // A client that no longer reads may still have sent actions, and a rejected client still reads the reason.
    let writing = write(to, messages, Arc::clone(&session.switchboard));
    let mut writing = std::pin::pin!(writing);
    let mut reading = std::pin::pin!(session.read(from));
    tokio::select! {
        () = &mut reading => writing.await,
        () = &mut writing => reading.await,
    }
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut messages: mpsc::UnboundedReceiver<Message>,
    switchboard: Arc<Switchboard>,
) {
    let mut fault = switchboard.fault();
    let mut batch = Vec::new();
    loop {
        let now = *fault.borrow_and_update();
        if now == Fault::Garbage {
            for _ in 0..GARBAGE_REPEATS {
                if to.write_all(&GARBAGE).await.is_err() {
                    return;
                }
            }
            if fault.changed().await.is_err() {
                return;
            }
            continue;
        }
        let limit = if matches!(now, Fault::Slow(_)) { 1 } else { MAX_BATCH };
        let count = tokio::select! {
            count = messages.recv_many(&mut batch, limit) => count,
            changed = fault.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        if let Fault::Slow(by) = now {
            sleep(by).await;
        }
        switchboard.thawed().await;
        if count == 0 || to.write_all(&batch.concat()).await.is_err() || to.flush().await.is_err() {
            return;
        }
        batch.clear();
    }
}

/// A client, and whether it has logged in.
struct Session {
    switchboard: Arc<Switchboard>,
    outbox: mpsc::UnboundedSender<Message>,
    client: Option<u64>,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(number) = self.client {
            self.switchboard.remove_client(number);
        }
    }
}

impl Session {
    async fn read(mut self, mut from: impl AsyncRead + Unpin) {
        let mut parser = Parser::of_client();
        let mut chunk = vec![0; 16 * 1024];
        loop {
            self.switchboard.thawed().await;
            let Ok(count @ 1..) = from.read(&mut chunk).await else { return };
            parser.feed(&chunk[..count]);
            loop {
                let frame = match parser.next_block() {
                    Ok(Some(Block::Frame(frame))) => frame,
                    Ok(Some(Block::Banner(_))) => continue,
                    Ok(None) => break,
                    Err(_) => return,
                };
                self.switchboard.thawed().await;
                if !self.execute(&frame) {
                    return;
                }
            }
        }
    }

    /// Answers an action. Returns whether the session continues.
    fn execute(&mut self, frame: &Frame) -> bool {
        let action = frame.get("Action").unwrap_or_default().to_ascii_lowercase();
        if action == "login" {
            return self.log_in(frame);
        }
        if self.client.is_none() {
            self.error(frame, "Permission denied");
            return true;
        }
        if *self.switchboard.fault().borrow() == Fault::Stopping {
            self.error(frame, "Asterisk is shutting down");
            return true;
        }
        if self.switchboard.limit().is_some_and(|limit| limit.denies(&action)) {
            self.error(frame, "Permission denied");
            return true;
        }
        match action.as_str() {
            "ping" => self.reply(frame, &[("Response", "Success")], &[("Ping", "Pong"), ("Timestamp", "0.000000")]),
            "originate" => self.originate(frame),
            "hangup"
                if self.switchboard.hang_up_refusal().is_some()
                    && self.switchboard.has_call(frame.get("Channel").unwrap_or_default()) =>
            {
                self.error(frame, self.switchboard.hang_up_refusal().unwrap_or_default());
            }
            "hangup" if self.switchboard.hang_up(frame.get("Channel").unwrap_or_default()) => {
                self.success(frame, "Channel Hungup");
            }
            "hangup" => self.error(frame, "No such channel"),
            "sippeers" => self.sip_peers(frame),
            "pjsipshowcontacts" => self.pjsip_contacts(frame),
            "coreshowchannels" => self.channels(frame),
            "command" => {
                let output = [("Message", "Command output follows"), ("Output", "a simulated dialer")];
                self.reply(frame, &[("Response", "Success")], &output);
            }
            "reload" => self.success(frame, "Module Reloaded"),
            "logoff" => {
                self.reply(frame, &[("Response", "Goodbye")], &[("Message", "Thanks for all the fish.")]);
                return false;
            }
            _ => self.error(frame, "Invalid/unknown command"),
        }
        true
    }

    fn log_in(&mut self, frame: &Frame) -> bool {
        let account = &self.switchboard.account;
        let given = (frame.get("Username"), frame.get("Secret"));
        if given != (Some(account.user.as_str()), Some(account.secret.text())) {
            self.error(frame, "Authentication failed");
            return false;
        }
        self.success(frame, "Authentication accepted");
        let booted = [("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted")];
        self.send(&booted);
        if self.client.is_none() {
            self.client = Some(self.switchboard.add_client(self.outbox.clone()));
            self.switchboard.count(|counts| counts.logins += 1);
        }
        true
    }

    fn originate(&self, frame: &Frame) {
        match CallRequest::read(frame) {
            Ok(request) => {
                self.success(frame, "Originate successfully queued");
                if !request.is_probe() {
                    self.switchboard.count(|counts| counts.originates += 1);
                }
                self.switchboard.spawn(call::run(Arc::clone(&self.switchboard), request));
            }
            Err(words) => self.error(frame, words),
        }
    }

    fn sip_peers(&self, frame: &Frame) {
        let lines = self.switchboard.lines(Technology::Sip);
        self.list(frame, "Peer status list will follow");
        for (line, script) in &lines {
            let port = if script.registered { script.port.to_string() } else { "0".to_owned() };
            self.entry(
                frame,
                "PeerEntry",
                &[
                    ("Channeltype", "SIP"),
                    ("ObjectName", &line.name),
                    ("ChanObjectType", "peer"),
                    ("IPaddress", if script.registered { "127.0.0.1" } else { "-none-" }),
                    ("IPport", &port),
                    ("Dynamic", "yes"),
                    ("Status", "Unmonitored"),
                ],
            );
        }
        self.complete(frame, "PeerlistComplete", lines.len());
    }

    fn pjsip_contacts(&self, frame: &Frame) {
        let lines = self.switchboard.lines(Technology::Pjsip);
        let registered: Vec<_> = lines.iter().filter(|(_, script)| script.registered).collect();
        if registered.is_empty() {
            return self.error(frame, "No Contacts found");
        }
        self.list(frame, "A listing of Contacts follows, presented as ContactList events");
        for (line, script) in &registered {
            let uri = contact_of(line, script.port);
            self.entry(frame, "ContactList", &[("URI", &uri), ("Endpoint", &line.name), ("Status", "NonQualified")]);
        }
        self.complete(frame, "ContactListComplete", registered.len());
    }

    fn channels(&self, frame: &Frame) {
        let calls = self.switchboard.calls();
        self.list(frame, "Channels will follow");
        for call in &calls {
            let state = match call.state {
                CallState::Down => "0",
                CallState::Ringing => "5",
                CallState::Up => "6",
            };
            self.entry(
                frame,
                "CoreShowChannel",
                &[
                    ("Channel", &call.channel),
                    ("ChannelState", state),
                    ("Context", call::CONTEXT),
                    ("Exten", &call.exten),
                    ("Uniqueid", &call.unique_id),
                    ("Linkedid", &call.unique_id),
                ],
            );
        }
        let foreign = self.switchboard.foreign_channels();
        for (unique_id, conference) in &foreign {
            let fields = [
                ("Channel", "SIP/trunk-00000001"),
                ("ChannelState", "6"),
                ("Application", "MeetMe"),
                ("ApplicationData", conference),
                ("Exten", conference),
                ("Uniqueid", unique_id),
            ];
            self.entry(frame, "CoreShowChannel", &fields);
        }
        self.complete(frame, "CoreShowChannelsComplete", calls.len() + foreign.len());
    }

    fn list(&self, frame: &Frame, words: &str) {
        self.reply(frame, &[("Response", "Success")], &[("EventList", "start"), ("Message", words)]);
    }

    fn entry(&self, frame: &Frame, event: &str, fields: &[(&str, &str)]) {
        self.reply(frame, &[("Event", event)], fields);
    }

    fn complete(&self, frame: &Frame, event: &str, entries: usize) {
        self.entry(frame, event, &[("EventList", "Complete"), ("ListItems", &entries.to_string())]);
    }

    fn success(&self, frame: &Frame, words: &str) {
        self.reply(frame, &[("Response", "Success")], &[("Message", words)]);
    }

    fn error(&self, frame: &Frame, words: &str) {
        self.reply(frame, &[("Response", "Error")], &[("Message", words)]);
    }

    /// Sends a block with the action's id, if it has one.
    fn reply(&self, frame: &Frame, first: &[(&str, &str)], rest: &[(&str, &str)]) {
        let id = frame.get("ActionID").map(|id| ("ActionID", id));
        self.send(&[first, id.as_slice(), rest].concat());
    }

    fn send(&self, fields: &[(&str, &str)]) {
        // The client may be disconnecting.
        self.outbox.send(message(fields)).ok();
    }
}
