//! Agent logins: from the login form to a seat on a dialer.
//!
//! A login is one transaction, so its seat is reserved against every other login. Ringing the phone comes afterwards;
//! [`lifecycle`] handles the result.

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

use crate::field::{CampaignId, Field, PhoneLogins};
use crate::login::{AuthOutcome, PasswordCheck};
use crate::placement::{Candidate, Decision};
use crate::records::{OwnPhone, User};
use crate::text::Alphabet;
use crate::{FleetTx, OperationError, TxError, login, settle};

use choose::{ChoiceRequest, Chosen, choose};
pub use key::{SessionKey, digest_of, form_token, is_form_token, opens};
pub use live_status::{LiveStatus, LoginPolicy, NoLiveStatus};
pub use seat::{Seat, channel, line};

pub use records::{
    Call, Campaign, ConferenceOptions, DialerRow, Engine, LiveAgent, ManagerRow, NewSession, Place, Session, State,
};
use timeline::{Cause, EndReason, Step, TimelineEntry};

/// The values of the login form.
#[derive(Clone, PartialEq, Eq)]
pub struct LogIn {
    /// An alias, a phone's login, or several logins separated by commas; empty for the account's own phone.
    pub phone_login: String,
    /// The phones' password.
    pub phone_pass: String,
    /// The agent. Letter case matters.
    pub user: String,
    /// The campaign; empty for none.
    pub campaign: String,
    /// The client's address.
    pub from: IpAddr,
    /// The alphabet in which names were read.
    pub alphabet: Alphabet,
}

/// Omits the password.
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

/// Context of a login from outside the database.
#[derive(Clone, Copy)]
pub struct LoginContext<'a> {
    /// The current state of the dialers.
    pub live_status: &'a dyn LiveStatus,
    /// The call id on the dialer; empty if a VICIdial cluster's own daemons place the call.
    pub call: &'a str,
    /// Digest of the session key for the agent.
    pub key_digest: &'a str,
}

/// Result of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// The agent has a seat.
    Seated(Box<Seated>),
    /// No phone of the list can take the agent. Only the placement was logged.
    NoPhone(Choice),
    /// The agent may not log in; only counters were written.
    Refused(Refusal),
    /// The stored password or the alphabet has changed since the check: check again.
    CheckAgain,
}

/// A login that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// The seat.
    pub seat: Seat,
    /// The placement.
    pub choice: Choice,
    /// The agent's previous session, which this login ended.
    pub replaced: Option<Session>,
}

/// The candidates of a login, and the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The candidates, in the order of the list.
    pub candidates: Vec<Candidate>,
    /// The decision.
    pub decision: Decision,
}

/// The reason why an agent may not log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The user is unknown, the password is wrong, or the account is inactive.
    LoginIncorrect,
    /// The account is locked after too many recent failures.
    Locked,
    /// The account is only for programs.
    ApiOnly,
    /// There is no such campaign.
    CampaignUnknown,
    /// The campaign is not active.
    CampaignInactive,
    /// The agent's group may not work in this campaign.
    CampaignNotAllowed,
    /// The alias is inactive.
    AliasInactive,
    /// No phone was entered, and none is assigned to the account.
    NoAssignedPhone,
    /// The list has more than [`LOGINS`] logins.
    TooManyLogins,
}

/// The lowest level that may log in as an agent: VICIdial's agent page requires a level above 0.
pub const AGENT_LEVEL: i64 = 1;

/// Maximum number of logins in a list.
pub const LOGINS: usize = 100;

/// Logs an agent in.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn seat(
    tx: &mut dyn FleetTx,
    wanted: &LogIn,
    password_check: &PasswordCheck,
    context: &LoginContext<'_>,
) -> Result<LoginOutcome, TxError> {
    settle(try_seat(tx, wanted, password_check, context), LoginOutcome::Refused)
}

fn try_seat(
    tx: &mut dyn FleetTx,
    wanted: &LogIn,
    password_check: &PasswordCheck,
    context: &LoginContext<'_>,
) -> Result<LoginOutcome, OperationError<Refusal>> {
    if tx.settings()?.alphabet() != wanted.alphabet {
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
    let agent = Agent { user: &user, campaign: campaign.as_ref(), context };
    let mut outcome = LoginOutcome::Refused(Refusal::NoAssignedPhone);
    for phone in &phones {
        outcome = settle(agent.try_phone(tx, phone), LoginOutcome::Refused)?;
        if matches!(outcome, LoginOutcome::Seated(..)) {
            return Ok(outcome);
        }
    }
    if let (LoginOutcome::NoPhone(choice), Some(last)) = (&outcome, phones.last()) {
        agent.keep_refusal(tx, &last.login, choice)?;
    }
    Ok(outcome)
}

/// The placement that a login with an alias, a phone's login or a list of logins would get now, for any agent with the right
/// password. Writes nothing. Refuses an unknown campaign, an inactive alias and a list that is too long.
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
    let resolved = logins(tx, phone_login)?;
    let campaign = campaign.as_ref();
    let request = ChoiceRequest { pass: None, agent: "", current: None, full: &[], campaign, live_status };
    Ok(choose(tx, &resolved.logins, &request)?.choice)
}

impl From<Refusal> for OperationError<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// An authenticated agent who may log in.
struct Agent<'a> {
    user: &'a User,
    campaign: Option<&'a Campaign>,
    context: &'a LoginContext<'a>,
}

