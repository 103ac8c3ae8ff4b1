//! Seating an agent: from what was typed into the login form to a place on a dialer.
//!
//! All of it is one transaction, so a seat is reserved against every other login: whoever comes next counts it. Ringing the
//! phone is the driver's business afterwards; the queue driver only writes the call down for the cluster's own daemons.

mod tx;

use std::fmt;
use std::net::IpAddr;

use subtle::ConstantTimeEq;

use crate::login::{self, Knock, Proof};
use crate::placement::{self, Candidate, Decision, Dialer, Grouping, Health, Policy, Registration};
use crate::records::{OwnPhone, Phone, User, UserGroup};
use crate::text::Alphabet;
use crate::{FleetTx, TxError, name};

pub use tx::{Campaign, DialerRow, Engine, QueuedCall, Rooms, SeatingTx, Session};

/// What was typed into the login form.
#[derive(Clone, PartialEq, Eq)]
pub struct LogIn {
    /// An alias, a phone's login, or several logins separated by commas; empty for the account's own.
    pub phone_login: String,
    /// The phones' password.
    pub phone_pass: String,
    /// The agent. Letter case counts.
    pub user: String,
    /// The campaign; empty for none.
    pub campaign: String,
    /// The client's address.
    pub from: IpAddr,
    /// In which alphabet names were read.
    pub alphabet: Alphabet,
}

/// Without the password.
impl fmt::Debug for LogIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogIn")
            .field("phone_login", &self.phone_login)
            .field("user", &self.user)
            .field("campaign", &self.campaign)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// A place on a dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The session's number.
    pub session_id: i64,
    /// The phone's login, as the list spells it.
    pub phone_login: String,
    /// The dialer.
    pub server_ip: String,
    /// The room on it.
    pub conf_exten: String,
    /// The call that takes the agent into the room; `None` for a phone in the browser, which calls by itself.
    pub call: Option<QueuedCall>,
}

/// How a login ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The agent has a seat.
    Seated(Box<Seat>, Choice),
    /// No phone of the list can take the agent; nothing was written.
    NoPhone(Choice),
    /// The agent may not log in; nothing was written but counters.
    Refused(Refusal),
    /// The stored password or the alphabet changed since it was checked: check again.
    CheckAgain,
}

/// The candidates of a login, and what was decided about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// In the list's order.
    pub candidates: Vec<Candidate>,
    /// What was decided.
    pub decision: Decision,
}

/// Why an agent may not log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown user, wrong password, or not active.
    LoginIncorrect,
    /// Too many failures, not long ago.
    Locked,
    /// The account is for programs.
    ApiOnly,
    /// There is no such campaign.
    CampaignUnknown,
    /// The campaign is not active.
    CampaignInactive,
    /// The agent's group may not work in this campaign.
    CampaignNotAllowed,
    /// The alias exists, but nobody may log in with it yet.
    AliasInactive,
    /// No phone was named, and the account has none of its own.
    NoPhoneOfOwn,
}

/// Seats an agent.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn seat(tx: &mut dyn FleetTx, wanted: &LogIn, proof: &Proof) -> Result<Ending, TxError> {
    if tx.settings()?.use_non_latin != (wanted.alphabet == Alphabet::Unicode) {
        return Ok(Ending::CheckAgain);
    }
    let user = match login::knock(tx, &wanted.user, proof, |user| user.user == wanted.user)? {
        Knock::Right(user) => user,
        Knock::Wrong => return Ok(Ending::Refused(Refusal::LoginIncorrect)),
        Knock::Locked => return Ok(Ending::Refused(Refusal::Locked)),
        Knock::CheckAgain => return Ok(Ending::CheckAgain),
    };
    tx.record_login(&user, wanted.from)?;
    if user.api_only {
        return Ok(Ending::Refused(Refusal::ApiOnly));
    }
    let campaign = match campaign(tx, &user, &wanted.campaign)? {
        Ok(campaign) => campaign,
        Err(refusal) => return Ok(Ending::Refused(refusal)),
    };
    let typed = OwnPhone { login: wanted.phone_login.trim().to_owned(), pass: wanted.phone_pass.clone() };
    let phones = if typed.login.is_empty() { tx.own_phones(&user)? } else { vec![typed] };
    let mut ending = Ending::Refused(Refusal::NoPhoneOfOwn);
    for phone in &phones {
        ending = seat_at(tx, &user, campaign.as_ref(), phone)?;
        if matches!(ending, Ending::Seated(..)) {
            break;
        }
    }
    Ok(ending)
}

