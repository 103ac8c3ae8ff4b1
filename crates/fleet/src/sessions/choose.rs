//! Finding out what is known about each login of a list, and deciding.

use subtle::ConstantTimeEq;

use crate::dialer_status::{Health, Registration};
use crate::placement::{self, Candidate, Dialer, Grouping, Policy};
use crate::records::Phone;
use crate::sessions::seat::channel;
use crate::sessions::{Campaign, Choice, DialerRow, Engine, LiveAgent, LiveStatus, Place};
use crate::{FleetTx, Timestamp, TxError, name};

/// Who asks for a seat.
pub(super) struct Asked<'a> {
    /// The phones' password; `None` for whatever it is.
    pub(super) pass: Option<&'a str>,
    /// The agent, whose own seat does not count.
    pub(super) agent: &'a str,
    /// The place that the agent leaves for the new one, whose room is free then.
    pub(super) leaves: Option<&'a Place>,
    pub(super) campaign: Option<&'a Campaign>,
    pub(super) live_status: &'a dyn LiveStatus,
}

/// A choice, and the phones of its candidates with how their dialers hold rooms.
pub(super) struct Chosen {
    pub(super) choice: Choice,
    phones: Vec<Option<(Phone, Engine)>>,
}

/// The phone that is to be rung.
#[derive(Clone, Copy)]
pub(super) struct Best<'a> {
    /// Its login as the list spells it.
    pub(super) login: &'a str,
    pub(super) phone: &'a Phone,
    /// How its dialer holds rooms.
    pub(super) engine: Engine,
}

impl Chosen {
    /// The best phone among those that `may_be_rung`.
    pub(super) fn best(&self, may_be_rung: impl Fn(&str, &Phone) -> bool) -> Option<Best<'_>> {
        let best = |place: &usize| {
            let login = self.choice.candidates.get(*place)?.login.as_str();
            let (phone, engine) = self.phones.get(*place)?.as_ref()?;
            Some(Best { login, phone, engine: *engine })
        };
        self.choice.decision.order.iter().filter_map(best).find(|best| may_be_rung(best.login, best.phone))
    }
}

/// What is the same for every candidate of one choice.
struct Known<'a> {
    asked: &'a Asked<'a>,
    weights: Vec<(String, u32)>,
    /// Where the agent sits now.
    own: Option<LiveAgent>,
    counts_campaign: bool,
    now: Timestamp,
}

