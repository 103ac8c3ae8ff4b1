//! Which dialer an agent gets. A pure decision: everything that is known about each phone of the list goes in, and the order
//! in which they are to be rung comes out, with the reason for every phone that is left out.
//!
//! Rule: the usable dialer with the fewest seats wins, weighted if there are weights; on a tie the later phone of the list.
//! A campaign may want its agents together first.

use crate::dialer_status::{Health, Registration};
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A heartbeat older than this, in seconds, is none.
pub const HEARTBEAT_WITHIN: i64 = 120;

/// What a dialer without a weight is divided by, where others have one, as VICIdial does: a thousandth.
const WITHOUT_WEIGHT: u128 = 1000;

/// A dialer, as it is when somebody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a dialer has as many switches as it has")]
pub struct Dialer {
    /// Its address.
    pub server_ip: String,
    /// `servers.active`.
    pub active: bool,
    /// `servers.active_agent_login_server`.
    pub accepts_agents: bool,
    /// Nobody new, nobody moved.
    pub draining: bool,
    /// As its manager interface shows it.
    pub health: Health,
    /// Seconds since `server_updater.last_update`; `None` if it never was.
    pub heartbeat_age: Option<i64>,
    /// The same of its twin, if it has one.
    pub twin: Option<Option<i64>>,
    /// Whether a room is free for the agent, in its own conference engine.
    pub has_free_room: bool,
    /// Seats taken, without the agent's own left-over one.
    pub seats: u32,
    /// Seats taken by agents of the campaign.
    pub campaign_seats: u32,
    /// Its weight; 0 where it has none.
    pub weight: u32,
}

/// A phone, as it is when somebody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// `phones.active`.
    pub active: bool,
    /// Whether the password is the one that was typed.
    pub password_is_right: bool,
    /// Whether it can be rung.
    pub registration: Registration,
    /// The other agent who is live on it.
    pub taken_by: Option<String>,
}

/// One login of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As the list spells it.
    pub login: String,
    /// The phone that has it, if there is one.
    pub phone: Option<Phone>,
    /// The phone's dialer, if it is known.
    pub dialer: Option<Dialer>,
}

/// What the campaign and the settings say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// `vicidial_campaigns.pllb_grouping`.
    pub grouping: Grouping,
    /// All weights of the system together, those of other dialers included; 0 where there are none.
    pub total_weight: u64,
    /// Whether a phone that another agent is live on may be shared.
    pub shared_phones: bool,
    /// Whether a phone that is not registered is left out instead of rung last.
    pub registered_only: bool,
}

/// How a campaign wants its agents together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// It does not.
    #[default]
    Disabled,
    /// All on the first dialer that has one of them.
    OneServerOnly,
    /// On the first dialer that has some of them, until it has `limit`, and while it has fewer than `system_limit` seats.
    Cascading {
        /// `vicidial_campaigns.pllb_grouping_limit`.
        limit: u32,
        /// `system_settings.pllb_grouping_limit`.
        system_limit: u32,
    },
}

/// Why a phone is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// No phone has this login.
    NoSuchPhone,
    /// The phone is not active.
    PhoneInactive,
    /// The password is another.
    PasswordWrong,
    /// Another agent is live on it.
    PhoneTaken(String),
    /// The phone's dialer is not known.
    NoSuchDialer,
    /// The dialer is not active.
    DialerInactive,
    /// The dialer takes no agents.
    TakesNoAgents,
    /// The dialer is being emptied.
    Draining,
    /// The dialer is suspect or down.
    #[serde(rename = "unhealthy", alias = "unwell")]
    Unwell(Health),
    /// The dialer's heartbeat is old, or never was.
    NoHeartbeat(Option<i64>),
    /// The twin's heartbeat is old, or never was.
    TwinWithoutHeartbeat(Option<i64>),
    /// No room is free.
    Full,
    /// The phone is not registered, and only registered ones count.
    NotRegistered,
}

/// Why a phone comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its dialer has the fewest seats for its weight.
    LeastLoaded,
    /// The campaign's agents are there.
    Grouped,
}

/// A decision: whom to ring, in which order, and who is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Places in the list of candidates, best first.
    pub order: Vec<usize>,
    /// Why the first of them is first.
    pub why: Why,
    /// The others, with the reason.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// A candidate that can be rung.
struct Usable<'a> {
    place: usize,
    dialer: &'a Dialer,
    last_resort: bool,
}