/// Seats an agent at one of these phones.
fn seat_at(tx: &mut dyn FleetTx, user: &User, campaign: Option<&Campaign>, own: &OwnPhone) -> Result<Ending, TxError> {
    let Some(logins) = logins(tx, &own.login)? else { return Ok(Ending::Refused(Refusal::AliasInactive)) };
    let asked = Asked { pass: Some(&own.pass), agent: &user.user, campaign };
    let (choice, phones) = choose(tx, logins, &asked)?;
    let first = choice.decision.order.first().copied();
    let Some((place, phone)) = first.and_then(|place| Some((place, phones.get(place)?.as_ref()?))) else {
        return Ok(Ending::NoPhone(choice));
    };
    let seat = reserve(tx, user, campaign, &choice.candidates[place].login, phone)?;
    Ok(Ending::Seated(Box::new(seat), choice))
}

/// What a login with an alias, a phone's login or a list of logins would get now, whoever it is and with the right password.
/// Nothing is written. Refused are a campaign that there is not, and an alias that is not active.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn look(tx: &mut dyn FleetTx, phone_login: &str, named: &str) -> Result<Result<Choice, Refusal>, TxError> {
    let campaign = tx.campaign(named)?;
    if campaign.is_none() && !named.is_empty() {
        return Ok(Err(Refusal::CampaignUnknown));
    }
    let Some(logins) = logins(tx, phone_login)? else { return Ok(Err(Refusal::AliasInactive)) };
    let asked = Asked { pass: None, agent: "", campaign: campaign.as_ref() };
    Ok(Ok(choose(tx, logins, &asked)?.0))
}

/// Who asks for a seat.
struct Asked<'a> {
    /// The phones' password; `None` for whatever it is.
    pass: Option<&'a str>,
    agent: &'a str,
    campaign: Option<&'a Campaign>,
}

/// Finds out what is known about each login of the list, and decides. Also gives the phones, in the list's order.
fn choose(
    tx: &mut dyn FleetTx,
    logins: Vec<String>,
    asked: &Asked<'_>,
) -> Result<(Choice, Vec<Option<Phone>>), TxError> {
    let phones = logins.iter().map(|login| tx.phone_of_login(login)).collect::<Result<Vec<_>, _>>()?;
    let weights = tx.weights()?;
    let policy = policy(tx, asked.campaign, &weights)?;
    let candidates = logins
        .into_iter()
        .zip(&phones)
        .map(|(login, phone)| candidate(tx, login, phone.as_ref(), asked, &weights))
        .collect::<Result<Vec<_>, _>>()?;
    let decision = placement::decide(&candidates, &policy);
    Ok((Choice { candidates, decision }, phones))
}

/// The campaign, if one was named and the agent may work in it.
fn campaign(tx: &mut dyn FleetTx, user: &User, named: &str) -> Result<Result<Option<Campaign>, Refusal>, TxError> {
    if named.is_empty() {
        return Ok(Ok(None));
    }
    let Some(campaign) = tx.campaign(named)? else { return Ok(Err(Refusal::CampaignUnknown)) };
    if !campaign.active {
        return Ok(Err(Refusal::CampaignInactive));
    }
    let group = tx.user_group(&user.user_group)?;
    let is_allowed = group.is_some_and(|group| allows(&group, &campaign.campaign_id));
    Ok(if is_allowed { Ok(Some(campaign)) } else { Err(Refusal::CampaignNotAllowed) })
}

/// Whether a group may work in a campaign (rule: `allowed_campaigns`, names between blanks, or `-ALL-CAMPAIGNS-`).
fn allows(group: &UserGroup, campaign_id: &str) -> bool {
    let allowed = &group.allowed_campaigns;
    allowed.contains("-ALL-CAMPAIGNS-") || allowed.split_whitespace().any(|known| name::same(known, campaign_id))
}

/// The logins that were meant: those of an alias, or those that were typed. `None` for an alias that is not active.
fn logins(tx: &mut dyn FleetTx, typed: &str) -> Result<Option<Vec<String>>, TxError> {
    let typed = typed.trim();
    let list = match tx.alias(typed)? {
        Some(alias) if !alias.active => return Ok(None),
        Some(alias) => alias.logins_list,
        None => typed.to_owned(),
    };
    let logins = list.split(',').map(str::trim).filter(|login| !login.is_empty());
    Ok(Some(logins.map(str::to_owned).collect()))
}

fn policy(tx: &mut dyn FleetTx, campaign: Option<&Campaign>, weights: &[(String, u32)]) -> Result<Policy, TxError> {
    let grouping = match campaign.map(|campaign| (campaign.pllb_grouping.as_str(), campaign.pllb_grouping_limit)) {
        Some(("ONE_SERVER_ONLY", _)) => Grouping::OneServerOnly,
        Some(("CASCADING", limit)) => Grouping::Cascading { limit, system_limit: tx.grouping_limit()? },
        _ => Grouping::Disabled,
    };
    let total_weight = weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
    Ok(Policy { grouping, total_weight, ..Policy::default() })
}

