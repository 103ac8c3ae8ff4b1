//! What a dialer tells by itself: the events that Hotdesk reads, with what it reads of them.

use crate::frame::Frame;
use crate::line::{Line, Technology};

/// Something that happened on a dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Asterisk has loaded all it has.
    FullyBooted,
    /// How a queued call went.
    OriginateResponse {
        /// The id of the action that asked for it.
        action_id: String,
        /// Whether the line has answered.
        answered: bool,
        /// Asterisk's number for how it went: 4 answered, 0 could not be rung, 3 not answered, 5 busy or rejected.
        reason: u8,
        /// The channel if it was answered, otherwise the dial string.
        channel: String,
        /// The channel's unique id.
        unique_id: String,
    },
    /// Something about one channel.
    Channel {
        /// Its name, such as `SIP/cc100-00000001`.
        channel: String,
        /// Its unique id.
        unique_id: String,
        /// What happened to it.
        what: ChannelEvent,
    },
    /// A line's registration changed, or was refreshed.
    Registration {
        /// The line.
        line: Line,
        /// Which of its contacts: empty for `chan_sip`, which has one.
        contact: String,
        /// Whether it can be rung there.
        reachable: bool,
    },
}

/// What can happen to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelEvent {
    /// `Newchannel`.
    Created,
    /// `Newstate` 5.
    Ringing,
    /// `Newstate` 6.
    Up,
    /// `DialEnd`: how dialling it ended, such as `ANSWER` or `BUSY`.
    Dialled {
        /// Asterisk's word for it.
        status: String,
    },
    /// `ConfbridgeJoin`.
    Joined {
        /// The room.
        room: String,
    },
    /// `ConfbridgeLeave`.
    Left {
        /// The room.
        room: String,
    },
    /// `Hangup`.
    Ended {
        /// The cause of Q.850, such as 16 for an ordinary end and 17 for busy.
        cause: u16,
    },
}

impl Event {
    /// The event of a block; `None` for those that Hotdesk does not read.
    #[must_use]
    pub fn read(frame: &Frame) -> Option<Self> {
        let ("Event", name) = frame.kind()? else { return None };
        match name {
            "FullyBooted" => Some(Self::FullyBooted),
            "OriginateResponse" => Some(Self::OriginateResponse {
                action_id: text(frame, "ActionID"),
                answered: frame.get("Response") == Some("Success"),
                reason: number(frame, "Reason"),
                channel: text(frame, "Channel"),
                unique_id: text(frame, "Uniqueid"),
            }),
            "Newchannel" => Some(channel(frame, ChannelEvent::Created)),
            "Newstate" => match number(frame, "ChannelState") {
                5_u8 => Some(channel(frame, ChannelEvent::Ringing)),
                6 => Some(channel(frame, ChannelEvent::Up)),
                _ => None,
            },
            "DialEnd" => Some(Self::Channel {
                channel: text(frame, "DestChannel"),
                unique_id: text(frame, "DestUniqueid"),
                what: ChannelEvent::Dialled { status: text(frame, "DialStatus") },
            }),
            "ConfbridgeJoin" => Some(channel(frame, ChannelEvent::Joined { room: text(frame, "Conference") })),
            "ConfbridgeLeave" => Some(channel(frame, ChannelEvent::Left { room: text(frame, "Conference") })),
            "Hangup" => Some(channel(frame, ChannelEvent::Ended { cause: number(frame, "Cause") })),
            "PeerStatus" => peer_status(frame),
            "ContactStatus" => contact_status(frame),
            _ => None,
        }
    }
}

/// A line of a `PeerEntry` and whether it can be rung.
pub(crate) fn peer_entry(frame: &Frame) -> Option<(Line, bool)> {
    let line = Line::sip(frame.get("ObjectName")?);
    let has_address = frame.get("IPaddress").is_some_and(|address| address != "-none-");
    let answers = !frame.get("Status").is_some_and(|status| status.starts_with("UNREACHABLE"));
    Some((line, has_address && answers))
}

/// A contact of a `ContactList`: its line, its address, and whether it can be rung.
pub(crate) fn contact_entry(frame: &Frame) -> Option<(Line, String, bool)> {
    let line = Line::pjsip(frame.get("Endpoint")?);
    let reachable = !frame.get("Status").is_some_and(|status| status.eq_ignore_ascii_case("Unreachable"));
    Some((line, text(frame, "URI"), reachable))
}

fn peer_status(frame: &Frame) -> Option<Event> {
    let line = Line::of_dial_string(frame.get("Peer")?)?;
    let reachable = match frame.get("PeerStatus")? {
        "Registered" | "Reachable" | "Lagged" => true,
        "Unregistered" | "Unreachable" => false,
        _ => return None,
    };
    // What PJSIP says here is about all contacts together; ContactStatus tells it one by one.
    (line.technology == Technology::Sip).then_some(Event::Registration { line, contact: String::new(), reachable })
}