/// Decides.
#[must_use]
pub fn decide(candidates: &[Candidate], policy: &Policy) -> Decision {
    let mut usable = Vec::new();
    let mut left_out = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        match judge(candidate, policy) {
            Ok((phone, dialer)) => {
                let last_resort = phone.registration == Registration::NotRegistered;
                usable.push(Usable { place, dialer, last_resort });
            }
            Err(reason) => left_out.push((place, reason)),
        }
    }
    let gathered = usable.iter().find(|candidate| !candidate.last_resort && gathers(candidate.dialer, policy.grouping));
    let gathered = gathered.map(|candidate| candidate.place);
    usable.sort_by(|one, other| {
        let is_other = |candidate: &Usable<'_>| Some(candidate.place) != gathered;
        is_other(one)
            .cmp(&is_other(other))
            .then(one.last_resort.cmp(&other.last_resort))
            .then_with(|| compare_load(one.dialer, other.dialer, policy.total_weight))
            .then(other.place.cmp(&one.place))
    });
    Decision {
        order: usable.iter().map(|candidate| candidate.place).collect(),
        why: if gathered.is_some() { Why::Grouped } else { Why::LeastLoaded },
        left_out,
    }
}

/// The phone and its dialer if they can take the agent, or the first reason why not.
fn judge<'a>(candidate: &'a Candidate, policy: &Policy) -> Result<(&'a Phone, &'a Dialer), LeftOut> {
    let phone = candidate.phone.as_ref().ok_or(LeftOut::NoSuchPhone)?;
    judge_phone(phone, policy)?;
    let dialer = candidate.dialer.as_ref().ok_or(LeftOut::NoSuchDialer)?;
    judge_dialer(dialer)?;
    if policy.registered_only && phone.registration == Registration::NotRegistered {
        return Err(LeftOut::NotRegistered);
    }
    Ok((phone, dialer))
}

fn judge_phone(phone: &Phone, policy: &Policy) -> Result<(), LeftOut> {
    match phone {
        phone if !phone.active => Err(LeftOut::PhoneInactive),
        phone if !phone.password_is_right => Err(LeftOut::PasswordWrong),
        Phone { taken_by: Some(agent), .. } if !policy.shared_phones => Err(LeftOut::PhoneTaken(agent.clone())),
        _ => Ok(()),
    }
}

fn judge_dialer(dialer: &Dialer) -> Result<(), LeftOut> {
    let is_fresh = |age: Option<i64>| age.is_some_and(|age| age < HEARTBEAT_WITHIN);
    match dialer {
        dialer if !dialer.active => Err(LeftOut::DialerInactive),
        dialer if !dialer.accepts_agents => Err(LeftOut::TakesNoAgents),
        dialer if dialer.draining => Err(LeftOut::Draining),
        Dialer { health: health @ (Health::Suspect | Health::Down | Health::NoAccount), .. } => {
            Err(LeftOut::Unwell(*health))
        }
        // One that answers is heard of right now.
        dialer if dialer.health != Health::Healthy && !is_fresh(dialer.heartbeat_age) => {
            Err(LeftOut::NoHeartbeat(dialer.heartbeat_age))
        }
        Dialer { twin: Some(age), .. } if !is_fresh(*age) => Err(LeftOut::TwinWithoutHeartbeat(*age)),
        dialer if !dialer.has_free_room => Err(LeftOut::Full),
        _ => Ok(()),
    }
}

/// Whether the campaign's agents are on this dialer and it may take more of them.
fn gathers(dialer: &Dialer, grouping: Grouping) -> bool {
    match grouping {
        Grouping::Disabled => false,
        Grouping::OneServerOnly => dialer.campaign_seats > 0,
        Grouping::Cascading { limit, system_limit } => {
            (1..limit).contains(&dialer.campaign_seats) && dialer.seats < system_limit
        }
    }
}

/// Compares how loaded two dialers are: seats divided by their share of all weights, in whole numbers.
#[must_use]
pub fn compare_load(one: &Dialer, other: &Dialer, total_weight: u64) -> Ordering {
    if total_weight == 0 {
        return one.seats.cmp(&other.seats);
    }
    let fraction = |dialer: &Dialer| match u128::from(dialer.weight) {
        0 => (u128::from(dialer.seats) * WITHOUT_WEIGHT, 1),
        weight => (u128::from(dialer.seats) * u128::from(total_weight), weight),
    };
    let ((one, under_one), (other, under_other)) = (fraction(one), fraction(other));
    (one * under_other).cmp(&(other * under_one))
}
