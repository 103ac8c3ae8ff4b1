//! An agent logs in: what the form at `/agc/vicidial.php` and `POST /api/v1/sessions` have in common.

use std::net::IpAddr;

use fleet::login::PasswordCheck;
use fleet::password::{Password, StoredPassword};
use fleet::sessions::{LogIn, Refusal};
use fleet::text::Alphabet;
use floor::LoggedIn;

use crate::App;
use crate::doorkeeper::Credentials;
use crate::trouble::Trouble;

/// How often a login is tried again when the settings or the password changed under it.
const ATTEMPTS: usize = 4;

/// What somebody typed to log in.
#[derive(Clone, Default)]
pub(crate) struct Typed {
    pub(crate) user: String,
    pub(crate) pass: Password,
    pub(crate) phone_login: String,
    pub(crate) phone_pass: String,
    pub(crate) campaign: String,
}

/// What is still to be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    PhonePass,
    User,
    Pass,
}

impl Typed {
    /// What is still to be typed. Without a phone login, the account's own phone is meant.
    pub(crate) fn missing(&self) -> Option<Missing> {
        let fields = [
            (!self.phone_login.is_empty() && self.phone_pass.is_empty(), Missing::PhonePass),
            (self.user.is_empty(), Missing::User),
            (self.pass.bytes().is_empty(), Missing::Pass),
        ];
        fields.into_iter().find_map(|(is_missing, field)| is_missing.then_some(field))
    }
}

/// How a login ended.
pub(crate) enum Outcome {
    /// It was carried out; never [`LoggedIn::CheckAgain`].
    Ended(LoggedIn),
    /// Too many logins from this address failed: not for so many seconds.
    Barred(u64),
    /// It could not be carried out, and nothing of it is kept.
    Failed,
}

/// Logs an agent in. Does not wait for the phone.
pub(crate) async fn log_in(app: &App, typed: &Typed, from: IpAddr) -> Outcome {
    if let Some(seconds) = app.must_wait(from) {
        tracing::info!(%from, "login refused: too many failures from this address");
        app.metrics.count_login("barred");
        return Outcome::Barred(seconds);
    }
    let outcome = match execute(app, typed, from).await {
        Ok(ending) => Outcome::Ended(ending),
        Err(trouble) => {
            tracing::error!(error = %trouble, %from, "an agent could not log in");
            Outcome::Failed
        }
    };
    if let Outcome::Ended(LoggedIn::Refused(refusal)) = &outcome {
        tracing::info!(?refusal, %from, "login refused");
        if *refusal == Refusal::LoginIncorrect {
            app.login_failed(from);
        }
    }
    app.metrics.count_login(counted_as(&outcome));
    outcome
}

async fn execute(app: &App, typed: &Typed, from: IpAddr) -> Result<LoggedIn, Trouble> {
    let credentials = Credentials { user: typed.user.clone(), sent: typed.pass.clone(), filtered: typed.pass.clone() };
    for _ in 0..ATTEMPTS {
        let wanted = LogIn {
            phone_login: typed.phone_login.clone(),
            phone_pass: typed.phone_pass.clone(),
            user: typed.user.clone(),
            campaign: typed.campaign.clone(),
            from,
            alphabet: if app.store.settings().use_non_latin { Alphabet::Unicode } else { Alphabet::Latin },
        };
        let password_check = app.doorkeeper.prove(&credentials).await?;
        let ending = app.floor.log_in(wanted, password_check.clone()).await?;
        match &ending {
            LoggedIn::CheckAgain => {
                app.doorkeeper.forget(&credentials, &password_check);
                continue;
            }
            LoggedIn::Seated(_) if matches!(password_check, PasswordCheck::Right(StoredPassword::Plain(_))) => {
                app.doorkeeper.upgrade(&credentials, &password_check);
            }
            LoggedIn::Seated(_) | LoggedIn::NoPhone(_) | LoggedIn::Refused(_) => {}
        }
        return Ok(ending);
    }
    Err(Trouble::Restless)
}

/// The word of a login's end in the metrics.
fn counted_as(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Ended(LoggedIn::Seated(_)) => "seated",
        Outcome::Ended(LoggedIn::NoPhone(_)) => "no_phone",
        Outcome::Ended(LoggedIn::Refused(Refusal::LoginIncorrect)) => "login_incorrect",
        Outcome::Ended(LoggedIn::Refused(Refusal::Locked)) => "locked",
        Outcome::Ended(LoggedIn::Refused(_)) => "refused",
        Outcome::Barred(_) => "barred",
        Outcome::Ended(LoggedIn::CheckAgain) | Outcome::Failed => "failed",
    }
}
