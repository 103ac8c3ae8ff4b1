//! Login of an agent, for the form at `/agc/vicidial.php` and `POST /api/v1/sessions`.

use std::net::IpAddr;

use fleet::login::PasswordCheck;
use fleet::password::{Password, StoredPassword};
use fleet::sessions::{LogIn, Refusal};
use floor::LoggedIn;

use crate::App;
use crate::auth::password_verifier::Credentials;
use crate::error::Error;

/// Maximum number of attempts when the settings or the password change during a login.
const ATTEMPTS: usize = 4;

/// Fields of a login.
#[derive(Clone, Default)]
pub(crate) struct LoginForm {
    pub(crate) user: String,
    pub(crate) pass: Password,
    pub(crate) phone_login: String,
    pub(crate) phone_pass: String,
    pub(crate) campaign: String,
}

/// A required field that is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    PhonePass,
    User,
    Pass,
}

impl LoginForm {
    /// The first required field that is empty. Without a phone login, the account's own phone is meant.
    pub(crate) fn missing(&self) -> Option<Missing> {
        let fields = [
            (!self.phone_login.is_empty() && self.phone_pass.is_empty(), Missing::PhonePass),
            (self.user.is_empty(), Missing::User),
            (self.pass.bytes().is_empty(), Missing::Pass),
        ];
        fields.into_iter().find_map(|(is_missing, field)| is_missing.then_some(field))
    }
}

/// Outcome of a login.
pub(crate) enum LoginOutcome {
    /// The login was executed; never [`LoggedIn::CheckAgain`].
    Ended(LoggedIn),
    /// Too many logins from this address failed; it is blocked for this many seconds.
    Barred(u64),
    /// A fault: nothing was changed.
    Failed,
}

/// Logs an agent in, without waiting for the phone.
pub(crate) async fn log_in(app: &App, typed: &LoginForm, from: IpAddr) -> LoginOutcome {
    if let Some(seconds) = app.retry_after_seconds(from) {
        tracing::info!(%from, "login refused: too many failures from this address");
        app.metrics.count_login("address_blocked");
        return LoginOutcome::Barred(seconds);
    }
    let outcome = match execute(app, typed, from).await {
        Ok(ending) => LoginOutcome::Ended(ending),
        Err(error) => {
            tracing::error!(%error, %from, "an agent's login failed");
            LoginOutcome::Failed
        }
    };
    if let LoginOutcome::Ended(LoggedIn::Refused(refusal)) = &outcome {
        tracing::info!(?refusal, %from, "login refused");
        if *refusal == Refusal::LoginIncorrect {
            app.record_login_failure(from);
        }
    }
    app.metrics.count_login(counted_as(&outcome));
    outcome
}

async fn execute(app: &App, typed: &LoginForm, from: IpAddr) -> Result<LoggedIn, Error> {
    for _ in 0..ATTEMPTS {
        let alphabet = app.alphabet();
        let credentials = Credentials::new(typed.user.clone(), typed.pass.clone(), alphabet);
        let wanted = LogIn {
            phone_login: typed.phone_login.clone(),
            phone_pass: typed.phone_pass.clone(),
            user: typed.user.clone(),
            campaign: typed.campaign.clone(),
            from,
            alphabet,
        };
        let password_check = app.password_verifier.verify(&credentials).await?;
        let ending = app.floor.log_in(wanted, password_check.clone()).await?;
        match &ending {
            LoggedIn::CheckAgain => {
                app.password_verifier.forget(&credentials, &password_check);
                continue;
            }
            LoggedIn::Seated(_) if matches!(password_check, PasswordCheck::Right(StoredPassword::Plain(_))) => {
                app.password_verifier.upgrade(&credentials, &password_check);
            }
            LoggedIn::Seated(_) | LoggedIn::NoPhone(_) | LoggedIn::Refused(_) => {}
        }
        return Ok(ending);
    }
    Err(Error::Unsettled)
}

/// Label of a login's outcome in the metrics.
fn counted_as(outcome: &LoginOutcome) -> &'static str {
    match outcome {
        LoginOutcome::Ended(LoggedIn::Seated(_)) => "seated",
        LoginOutcome::Ended(LoggedIn::NoPhone(_)) => "no_phone",
        LoginOutcome::Ended(LoggedIn::Refused(Refusal::LoginIncorrect)) => "login_incorrect",
        LoginOutcome::Ended(LoggedIn::Refused(Refusal::Locked)) => "locked",
        LoginOutcome::Ended(LoggedIn::Refused(_)) => "refused",
        LoginOutcome::Barred(_) => "address_blocked",
        LoginOutcome::Ended(LoggedIn::CheckAgain) | LoginOutcome::Failed => "failed",
    }
}
