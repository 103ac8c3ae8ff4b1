//! The replies of `blind_monitor`. They are the same in both dialects, and the user stands last.

use fleet::field::Field;
use fleet::non_agent_api::BlindMonitor;
use fleet::non_agent_api::blind_monitor::Outcome;

use super::{ReplyKind, ReplyLine};

pub(super) fn line(user: &str, sent: &BlindMonitor, ending: &Outcome) -> ReplyLine {
    let (phone, conference) = (sent.phone_login.as_str(), sent.session_id.as_str());
    let (kind, reason, data) = match ending {
        Outcome::Launched(launched) => (
            ReplyKind::Success,
            "blind_monitor HAS BEEN LAUNCHED",
            format!("{phone}|{}|{}|{conference}|{}", launched.number, launched.dialplan_number, launched.id),
        ),
        Outcome::SessionInvalid => {
            (ReplyKind::Error, "blind_monitor INVALID SESSION ID", format!("{conference}|{}", sent.server_ip.as_str()))
        }
        Outcome::PhoneInvalid => (ReplyKind::Error, "blind_monitor INVALID PHONE LOGIN", phone.to_owned()),
        Outcome::StageInvalid => (ReplyKind::Error, "blind_monitor INVALID STAGE", sent.stage.as_str().to_owned()),
        Outcome::DialerNotAvailable(dialer) => {
            (ReplyKind::Error, "blind_monitor DIALER NOT AVAILABLE", format!("{phone}|{dialer}"))
        }
    };
    ReplyLine::whole(kind, reason, format!("{}: {reason} - {data}|{user}", kind.word()))
}
