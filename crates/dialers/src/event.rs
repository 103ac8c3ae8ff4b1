//! Events of the manager interface that Hotdesk reads.

use crate::frame::Frame;
use crate::line::{Line, Technology};

/// An event of a dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Asterisk has loaded all modules.
    FullyBooted,
    /// The result of a queued call.
    OriginateResponse {
        /// The id of the Originate action.
        action_id: String,
        /// Whether the line has answered.
        answered: bool,
        /// Asterisk's reason code: 4 answered, 0 could not be rung, 3 not answered, 5 busy or rejected.
        reason: u8,
        /// The channel if it was answered, otherwise the dial string.
        channel: String,
        /// The channel's unique id.
        unique_id: String,
    },
    /// An event of one channel.
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
        /// The contact that the event is about.
        contact: Contact,
    },
}

/// A contact: an address at which a line can be rung, or could before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// For `chan_sip`, which has one contact per line, the address; empty if the event lacks it. For PJSIP the URI,
    /// which identifies the contact.
    pub at: String,
    /// Whether the contact is reachable.
    pub reachable: bool,
    /// Whether the address comes from the dialer's configuration, as for trunks; `None` if the event does not say.
    pub is_fixed: Option<bool>,
}

/// What happened to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelEvent {
    /// `Newchannel`.
    Created,
    /// `Newstate` 5.
    Ringing,
    /// `Newstate` 6.
    Up,
    /// `DialEnd`: the result of dialling, such as `ANSWER` or `BUSY`.
    Dialled {
        /// Asterisk's status.
        status: String,
    },
    /// `ConfbridgeJoin` or `MeetmeJoin`.
    Joined {
        /// The conference.
        conference: String,
    },
    /// `ConfbridgeLeave` or `MeetmeLeave`.
    Left {
        /// The conference.
        conference: String,
    },
    /// `Hangup`.
    Ended {
        /// The Q.850 cause, such as 16 for a normal end and 17 for busy.
        cause: u16,
    },
}

impl Event {
    /// Reads an event; `None` for events that Hotdesk does not use.
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
            "MeetmeJoin" => Some(channel(frame, ChannelEvent::Joined { conference: text(frame, "Meetme") })),
            "MeetmeLeave" => Some(channel(frame, ChannelEvent::Left { conference: text(frame, "Meetme") })),
            "ConfbridgeJoin" => Some(channel(frame, ChannelEvent::Joined { conference: text(frame, "Conference") })),
            "ConfbridgeLeave" => Some(channel(frame, ChannelEvent::Left { conference: text(frame, "Conference") })),
            "Hangup" => Some(channel(frame, ChannelEvent::Ended { cause: number(frame, "Cause") })),
            "PeerStatus" => peer_status(frame),
            "ContactStatus" => contact_status(frame),
            _ => None,
        }
    }
}

/// Reads a line and its contact from a `PeerEntry`.
pub(crate) fn peer_entry(frame: &Frame) -> Option<(Line, Contact)> {
    let line = Line::sip(frame.get("ObjectName")?);
    let address = frame.get("IPaddress").filter(|address| *address != "-none-");
    let answers = !frame.get("Status").is_some_and(|status| status.starts_with("UNREACHABLE"));
    let is_fixed = frame.get("Dynamic").map(|dynamic| dynamic == "no");
    let at = address.map_or_else(String::new, |address| with_port(address, frame.get("IPport").unwrap_or_default()));
    Some((line, Contact { at, reachable: address.is_some() && answers, is_fixed }))
}

