//! Seats: the conference on a dialer, and the call that connects the agent to it.

use crate::records::Phone;
use crate::sessions::choose::{Best, ChoiceRequest, Chosen, choose};
use crate::sessions::{Call, Campaign, Place, State};
use crate::{FleetTx, TxError};

/// Minimum and maximum ring timeout in seconds, whatever the phone's own setting (`phones.phone_ring_timeout`) is: the next
/// choice must not wait for a minute.
const RING_BETWEEN: (u32, u32) = (5, 20);

/// A seat on a dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The session's id.
    pub session_id: i64,
    /// The agent.
    pub user: String,
    /// The session's state.
    pub state: State,
    /// The session's place.
    pub place: Place,
    /// The call that connects the agent to the conference; `None` for a browser phone, which calls by itself.
    pub call: Option<Call>,
}

/// Chooses the phone to ring, of those for which `may_be_rung` returns `true`, and an empty conference on its dialer. Channels of
/// other programs or of calls that have not ended yet can be in conferences that the database has as free; a dialer that has only
/// such conferences counts as full. Without a conference, no phone can be rung. `previous_call` is the agent's own, which
/// does not count.
pub(super) fn choose_seat(
    tx: &mut dyn FleetTx,
    logins: &[String],
    request: &ChoiceRequest<'_>,
    may_be_rung: impl Fn(&str, &Phone) -> bool,
    previous_call: &str,
) -> Result<(Chosen, Option<String>), TxError> {
    let mut full = Vec::new();
    loop {
        let request = ChoiceRequest { full: &full, ..*request };
        let chosen = choose(tx, logins, &request)?;
        let Some(best) = chosen.best(&may_be_rung) else { return Ok((chosen, None)) };
        let conference = empty_conference(tx, &request, best, previous_call)?;
        let server_ip = &best.phone.server_ip;
        if conference.is_some() || full.contains(server_ip) {
            return Ok((chosen, conference));
        }
        full.push(server_ip.clone());
    }
}

/// A conference for the phone with no other channel in it: the one reserved for the phone, or a free one.
fn empty_conference(
    tx: &mut dyn FleetTx,
    request: &ChoiceRequest<'_>,
    best: Best<'_>,
    previous_call: &str,
) -> Result<Option<String>, TxError> {
    let Best { phone, channel, engine, .. } = best;
    let server_ip = phone.server_ip.as_str();
    let is_empty = |conference: &String| {
        let names = [conference, &*engine.exten(conference)];
        !request.live_status.is_conference_in_use(server_ip, &names, previous_call)
    };
    let conferences = tx.conference_options(server_ip, engine, channel)?;
    // On a shared phone, the reserved conference may belong to the other agent.
    let is_shared = conferences.own.is_some() && tx.agent_on(server_ip, channel, request.agent)?.is_some();
    let own = conferences.own.filter(|conference| !is_shared && is_empty(conference));
    let current = request.current.filter(|place| place.server_ip == server_ip).map(|place| place.conf_exten.clone());
    let first = own.or_else(|| conferences.free.filter(is_empty)).or_else(|| current.filter(is_empty));
    if first.is_some() {
        return Ok(first);
    }
    // The first free conference has a channel in it, which is rare.
    Ok(tx.free_conferences(server_ip, engine)?.into_iter().find(is_empty))
}

/// Reserves the conference and moves the session there. `call` is the id of the call to place.
pub(super) fn take(
    tx: &mut dyn FleetTx,
    (session_id, user): (i64, &str),
    campaign: Option<&Campaign>,
    best: Best<'_>,
    conference: String,
    call: &str,
) -> Result<Seat, TxError> {
    let Best { login, phone, channel, engine } = best;
    tx.reserve_conference(&phone.server_ip, engine, &conference, channel)?;
    let is_called = !phone.is_webphone.starts_with('Y');
    let context = if is_called { tx.call_context(&phone.key())? } else { String::new() };
    let wanted = is_called.then(|| Call {
        server_ip: phone.server_ip.clone(),
        channel: dialled(phone, channel),
        context,
        exten: engine.exten(&conference),
        callerid: format!("S{session_id}{conference}"),
        caller_number: campaign.map(|campaign| campaign.campaign_cid.clone()).unwrap_or_default(),
        ring_timeout: phone.phone_ring_timeout.parse().unwrap_or(RING_BETWEEN.1).clamp(RING_BETWEEN.0, RING_BETWEEN.1),
    });
    let state = if is_called { State::Ringing } else { State::Reserved };
    let place = Place {
        phone_login: login.to_owned(),
        server_ip: phone.server_ip.clone(),
        conf_exten: conference,
        channel: channel.to_owned(),
        call: if is_called { call.to_owned() } else { String::new() },
    };
    tx.place_session(session_id, state, &place)?;
    Ok(Seat { session_id, user: user.to_owned(), state, place, call: wanted })
}

/// The channel of a phone, as Asterisk of this version (`servers.asterisk_version`) and the table of live agents name it.
#[must_use]
pub fn channel(phone: &Phone, asterisk_version: &str) -> String {
    match phone.protocol.as_str() {
        "EXTERNAL" => format!("Local/{}@{}", phone.dialplan_number, phone.phone_context),
        "Zap" if has_zaptel(asterisk_version) => format!("Zap/{}", phone.extension),
        "Zap" => format!("DAHDI/{}", phone.extension),
        protocol => format!("{protocol}/{}", phone.extension),
    }
}

/// Whether Asterisk of this version drives Zaptel cards, which became DAHDI in 1.4.22. A version that is not known is newer.
fn has_zaptel(asterisk_version: &str) -> bool {
    let mut numbers =
        asterisk_version.split(|c: char| !c.is_ascii_digit()).map_while(|digits| digits.parse::<u32>().ok());
    let version = (numbers.next(), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    matches!(version, (Some(1), 0..=3, _) | (Some(1), 4, 0..22))
}

/// The name under which a phone registers; see [`crate::registrations::line`].
#[must_use]
pub fn line(phone: &Phone) -> Option<String> {
    crate::registrations::line(&phone.protocol, &phone.extension, &phone.is_webphone)
}

/// The channel to call for a login. A phone that is rung for every call (on-hook agent) is not rung for the login.
fn dialled(phone: &Phone, channel: &str) -> String {
    if phone.on_hook_agent == "Y" { format!("Local/8300@{}", phone.phone_context) } else { channel.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zap_phone_is_on_zaptel_before_asterisk_1_4_22_and_on_dahdi_since() {
        let phone =
            Phone { extension: "25".to_owned(), protocol: "Zap".to_owned(), ..crate::phones::rules::new_phone() };
        for (version, name) in [
            ("1.2.30.4", "Zap/25"),
            ("1.4.21", "Zap/25"),
            ("1.4.21.2-vici", "Zap/25"),
            ("1.4.22", "DAHDI/25"),
            ("1.8.23.0-vici", "DAHDI/25"),
            ("16.30.0", "DAHDI/25"),
            ("", "DAHDI/25"),
        ] {
            assert_eq!(channel(&phone, version), name, "{version}");
        }
    }
}
