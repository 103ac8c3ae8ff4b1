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