impl Agent<'_> {
    /// Tries to seat the agent at one of these phones.
    fn try_phone(&self, tx: &mut dyn FleetTx, own: &OwnPhone) -> Result<LoginOutcome, OperationError<Refusal>> {
        let resolved = logins(tx, &own.login)?;
        let replaced = tx.session_of(&self.user.user)?;
        let request = ChoiceRequest {
            pass: Some(&own.pass),
            agent: &self.user.user,
            current: replaced.as_ref().map(|session| &session.place),
            full: &[],
            campaign: self.campaign,
            live_status: self.context.live_status,
        };
        let previous_call = replaced.as_ref().map_or("", |session| session.place.call.as_str());
        let (chosen, conference) = seat::choose_seat(tx, &resolved.logins, &request, |_, _| true, previous_call)?;
        let (Some(best), Some(conference)) = (chosen.best(|_, _| true), conference) else {
            return Ok(LoginOutcome::NoPhone(chosen.choice));
        };
        if let Some(left_over) = &replaced {
            lifecycle::end_open(tx, left_over, EndReason::Replaced)?;
        }
        let session_id = self.open(tx, &resolved.typed, &chosen)?;
        let agent = (session_id, self.user.user.as_str());
        let seat = seat::take(tx, agent, self.campaign, best, conference, self.context.call)?;
        let decided = TimelineEntry::line(tx.now(), Step::decided(Cause::LogIn, &chosen.choice));
        let rung = lifecycle::rung(tx, &seat);
        tx.note(session_id, &format!("{decided}\n{rung}"))?;
        Ok(LoginOutcome::Seated(Box::new(Seated { seat, choice: chosen.choice, replaced })))
    }

    /// Opens a session that may use every phone with the right password.
    fn open(&self, tx: &mut dyn FleetTx, typed: &str, chosen: &Chosen) -> Result<i64, TxError> {
        let may_ring = |candidate: &&Candidate| candidate.phone.as_ref().is_some_and(|phone| phone.password_is_right);
        let logins = chosen.choice.candidates.iter().filter(may_ring).map(|candidate| candidate.login.as_str());
        tx.open_session(&NewSession {
            user: &self.user.user,
            typed,
            key_digest: self.context.key_digest,
            logins: &logins.collect::<Vec<_>>().join(","),
            campaign_id: self.campaign.map_or("", |campaign| campaign.campaign_id.as_str()),
        })
    }

    /// Stores the reasons why no phone could take the agent, as a session that ended at once.
    fn keep_refusal(&self, tx: &mut dyn FleetTx, login: &str, choice: &Choice) -> Result<(), TxError> {
        let typed = settle(logins(tx, login).map(|resolved| resolved.typed), |_| login.to_owned())?;
        let reason = EndReason::NoPhone;
        let decided = TimelineEntry::line(tx.now(), Step::decided(Cause::LogIn, choice));
        let ended = TimelineEntry::line(tx.now(), Step::Ended { reason });
        let campaign_id = self.campaign.map_or("", |campaign| campaign.campaign_id.as_str());
        let refused = NewSession { user: &self.user.user, typed: &typed, key_digest: "", logins: "", campaign_id };
        tx.store_ended_session(&refused, reason.word(), &format!("{decided}\n{ended}"))
    }
}

/// The campaign, if one was named and the agent may work in it.
fn campaign(tx: &mut dyn FleetTx, user: &User, named: &str) -> Result<Option<Campaign>, OperationError<Refusal>> {
    if named.is_empty() {
        return Ok(None);
    }
    let mut found = tx.campaign(named)?;
    if found.is_none() {
        let kept = stripped::<CampaignId>(tx, named)?;
        found = tx.campaign(&kept)?;
    }
    let campaign = found.ok_or(Refusal::CampaignUnknown)?;
    if !campaign.active {
        return Err(Refusal::CampaignInactive.into());
    }
    let group = tx.user_group(&user.user_group)?;
    let is_allowed = group.is_some_and(|group| group.works_in(&campaign.campaign_id));
    if is_allowed { Ok(Some(campaign)) } else { Err(Refusal::CampaignNotAllowed.into()) }
}

/// An entered name without the characters that no name of its kind can have, such as blanks or a pasted zero-width space.
fn stripped<F: Field>(tx: &mut dyn FleetTx, entered: &str) -> Result<String, TxError> {
    let alphabet = tx.settings()?.alphabet();
    Ok(F::read(entered.as_bytes(), alphabet).as_str().to_owned())
}

/// The resolved phone login.
struct ResolvedLogin {
    /// The alias in its stored spelling, or the logins as they were entered.
    typed: String,
    logins: Vec<String>,
}

/// Resolves the phone login: the logins of an alias, or the entered ones.
fn logins(tx: &mut dyn FleetTx, typed: &str) -> Result<ResolvedLogin, OperationError<Refusal>> {
    let mut typed = typed.trim().to_owned();
    let kept = stripped::<PhoneLogins>(tx, &typed)?;
    // Another program may have stored a name with other characters.
    if !kept.is_empty() && kept != typed && !tx.alias_exists(&typed)? && !tx.login_exists(&typed)? {
        typed = kept;
    }
    let (typed, list) = match tx.alias(&typed)? {
        Some(alias) if !alias.active => return Err(Refusal::AliasInactive.into()),
        Some(alias) => (alias.alias_id, alias.logins_list),
        None => (typed.clone(), typed),
    };
    let logins: Vec<&str> = list.split(',').map(str::trim).filter(|login| !login.is_empty()).take(LOGINS + 1).collect();
    if logins.len() > LOGINS {
        return Err(Refusal::TooManyLogins.into());
    }
    let logins = logins.into_iter().map(str::to_owned).collect();
    Ok(ResolvedLogin { typed, logins })
}
