//! Placement of an agent: a pure function from the state of every phone of an alias to the order in which they are rung, with the
//! reason for each phone that is left out.
//!
//! Rule: the usable dialer with the fewest seats wins, relative to its weight if there are weights; on a tie the later phone of
//! the list wins. A campaign may keep its agents on one dialer first.

use crate::dialer_status::{Health, Registration};
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A dialer with an older heartbeat than this, in seconds, takes no agents.
pub const HEARTBEAT_WITHIN: i64 = 120;

/// Factor for the seats of a dialer without a weight if other dialers have one: VICIdial divides the seats by a thousandth.
const WITHOUT_WEIGHT: u128 = 1000;

/// State of a dialer at the time of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are independent properties of a dialer")]
pub struct Dialer {
    /// Its address.
    pub server_ip: String,
    /// `servers.active`.
    pub active: bool,
    /// `servers.active_agent_login_server`.
    pub accepts_agents: bool,
    /// Whether it is draining: it takes no new agents, and nobody is moved.
    pub draining: bool,
    /// Its health, according to its manager interface.
    pub health: Health,
    /// Seconds since `server_updater.last_update`; `None` if there was no heartbeat.
    pub heartbeat_age: Option<i64>,
    /// The heartbeat age of its twin, if it has one.
    pub twin: Option<Option<i64>>,
    /// Whether a conference of its engine is free for the agent.
    pub has_free_conference: bool,
    /// Number of seats, without a left-over one of the agent.
    pub seats: u32,
    /// Number of seats of the campaign's agents.
    pub campaign_seats: u32,
    /// Its weight; 0 for none.
    pub weight: u32,
}

/// State of a phone at the time of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// `phones.active`.
    pub active: bool,
    /// Whether the agent entered its password.
    pub password_is_right: bool,
    /// Its registration.
    pub registration: Registration,
    /// Another agent who is live on it, if any.
    pub taken_by: Option<String>,
}

/// A login of the list, with its phone and dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The login, as the list spells it.
    pub login: String,
    /// The phone with this login, if there is one.
    pub phone: Option<Phone>,
    /// The phone's dialer, if it exists.
    pub dialer: Option<Dialer>,
}

/// The relevant settings of the campaign and the system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// `vicidial_campaigns.pllb_grouping`.
    pub grouping: Grouping,
    /// The sum of all weights, including those of other dialers; 0 if there are none.
    pub total_weight: u64,
    /// Whether agents may share a phone.
    pub shared_phones: bool,
    /// Whether a phone that is not registered is left out instead of rung last.
    pub registered_only: bool,
}

/// How a campaign groups its agents on dialers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// No grouping.
    #[default]
    Disabled,
    /// All agents on the first dialer that has one of them.
    OneServerOnly,
    /// On the first dialer that has some of the campaign's agents, but fewer than `limit`, and fewer than `system_limit` seats.
    Cascading {
        /// `vicidial_campaigns.pllb_grouping_limit`.
        limit: u32,
        /// `system_settings.pllb_grouping_limit`.
        system_limit: u32,
    },
}

/// The reason why a phone is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// No phone has this login.
    NoSuchPhone,
    /// The phone is not active.
    PhoneInactive,
    /// The agent entered a different password.
    PasswordWrong,
    /// Another agent is live on it.
    PhoneTaken(String),
    /// The phone's dialer does not exist.
    NoSuchDialer,
    /// The dialer is not active.
    DialerInactive,
    /// The dialer takes no agents.
    TakesNoAgents,
    /// The dialer is draining.
    Draining,
    /// The dialer is suspect or down.
    #[serde(rename = "unhealthy", alias = "unwell")]
    Unhealthy(Health),
    /// The dialer's last heartbeat is too old, or there was none.
    NoHeartbeat(Option<i64>),
    /// The twin's last heartbeat is too old, or there was none.
    TwinWithoutHeartbeat(Option<i64>),
    /// The dialer has no free conference.
    Full,
    /// The phone is not registered, and the setting requires that.
    NotRegistered,
}

/// The reason why a phone comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its dialer has the fewest seats, relative to its weight.
    LeastLoaded,
    /// The campaign groups its agents there.
    Grouped,
}

/// A placement: the order in which to ring the phones, and the phones that are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Indexes of candidates, best first.
    pub order: Vec<usize>,
    /// The reason for the first one.
    pub why: Why,
    /// Indexes of the other candidates, with reasons.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// A candidate that can be rung.
struct Usable<'a> {
    place: usize,
    dialer: &'a Dialer,
    last_resort: bool,
}

/// Decides the placement.
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
    let grouped =
        usable.iter().find(|candidate| !candidate.last_resort && groups_on(candidate.dialer, policy.grouping));
    let grouped = grouped.map(|candidate| candidate.place);
    usable.sort_by(|one, other| {
        let is_other = |candidate: &Usable<'_>| Some(candidate.place) != grouped;
        is_other(one)
            .cmp(&is_other(other))
            .then(one.last_resort.cmp(&other.last_resort))
            .then_with(|| compare_load(one.dialer, other.dialer, policy.total_weight))
            .then(other.place.cmp(&one.place))
    });
    Decision {
        order: usable.iter().map(|candidate| candidate.place).collect(),
        why: if grouped.is_some() { Why::Grouped } else { Why::LeastLoaded },
        left_out,
    }
}

/// The phone and its dialer if they can take the agent, otherwise the first reason why not.
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
            Err(LeftOut::Unhealthy(*health))
        }
        // A healthy dialer answers now, so its heartbeat does not matter.
        dialer if dialer.health != Health::Healthy && !is_fresh(dialer.heartbeat_age) => {
            Err(LeftOut::NoHeartbeat(dialer.heartbeat_age))
        }
        Dialer { twin: Some(age), .. } if !is_fresh(*age) => Err(LeftOut::TwinWithoutHeartbeat(*age)),
        dialer if !dialer.has_free_conference => Err(LeftOut::Full),
        _ => Ok(()),
    }
}

/// Whether the campaign's agents are on this dialer and it may take more of them.
fn groups_on(dialer: &Dialer, grouping: Grouping) -> bool {
    match grouping {
        Grouping::Disabled => false,
        Grouping::OneServerOnly => dialer.campaign_seats > 0,
        Grouping::Cascading { limit, system_limit } => {
            (1..limit).contains(&dialer.campaign_seats) && dialer.seats < system_limit
        }
    }
}

/// Compares the load of two dialers: seats divided by the share of all weights, in integer arithmetic.
#[must_use]
pub fn compare_load(one: &Dialer, other: &Dialer, total_weight: u64) -> Ordering {
    if total_weight == 0 {
        return one.seats.cmp(&other.seats);
    }
    let fraction = |dialer: &Dialer| match u128::from(dialer.weight) {
        0 => (u128::from(dialer.seats) * WITHOUT_WEIGHT, 1),
        weight => (u128::from(dialer.seats) * u128::from(total_weight), weight),
    };
    let ((one, one_divisor), (other, other_divisor)) = (fraction(one), fraction(other));
    (one * other_divisor).cmp(&(other * one_divisor))
}
