//! Collects the state of every phone of a list, and decides the placement.

use subtle::ConstantTimeEq;

use crate::dialer_status::{Health, Registration};
use crate::field::{Field, PhonePass};
use crate::placement::{self, Candidate, Dialer, Grouping, Policy};
use crate::records::Phone;
use crate::sessions::seat::channel;
use crate::sessions::{Campaign, Choice, DialerRow, Engine, LiveAgent, LiveStatus, Place};
use crate::text::Alphabet;
use crate::{FleetTx, Timestamp, TxError, name};

/// Parameters of a placement.
#[derive(Clone, Copy)]
pub(super) struct ChoiceRequest<'a> {
    /// The entered phone password; `None` to accept any.
    pub(super) pass: Option<&'a str>,
    /// The agent, whose own seat is not counted.
    pub(super) agent: &'a str,
    /// The agent's current place, whose conference becomes free.
    pub(super) current: Option<&'a Place>,
    /// Dialers without an empty conference, whatever the database says.
    pub(super) full: &'a [String],
    pub(super) campaign: Option<&'a Campaign>,
    pub(super) live_status: &'a dyn LiveStatus,
}

/// A placement, with the phones of its candidates and the conference engines of their dialers.
pub(super) struct Chosen {
    pub(super) choice: Choice,
    phones: Vec<Option<(Phone, Engine, String)>>,
}

/// The phone to ring.
#[derive(Clone, Copy)]
pub(super) struct Best<'a> {
    /// Its login as the list spells it.
    pub(super) login: &'a str,
    pub(super) phone: &'a Phone,
    /// The phone's channel on its dialer.
    pub(super) channel: &'a str,
    /// The conference engine of its dialer.
    pub(super) engine: Engine,
}

impl Chosen {
    /// The best phone for which `may_be_rung` returns `true`.
    pub(super) fn best(&self, may_be_rung: impl Fn(&str, &Phone) -> bool) -> Option<Best<'_>> {
        let best = |place: &usize| {
            let login = self.choice.candidates.get(*place)?.login.as_str();
            let (phone, engine, channel) = self.phones.get(*place)?.as_ref()?;
            Some(Best { login, phone, channel, engine: *engine })
        };
        self.choice.decision.order.iter().filter_map(best).find(|best| may_be_rung(best.login, best.phone))
    }
}

/// Data shared by all candidates of one placement.
struct PlacementInput<'a> {
    request: &'a ChoiceRequest<'a>,
    weights: Vec<(String, u32)>,
    /// The agent's current seat.
    own: Option<LiveAgent>,
    counts_campaign: bool,
    /// The alphabet in which the entered phone password is filtered.
    alphabet: Alphabet,
    now: Timestamp,
}