/// Joins address and port as `chan_sip` does.
fn with_port(address: &str, port: &str) -> String {
    let is_bare = address.contains(':') && !address.starts_with('[');
    if is_bare { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// Reads a line and its contact from a `ContactList`. A contact from the configuration is named `aor@@digest`.
pub(crate) fn contact_entry(frame: &Frame) -> Option<(Line, Contact)> {
    let line = Line::pjsip(frame.get("Endpoint")?);
    let reachable = !frame.get("Status").is_some_and(|status| status.eq_ignore_ascii_case("Unreachable"));
    let is_fixed = frame.get("ObjectName").map(|name| name.contains("@@"));
    Some((line, Contact { at: text(frame, "URI"), reachable, is_fixed }))
}

fn peer_status(frame: &Frame) -> Option<Event> {
    let line = Line::of_dial_string(frame.get("Peer")?)?;
    let reachable = match frame.get("PeerStatus")? {
        "Registered" | "Reachable" | "Lagged" => true,
        "Unregistered" | "Unreachable" => false,
        _ => return None,
    };
    // For PJSIP, this event covers all contacts together; ContactStatus reports each.
    let contact = Contact { at: text(frame, "Address"), reachable, is_fixed: None };
    (line.technology == Technology::Sip).then_some(Event::Registration { line, contact })
}

fn contact_status(frame: &Frame) -> Option<Event> {
    let reachable = match frame.get("ContactStatus")? {
        "Created" | "Reachable" | "NonQualified" | "Updated" => true,
        "Removed" | "Unreachable" => false,
        _ => return None,
    };
    let line = Line::pjsip(frame.get("EndpointName").or_else(|| frame.get("AOR"))?);
    Some(Event::Registration { line, contact: Contact { at: text(frame, "URI"), reachable, is_fixed: None } })
}

fn channel(frame: &Frame, what: ChannelEvent) -> Event {
    Event::Channel { channel: text(frame, "Channel"), unique_id: text(frame, "Uniqueid"), what }
}

fn text(frame: &Frame, key: &str) -> String {
    frame.get(key).unwrap_or_default().to_owned()
}

/// Reads a number; 0 if it is invalid.
fn number<N: std::str::FromStr + Default>(frame: &Frame, key: &str) -> N {
    frame.get(key).and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Block, Parser};
    use proptest::prelude::*;

    /// Parses a block of these lines.
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

    fn registration_event(line: Line, at: &str, reachable: bool) -> Event {
        Event::Registration { line, contact: Contact { at: at.to_owned(), reachable, is_fixed: None } }
    }

    #[test]
    fn registrations_are_read_with_their_address_and_for_pjsip_per_contact() {
        let sip = |status| read(&format!("Event: PeerStatus\nChannelType: SIP\nPeer: SIP/a\nPeerStatus: {status}"));
        assert_eq!(
            sip("Registered\nAddress: 127.0.0.1:16000"),
            Some(registration_event(Line::sip("a"), "127.0.0.1:16000", true))
        );
        for (status, reachable) in
            [("Reachable\nTime: 5", true), ("Unregistered\nCause: Expired", false), ("Unreachable\nTime: -1", false)]
        {
            assert_eq!(sip(status), Some(registration_event(Line::sip("a"), "", reachable)), "{status}");
        }
        assert_eq!(sip("Rejected"), None);
        assert_eq!(read("Event: PeerStatus\nChannelType: PJSIP\nPeer: PJSIP/a\nPeerStatus: Reachable"), None);
        let pjsip = "Event: ContactStatus\nURI: sip:a@127.0.0.1:15998\nContactStatus: Removed\nAOR: a\nEndpointName: a";
        assert_eq!(read(pjsip), Some(registration_event(Line::pjsip("a"), "sip:a@127.0.0.1:15998", false)));
    }

    #[test]
    fn peers_without_an_address_or_an_answer_are_unreachable_and_configured_addresses_are_fixed() {
        let peer = |address, status| {
            let lines =
                format!("Event: PeerEntry\nObjectName: a\nIPaddress: {address}\nIPport: 5060\nStatus: {status}");
            peer_entry(&frame(&lines).unwrap()).unwrap().1
        };
        let is_reachable = |address, status| peer(address, status).reachable;
        assert!(is_reachable("127.0.0.1", "Unmonitored") && is_reachable("127.0.0.1", "OK (5 ms)"));
        assert!(!is_reachable("-none-", "Unmonitored") && !is_reachable("127.0.0.1", "UNREACHABLE"));
        assert_eq!((peer("127.0.0.1", "").at, peer("-none-", "").at), ("127.0.0.1:5060".into(), String::new()));
        assert_eq!(peer("2001:db8::1", "").at, "[2001:db8::1]:5060");
        assert_eq!(peer("127.0.0.1", "OK (1 ms)\nDynamic: yes").is_fixed, Some(false));
        assert_eq!(peer("127.0.0.1", "OK (1 ms)\nDynamic: no").is_fixed, Some(true));
        let contact = |name| {
            let lines = format!("Event: ContactList\nObjectName: {name}\nEndpoint: a\nUri: sip:a@x\nStatus: Reachable");
            contact_entry(&frame(&lines).unwrap()).unwrap().1
        };
        assert_eq!((contact("a;@c0ffee").is_fixed, contact("a@@c0ffee").is_fixed), (Some(false), Some(true)));
    }

    #[test]
    fn unused_events_are_ignored() {
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
