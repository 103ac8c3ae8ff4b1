//! Seating an agent: from what was typed into the login form to a place on a dialer.
//!
//! All of it is one transaction, so a seat is reserved against every other login: whoever comes next counts it. Ringing the
//! phone comes afterwards, and what comes of it is [`stay`]'s business.

mod choose;
pub mod history;
mod key;
pub mod lifecycle;
mod live_status;
mod records;
mod seat;
pub mod timeline;

use std::fmt;
use std::net::IpAddr;

use crate::login;
use crate::login::{AuthOutcome, PasswordCheck};
use crate::placement::{Candidate, Decision};
use crate::records::{OwnPhone, User};
use crate::text::Alphabet;
use crate::{FleetTx, OperationError, TxError, settle};

use choose::{Asked, Chosen, choose};
pub use key::{SessionKey, digest_of, form_token, is_form_token, opens};
pub use live_status::{LiveStatus, LoginPolicy, NoLiveStatus};
pub use seat::{Seat, channel, line};

pub use records::{Call, Campaign, DialerRow, Engine, LiveAgent, ManagerRow, NewSession, Place, Rooms, Session, State};
use timeline::{Cause, EndReason, Step, TimelineEntry};

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

/// What a login gets from outside of the database.
#[derive(Clone, Copy)]
pub struct LoginContext<'a> {
    /// Who sees the dialers.
    pub live_status: &'a dyn LiveStatus,
    /// The unique id that the call will have on its dialer; empty where a cluster's own daemons place it.
    pub call: &'a str,
    /// Digest of the key that the agent will have for the session.
    pub key_digest: &'a str,
}

/// How a login ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// The agent has a seat.
    Seated(Box<Seated>),
    /// No phone of the list can take the agent. Only the decision was kept.
    NoPhone(Choice),
    /// The agent may not log in; nothing was written but counters.
    Refused(Refusal),
    /// The stored password or the alphabet changed since it was checked: check again.
    CheckAgain,
}

/// A login that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// The seat.
    pub seat: Seat,
    /// How it was chosen.
    pub choice: Choice,
    /// The agent's session that was left over, ended by this login.
    pub replaced: Option<Session>,
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
    /// More logins than anybody has phones.
    TooManyLogins,
}

/// The least level that may log in as an agent: VICIdial's agent page asks for a level above 0.
pub const AGENT_LEVEL: i64 = 1;

/// The most logins that a list may have.
pub const LOGINS: usize = 100;

/// Seats an agent.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn seat(
    tx: &mut dyn FleetTx,
    wanted: &LogIn,
    password_check: &PasswordCheck,
    means: &LoginContext<'_>,
) -> Result<LoginOutcome, TxError> {
    settle(try_seat(tx, wanted, password_check, means), LoginOutcome::Refused)
}

fn try_seat(
    tx: &mut dyn FleetTx,
    wanted: &LogIn,
    password_check: &PasswordCheck,
    means: &LoginContext<'_>,
) -> Result<LoginOutcome, OperationError<Refusal>> {
    if tx.settings()?.use_non_latin != (wanted.alphabet == Alphabet::Unicode) {
        return Ok(LoginOutcome::CheckAgain);
    }
    let user = match login::authenticate(tx, &wanted.user, password_check, |user| {
        user.user == wanted.user && user.user_level >= AGENT_LEVEL
    })? {
        AuthOutcome::Right(user) => user,
        AuthOutcome::Wrong => return Err(Refusal::LoginIncorrect.into()),
        AuthOutcome::Locked => return Err(Refusal::Locked.into()),
        AuthOutcome::CheckAgain => return Ok(LoginOutcome::CheckAgain),
    };
    tx.record_login(&user, wanted.from)?;
    if user.api_only {
        return Err(Refusal::ApiOnly.into());
    }
    let campaign = campaign(tx, &user, &wanted.campaign)?;
    let typed = OwnPhone { login: wanted.phone_login.trim().to_owned(), pass: wanted.phone_pass.clone() };
    let phones = if typed.login.is_empty() { tx.own_phones(&user)? } else { vec![typed] };
    let agent = Agent { user: &user, campaign: campaign.as_ref(), means };
    let mut ending = LoginOutcome::Refused(Refusal::NoPhoneOfOwn);
    for phone in &phones {
        ending = settle(agent.sit(tx, phone), LoginOutcome::Refused)?;
        if matches!(ending, LoginOutcome::Seated(..)) {
            return Ok(ending);
        }
    }
    if let (LoginOutcome::NoPhone(choice), Some(last)) = (&ending, phones.last()) {
        agent.keep_refusal(tx, &last.login, choice)?;
    }
    Ok(ending)
}

/// What a login with an alias, a phone's login or a list of logins would get now, whoever it is and with the right password.
/// Nothing is written. Refused are a campaign that there is not, an alias that is not active, and a list that is too long.
///
/// # Errors
/// The [`Refusal`], or [`TxError`] when the database fails.
pub fn preview(
    tx: &mut dyn FleetTx,
    phone_login: &str,
    named: &str,
    live_status: &dyn LiveStatus,
) -> Result<Choice, OperationError<Refusal>> {
    let campaign = tx.campaign(named)?;
    if campaign.is_none() && !named.is_empty() {
        return Err(Refusal::CampaignUnknown.into());
    }
    let meant = logins(tx, phone_login)?;
    let asked = Asked { pass: None, agent: "", leaves: None, campaign: campaign.as_ref(), live_status };
    Ok(choose(tx, meant.logins, &asked)?.choice)
}