/// Collects the state of each phone of the list, and decides the placement.
pub(super) fn choose(tx: &mut dyn FleetTx, logins: &[String], request: &ChoiceRequest<'_>) -> Result<Chosen, TxError> {
    let weights = tx.weights()?;
    let policy = policy(tx, request, &weights)?;
    let own = if request.agent.is_empty() { None } else { tx.live_agent(request.agent)? };
    let counts_campaign = policy.grouping != Grouping::Disabled;
    let alphabet = tx.settings()?.alphabet();
    let input = PlacementInput { request, weights, own, counts_campaign, alphabet, now: tx.now() };
    // Everything that does not depend on seats is read first, because reading a dialer's seats blocks all other logins.
    let found = logins
        .iter()
        .map(|login| tx.phone_of_login(login).map(|phone| (login.clone(), phone)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut phones = Vec::with_capacity(found.len());
    let mut candidates = Vec::with_capacity(found.len());
    for (login, mut phone) in found {
        let row = phone.as_ref().map_or(Ok(None), |phone| tx.dialer(&phone.server_ip))?;
        let engine = row.as_ref().map(|row| row.engine);
        let version = row.as_ref().map(|row| row.asterisk_version.clone()).unwrap_or_default();
        let channel = phone.as_ref().map(|phone| channel(phone, &version)).unwrap_or_default();
        if let (Some(phone), Some(row)) = (&mut phone, &row) {
            // Addresses compare without letter case and trailing blanks, but everything else needs the dialer's own spelling.
            phone.server_ip.clone_from(&row.server_ip);
        }
        candidates.push(input.candidate(tx, login, phone.as_ref().map(|phone| (phone, &*channel)), row)?);
        phones.push(phone.zip(engine).map(|(phone, engine)| (phone, engine, channel)));
    }
    let decision = placement::decide(&candidates, &policy);
    Ok(Chosen { choice: Choice { candidates, decision }, phones })
}

fn policy(tx: &mut dyn FleetTx, request: &ChoiceRequest<'_>, weights: &[(String, u32)]) -> Result<Policy, TxError> {
    let grouping =
        match request.campaign.map(|campaign| (campaign.pllb_grouping.as_str(), campaign.pllb_grouping_limit)) {
            Some(("ONE_SERVER_ONLY", _)) => Grouping::OneServerOnly,
            Some(("CASCADING", limit)) => Grouping::Cascading { limit, system_limit: tx.grouping_limit()? },
            _ => Grouping::Disabled,
        };
    let rules = request.live_status.rules();
    Ok(Policy {
        grouping,
        total_weight: weights.iter().map(|(_, weight)| u64::from(*weight)).sum(),
        shared_phones: rules.shared_phones,
        registered_only: rules.registered_only,
    })
}

/// Whether this is the phone's password: as it was entered, or as VICIdial's API filtered it before it stored it.
fn is_password(stored: &str, entered: &str, alphabet: Alphabet) -> bool {
    let filtered = PhonePass::read(entered.as_bytes(), alphabet);
    let is_entered = stored.as_bytes().ct_eq(entered.as_bytes());
    let is_filtered = stored.as_bytes().ct_eq(filtered.as_str().as_bytes());
    // A phone without a password must not be opened by an entry that the filter empties.
    bool::from(is_entered | (is_filtered & subtle::Choice::from(u8::from(!filtered.is_empty()))))
}

impl PlacementInput<'_> {
    /// The state of one phone of the list.
    fn candidate(
        &self,
        tx: &mut dyn FleetTx,
        login: String,
        phone: Option<(&Phone, &str)>,
        row: Option<DialerRow>,
    ) -> Result<Candidate, TxError> {
        let Some((phone, channel)) = phone else { return Ok(Candidate { login, phone: None, dialer: None }) };
        let dialer = row.map(|row| self.dialer(tx, row)).transpose()?;
        let pass_is_right = |pass: &str| is_password(&phone.pass, pass, self.alphabet);
        let phone = placement::Phone {
            active: phone.active == "Y",
            password_is_right: self.request.pass.is_none_or(pass_is_right),
            registration: self.registration(phone, channel),
            taken_by: self.taken_by(tx, phone, channel)?,
        };
        Ok(Candidate { login, phone: Some(phone), dialer })
    }

    /// The other agent who is live on the phone's device. A softphone registers on several dialers with one extension, so
    /// its phones are one device.
    fn taken_by(&self, tx: &mut dyn FleetTx, phone: &Phone, channel: &str) -> Result<Option<String>, TxError> {
        if phone.has_account() {
            tx.agent_on_device(&phone.extension, self.request.agent)
        } else {
            tx.agent_on(&phone.server_ip, channel, self.request.agent)
        }
    }

    /// Browser phones register after the login, and phones without an account never do.
    fn registration(&self, phone: &Phone, channel: &str) -> Registration {
        let registers = !phone.is_webphone.starts_with('Y') && phone.has_account();
        if registers {
            self.request.live_status.registration(&phone.server_ip, channel)
        } else {
            Registration::NotNeeded
        }
    }

    fn dialer(&self, tx: &mut dyn FleetTx, row: DialerRow) -> Result<Dialer, TxError> {
        let age = |last: Option<Timestamp>| last.map(|last| self.now.unix() - last.unix());
        let twin = &row.active_twin_server_ip;
        let twin = if twin.len() > 4 { Some(age(tx.heartbeat(twin)?)) } else { None };
        let own = self.own.as_ref().filter(|own| own.server_ip == row.server_ip);
        let weight = self.weights.iter().find(|(server_ip, _)| name::same(server_ip, &row.server_ip));
        let health = self.request.live_status.health(&row.server_ip);
        let is_full = self.request.full.contains(&row.server_ip);
        let frees_conference = self.request.current.is_some_and(|place| place.server_ip == row.server_ip);
        // A dialer that cannot be reached needs no free conference.
        let is_reached = matches!(health, Health::Healthy | Health::Unwatched);
        Ok(Dialer {
            active: row.active,
            accepts_agents: row.accepts_agents,
            draining: row.draining,
            health,
            heartbeat_age: age(row.last_update),
            twin,
            has_free_conference: is_reached && !is_full && (frees_conference || row.has_free_conference),
            seats: row.seats.saturating_sub(own.map_or(0, |own| u32::from(own.is_seat))),
            campaign_seats: self.campaign_seats(tx, &row.server_ip)?,
            weight: weight.map_or(0, |(_, weight)| *weight),
            server_ip: row.server_ip,
        })
    }

    /// Number of other agents of the campaign on the dialer; 0 if the policy does not need it.
    fn campaign_seats(&self, tx: &mut dyn FleetTx, server_ip: &str) -> Result<u32, TxError> {
        let Some(campaign) = self.request.campaign.filter(|_| self.counts_campaign) else { return Ok(0) };
        let own = self
            .own
            .as_ref()
            .filter(|own| own.is_seat)
            .is_some_and(|own| own.server_ip == server_ip && name::same(&own.campaign_id, &campaign.campaign_id));
        Ok(tx.campaign_seats(server_ip, &campaign.campaign_id)?.saturating_sub(u32::from(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phones_password_is_right_as_entered_and_as_vicidial_filters_it() {
        for (stored, entered, is_right) in [
            ("p@ss1", "p@ss1", true),
            ("pss1", "p@ss1", true),
            ("pss1", "pss1", true),
            ("p@ss1", "pss1", false),
            ("pss1", "PSS1", false),
            ("", "@@", false),
        ] {
            assert_eq!(is_password(stored, entered, Alphabet::Latin), is_right, "{stored} {entered}");
        }
    }
}