fn contact_status(frame: &Frame) -> Option<Event> {
    let reachable = match frame.get("ContactStatus")? {
        "Created" | "Reachable" | "NonQualified" | "Updated" => true,
        "Removed" | "Unreachable" => false,
        _ => return None,
    };
    let line = Line::pjsip(frame.get("EndpointName").or_else(|| frame.get("AOR"))?);
    Some(Event::Registration { line, contact: text(frame, "URI"), reachable })
}

fn channel(frame: &Frame, what: ChannelEvent) -> Event {
    Event::Channel { channel: text(frame, "Channel"), unique_id: text(frame, "Uniqueid"), what }
}

fn text(frame: &Frame, key: &str) -> String {
    frame.get(key).unwrap_or_default().to_owned()
}

/// A number, 0 if it is none.
fn number<N: std::str::FromStr + Default>(frame: &Frame, key: &str) -> N {
    frame.get(key).and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Block, Parser};
    use proptest::prelude::*;

    /// The block of these lines.
    fn frame(lines: &str) -> Option<Frame> {
        let mut parser = Parser::of_client();
        parser.feed(format!("{lines}\n\n").as_bytes());
        match parser.next_block().unwrap()? {
            Block::Frame(frame) => Some(frame),
            Block::Banner(_) => None,
        }
    }

    fn read(lines: &str) -> Option<Event> {
        Event::read(&frame(lines).unwrap())
    }

    #[test]
    fn an_answered_call_is_read_with_its_channel() {
        let lines = "Event: OriginateResponse\nPrivilege: call,all\nActionID: o1\nResponse: Success\n\
                     Channel: SIP/a-00000000\nContext: default\nExten: 9600001\nReason: 4\nUniqueid: u1";
        let (action_id, channel, unique_id) = ("o1".to_owned(), "SIP/a-00000000".to_owned(), "u1".to_owned());
        let expected = Event::OriginateResponse { action_id, answered: true, reason: 4, channel, unique_id };
        assert_eq!(read(lines), Some(expected));
    }

    #[test]
    fn of_a_registration_only_the_contact_counts_where_there_are_several() {
        let sip = |status| read(&format!("Event: PeerStatus\nChannelType: SIP\nPeer: SIP/a\nPeerStatus: {status}"));
        let told = |reachable| Event::Registration { line: Line::sip("a"), contact: String::new(), reachable };
        for (status, reachable) in [("Registered", true), ("Unregistered", false), ("Unreachable", false)] {
            assert_eq!(sip(status), Some(told(reachable)), "{status}");
        }
        assert_eq!(sip("Rejected"), None);
        assert_eq!(read("Event: PeerStatus\nChannelType: PJSIP\nPeer: PJSIP/a\nPeerStatus: Reachable"), None);
        let pjsip = "Event: ContactStatus\nURI: sip:a@127.0.0.1:15998\nContactStatus: Removed\nAOR: a\nEndpointName: a";
        let contact = "sip:a@127.0.0.1:15998".to_owned();
        assert_eq!(read(pjsip), Some(Event::Registration { line: Line::pjsip("a"), contact, reachable: false }));
    }

    #[test]
    fn a_peer_without_address_or_without_answer_cannot_be_rung() {
        let peer = |address, status| {
            let lines = format!("Event: PeerEntry\nObjectName: a\nIPaddress: {address}\nStatus: {status}");
            peer_entry(&frame(&lines).unwrap()).unwrap().1
        };
        assert!(peer("127.0.0.1", "Unmonitored") && peer("127.0.0.1", "OK (5 ms)"));
        assert!(!peer("-none-", "Unmonitored") && !peer("127.0.0.1", "UNREACHABLE"));
    }

    #[test]
    fn events_that_nobody_reads_are_none() {
        for lines in
            ["Event: RTCPSent\nChannel: SIP/a-1", "Event: Newstate\nChannelState: 4", "Response: Success", "Event"]
        {
            assert_eq!(read(lines), None, "{lines}");
        }
    }

    proptest! {
        #[test]
        fn any_block_is_read_without_a_panic(
            name in proptest::sample::select(vec!["OriginateResponse", "Newstate", "DialEnd", "PeerStatus", "ContactStatus"]),
            lines in proptest::collection::vec("(Channel|Uniqueid|Reason|ChannelState|Peer|PeerStatus)?:? ?[^\r\n]{0,12}", 0..9),
        ) {
            let lines = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            let frame = frame(&format!("Event: {name}\n{lines}")).unwrap();
            drop((Event::read(&frame), peer_entry(&frame), contact_entry(&frame)));
        }
    }
}