impl From<Refusal> for OperationError<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// An agent who may log in.
struct Agent<'a> {
    user: &'a User,
    campaign: Option<&'a Campaign>,
    means: &'a LoginContext<'a>,
}

impl Agent<'_> {
    /// Sits down at one of these phones.
    fn sit(&self, tx: &mut dyn FleetTx, own: &OwnPhone) -> Result<LoginOutcome, OperationError<Refusal>> {
        let meant = logins(tx, &own.login)?;
        let replaced = tx.session_of(&self.user.user)?;
        let asked = Asked {
            pass: Some(&own.pass),
            agent: &self.user.user,
            leaves: replaced.as_ref().map(|session| &session.place),
            campaign: self.campaign,
            live_status: self.means.live_status,
        };
        let chosen = choose(tx, meant.logins, &asked)?;
        let Some(best) = chosen.best(|_, _| true) else { return Ok(LoginOutcome::NoPhone(chosen.choice)) };
        if let Some(left_over) = &replaced {
            lifecycle::end_open(tx, left_over, EndReason::Replaced)?;
        }
        let session_id = self.open(tx, &meant.typed, &chosen)?;
        let seat = seat::take(tx, session_id, &self.user.user, self.campaign, best, self.means.call)?;
        let decided = TimelineEntry::line(tx.now(), Step::decided(Cause::LogIn, &chosen.choice));
        let rung = lifecycle::rung(tx, &seat);
        tx.note(session_id, &format!("{decided}\n{rung}"))?;
        Ok(LoginOutcome::Seated(Box::new(Seated { seat, choice: chosen.choice, replaced })))
    }

    /// Begins a session that may be rung at every phone with the right password.
    fn open(&self, tx: &mut dyn FleetTx, typed: &str, chosen: &Chosen) -> Result<i64, TxError> {
        let may_ring = |candidate: &&Candidate| candidate.phone.as_ref().is_some_and(|phone| phone.password_is_right);
        let logins = chosen.choice.candidates.iter().filter(may_ring).map(|candidate| candidate.login.as_str());
        tx.open_session(&NewSession {
            user: &self.user.user,
            typed,
            key_digest: self.means.key_digest,
            logins: &logins.collect::<Vec<_>>().join(","),
            campaign_id: self.campaign.map_or("", |campaign| campaign.campaign_id.as_str()),
        })
    }

    /// Keeps why nobody could take the agent, as a session that ended at once.
    fn keep_refusal(&self, tx: &mut dyn FleetTx, login: &str, choice: &Choice) -> Result<(), TxError> {
        let typed = settle(logins(tx, login).map(|meant| meant.typed), |_| login.to_owned())?;
        let reason = EndReason::NoPhone;
        let decided = TimelineEntry::line(tx.now(), Step::decided(Cause::LogIn, choice));
        let ended = TimelineEntry::line(tx.now(), Step::Ended { reason });
        let campaign_id = self.campaign.map_or("", |campaign| campaign.campaign_id.as_str());
        let never = NewSession { user: &self.user.user, typed: &typed, key_digest: "", logins: "", campaign_id };
        tx.keep_ended(&never, reason.word(), &format!("{decided}\n{ended}"))
    }
}

/// The campaign, if one was named and the agent may work in it.
fn campaign(tx: &mut dyn FleetTx, user: &User, named: &str) -> Result<Option<Campaign>, OperationError<Refusal>> {
    if named.is_empty() {
        return Ok(None);
    }
    let campaign = tx.campaign(named)?.ok_or(Refusal::CampaignUnknown)?;
    if !campaign.active {
        return Err(Refusal::CampaignInactive.into());
    }
    let group = tx.user_group(&user.user_group)?;
    let is_allowed = group.is_some_and(|group| group.works_in(&campaign.campaign_id));
    if is_allowed { Ok(Some(campaign)) } else { Err(Refusal::CampaignNotAllowed.into()) }
}

/// What was meant by what was typed.
struct Meant {
    /// An alias in its own spelling, or the logins as they were typed.
    typed: String,
    logins: Vec<String>,
}

/// The logins that were meant: those of an alias, or those that were typed.
fn logins(tx: &mut dyn FleetTx, typed: &str) -> Result<Meant, OperationError<Refusal>> {
    let typed = typed.trim();
    let (typed, list) = match tx.alias(typed)? {
        Some(alias) if !alias.active => return Err(Refusal::AliasInactive.into()),
        Some(alias) => (alias.alias_id, alias.logins_list),
        None => (typed.to_owned(), typed.to_owned()),
    };
    let logins: Vec<&str> = list.split(',').map(str::trim).filter(|login| !login.is_empty()).take(LOGINS + 1).collect();
    if logins.len() > LOGINS {
        return Err(Refusal::TooManyLogins.into());
    }
    let logins = logins.into_iter().map(str::to_owned).collect();
    Ok(Meant { typed, logins })
}