/// Finds out what is known about each login of the list, and decides.
pub(super) fn choose(tx: &mut dyn FleetTx, logins: Vec<String>, asked: &Asked<'_>) -> Result<Chosen, TxError> {
    let weights = tx.weights()?;
    let policy = policy(tx, asked, &weights)?;
    let own = if asked.agent.is_empty() { None } else { tx.live_agent(asked.agent)? };
    let counts_campaign = policy.grouping != Grouping::Disabled;
    let known = Known { asked, weights, own, counts_campaign, now: tx.now() };
    // All that does not go by seats is looked at first: who looks at a dialer keeps all other logins waiting.
    let found = logins
        .into_iter()
        .map(|login| tx.phone_of_login(&login).map(|phone| (login, phone)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut phones = Vec::with_capacity(found.len());
    let mut candidates = Vec::with_capacity(found.len());
    for (login, mut phone) in found {
        let row = phone.as_ref().map_or(Ok(None), |phone| tx.dialer(&phone.server_ip))?;
        let engine = row.as_ref().map(|row| row.engine);
        if let (Some(phone), Some(row)) = (&mut phone, &row) {
            // Letter case and blanks do not tell dialers apart, but everything else goes by the dialer's own spelling.
            phone.server_ip.clone_from(&row.server_ip);
        }
        candidates.push(known.candidate(tx, login, phone.as_ref(), row)?);
        phones.push(phone.zip(engine));
    }
    let decision = placement::decide(&candidates, &policy);
    Ok(Chosen { choice: Choice { candidates, decision }, phones })
}

fn policy(tx: &mut dyn FleetTx, asked: &Asked<'_>, weights: &[(String, u32)]) -> Result<Policy, TxError> {
    let grouping = match asked.campaign.map(|campaign| (campaign.pllb_grouping.as_str(), campaign.pllb_grouping_limit))
    {
        Some(("ONE_SERVER_ONLY", _)) => Grouping::OneServerOnly,
        Some(("CASCADING", limit)) => Grouping::Cascading { limit, system_limit: tx.grouping_limit()? },
        _ => Grouping::Disabled,
    };
    let rules = asked.live_status.rules();
    Ok(Policy {
        grouping,
        total_weight: weights.iter().map(|(_, weight)| u64::from(*weight)).sum(),
        shared_phones: rules.shared_phones,
        registered_only: rules.registered_only,
    })
}

impl Known<'_> {
    /// Everything that is known about one login of the list.
    fn candidate(
        &self,
        tx: &mut dyn FleetTx,
        login: String,
        phone: Option<&Phone>,
        row: Option<DialerRow>,
    ) -> Result<Candidate, TxError> {
        let Some(phone) = phone else { return Ok(Candidate { login, phone: None, dialer: None }) };
        let dialer = row.map(|row| self.dialer(tx, row)).transpose()?;
        let channel = channel(phone);
        let pass_is_right = |pass: &str| phone.pass.as_bytes().ct_eq(pass.as_bytes()).into();
        let phone = placement::Phone {
            active: phone.active == "Y",
            password_is_right: self.asked.pass.is_none_or(pass_is_right),
            registration: self.registration(phone, &channel),
            taken_by: tx.agent_on(&phone.server_ip, &channel, self.asked.agent)?,
        };
        Ok(Candidate { login, phone: Some(phone), dialer })
    }

    /// Phones in the browser register after the login, and EXTERNAL and Zap never do.
    fn registration(&self, phone: &Phone, channel: &str) -> Registration {
        let registers = !phone.is_webphone.starts_with('Y') && !matches!(phone.protocol.as_str(), "EXTERNAL" | "Zap");
        if registers { self.asked.live_status.registration(&phone.server_ip, channel) } else { Registration::NotNeeded }
    }

    fn dialer(&self, tx: &mut dyn FleetTx, row: DialerRow) -> Result<Dialer, TxError> {
        let age = |last: Option<Timestamp>| last.map(|last| self.now.unix() - last.unix());
        let twin = &row.active_twin_server_ip;
        let twin = if twin.len() > 4 { Some(age(tx.heartbeat(twin)?)) } else { None };
        let own = self.own.as_ref().filter(|own| own.server_ip == row.server_ip);
        let weight = self.weights.iter().find(|(server_ip, _)| name::same(server_ip, &row.server_ip));
        let health = self.asked.live_status.health(&row.server_ip);
        let leaves_room = self.asked.leaves.is_some_and(|place| place.server_ip == row.server_ip);
        // One that is not reached needs no further look.
        let is_reached = matches!(health, Health::Healthy | Health::Unwatched);
        Ok(Dialer {
            active: row.active,
            accepts_agents: row.accepts_agents,
            draining: row.draining,
            health,
            heartbeat_age: age(row.last_update),
            twin,
            has_free_room: is_reached && (leaves_room || row.has_free_room),
            seats: row.seats.saturating_sub(own.map_or(0, |own| u32::from(own.is_seat))),
            campaign_seats: self.campaign_seats(tx, &row.server_ip)?,
            weight: weight.map_or(0, |(_, weight)| *weight),
            server_ip: row.server_ip,
        })
    }

    /// Agents of the campaign there, but for this one; not counted where nobody wants to know.
    fn campaign_seats(&self, tx: &mut dyn FleetTx, server_ip: &str) -> Result<u32, TxError> {
        let Some(campaign) = self.asked.campaign.filter(|_| self.counts_campaign) else { return Ok(0) };
        let own = self
            .own
            .as_ref()
            .is_some_and(|own| own.server_ip == server_ip && name::same(&own.campaign_id, &campaign.campaign_id));
        Ok(tx.campaign_seats(server_ip, &campaign.campaign_id)?.saturating_sub(u32::from(own)))
    }
}