/// Everything that is known about one login of the list.
fn candidate(
    tx: &mut dyn FleetTx,
    login: String,
    phone: Option<&Phone>,
    asked: &Asked<'_>,
    weights: &[(String, u32)],
) -> Result<Candidate, TxError> {
    let Some(phone) = phone else { return Ok(Candidate { login, phone: None, dialer: None }) };
    let dialer = tx.dialer(&phone.server_ip)?;
    let dialer = dialer.map(|row| dialer_now(tx, &row, asked, weights)).transpose()?;
    let phone = placement::Phone {
        active: phone.active == "Y",
        password_is_right: asked.pass.is_none_or(|pass| phone.pass.as_bytes().ct_eq(pass.as_bytes()).into()),
        registration: Registration::Unknown,
        taken_by: tx.agent_on(&phone.server_ip, &channel(phone), asked.agent)?,
    };
    Ok(Candidate { login, phone: Some(phone), dialer })
}

fn dialer_now(
    tx: &mut dyn FleetTx,
    row: &DialerRow,
    asked: &Asked<'_>,
    weights: &[(String, u32)],
) -> Result<Dialer, TxError> {
    let twin = &row.active_twin_server_ip;
    let twin = if twin.len() > 4 { Some(tx.heartbeat_age(twin)?) } else { None };
    let campaign_id = asked.campaign.map_or("", |campaign| campaign.campaign_id.as_str());
    let weight = weights.iter().find(|(server_ip, _)| name::same(server_ip, &row.server_ip));
    Ok(Dialer {
        server_ip: row.server_ip.clone(),
        active: row.active,
        accepts_agents: row.accepts_agents,
        draining: false,
        health: Health::Unwatched,
        heartbeat_age: tx.heartbeat_age(&row.server_ip)?,
        twin,
        has_free_room: tx.rooms(&row.server_ip, row.engine, "")?.free.is_some(),
        seats: tx.seats(&row.server_ip, asked.agent)?,
        campaign_seats: tx.campaign_seats(&row.server_ip, campaign_id, asked.agent)?,
        weight: weight.map_or(0, |(_, weight)| *weight),
    })
}

/// Takes the room, and writes the session and the agent who is live now.
fn reserve(
    tx: &mut dyn FleetTx,
    user: &User,
    campaign: Option<&Campaign>,
    login: &str,
    phone: &Phone,
) -> Result<Seat, TxError> {
    let gone = |column| TxError::Inconsistent { table: "servers", column, key: phone.server_ip.clone() };
    let dialer = tx.dialer(&phone.server_ip)?.ok_or_else(|| gone("server_ip"))?;
    let channel = channel(phone);
    let rooms = tx.rooms(&phone.server_ip, dialer.engine, &channel)?;
    let room = rooms.own.or(rooms.free).ok_or_else(|| gone("conf_engine"))?;
    tx.take_room(&phone.server_ip, dialer.engine, &room, &channel)?;
    let campaign_id = campaign.map_or("", |campaign| campaign.campaign_id.as_str());
    let session_id = tx.open_session(&Session {
        user: &user.user,
        phone_login: login,
        server_ip: &phone.server_ip,
        conf_exten: &room,
        channel: &channel,
        campaign_id,
    })?;
    let call = (!phone.is_webphone.starts_with('Y')).then(|| QueuedCall {
        server_ip: phone.server_ip.clone(),
        channel: dialled(phone),
        context: "default".to_owned(),
        exten: dialer.engine.exten(&room),
        callerid: format!("S{session_id}{room}"),
        caller_number: campaign.map(|campaign| campaign.campaign_cid.clone()).unwrap_or_default(),
    });
    Ok(Seat { session_id, phone_login: login.to_owned(), server_ip: phone.server_ip.clone(), conf_exten: room, call })
}

/// The channel of a phone, as Asterisk and the table of live agents name it.
#[must_use]
pub fn channel(phone: &Phone) -> String {
    match phone.protocol.as_str() {
        "EXTERNAL" => format!("Local/{}@{}", phone.dialplan_number, phone.phone_context),
        "Zap" => format!("DAHDI/{}", phone.extension),
        protocol => format!("{protocol}/{}", phone.extension),
    }
}

/// What is called to take the agent into the room. A phone that is rung for each call is not rung for the login.
fn dialled(phone: &Phone) -> String {
    if phone.on_hook_agent == "Y" { format!("Local/8300@{}", phone.phone_context) } else { channel(phone) }
}
