//! Why a login is refused, and why a phone cannot be rung.

use axum::http::StatusCode;
use fleet::dialer_status::Health;
use fleet::placement::LeftOut;
use fleet::sessions::{Choice, Refusal};

use crate::http::form::FormError;

/// Another site's page sent the request.
pub(crate) const CROSS_SITE: &str = "A page of another site may not ask for this. Nothing was changed.";

/// The user has logged out.
pub(crate) const LOGGED_OUT: &str = "You are logged out.";

/// A form could not be read: the status, the problem type, and the text.
pub(crate) const fn form_refused(error: FormError) -> (StatusCode, &'static str, &'static str) {
    match error {
        FormError::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", "The form is too long."),
        FormError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The form did not arrive in time."),
        FormError::Broken => (StatusCode::BAD_REQUEST, "body_incomplete", "The form could not be read."),
    }
}

/// No phone can be rung; each phone's reason says why.
pub(crate) const NO_PHONE: &str = "No phone of this login can take you now.";

/// Too many logins from this address failed.
pub(crate) fn barred(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("Too many logins from your address were wrong. Try again in {minutes} {unit}.")
}

/// Status and problem type of a refusal.
pub(crate) fn kind(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::LoginIncorrect => (StatusCode::UNAUTHORIZED, "login_incorrect"),
        Refusal::Locked => (StatusCode::TOO_MANY_REQUESTS, "locked"),
        Refusal::ApiOnly => (StatusCode::FORBIDDEN, "api_only"),
        Refusal::CampaignUnknown => (StatusCode::FORBIDDEN, "campaign_unknown"),
        Refusal::CampaignInactive => (StatusCode::FORBIDDEN, "campaign_inactive"),
        Refusal::CampaignNotAllowed => (StatusCode::FORBIDDEN, "campaign_not_allowed"),
        Refusal::NoPhoneOfOwn => (StatusCode::FORBIDDEN, "no_own_phone"),
        Refusal::TooManyLogins => (StatusCode::FORBIDDEN, "too_many_logins"),
        Refusal::AliasInactive => (StatusCode::FORBIDDEN, "alias_inactive"),
    }
}

/// Why a login is refused, and what to do about it.
pub(crate) fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::LoginIncorrect => "The user name or the password is wrong.",
        Refusal::Locked => "Too many attempts with a wrong password. Try again in 15 minutes.",
        Refusal::ApiOnly => "This account is for programs, not for agents.",
        Refusal::CampaignUnknown => "There is no such campaign.",
        Refusal::CampaignInactive => "This campaign is not active.",
        Refusal::CampaignNotAllowed => "Your user group does not work in this campaign.",
        Refusal::NoPhoneOfOwn => "Your account has no phone of its own: type a phone login and its password.",
        Refusal::TooManyLogins => "These are more phone logins than anybody has: 100 are the most.",
        Refusal::AliasInactive => "This alias is not active yet. Ask your administrator.",
    }
}

/// Why no phone of the list can be rung, one line per phone.
pub(crate) fn reasons(choice: &Choice) -> Vec<String> {
    let left_out = &choice.decision.left_out;
    let line = |(place, reason): &(usize, LeftOut)| {
        let login = choice.candidates.get(*place).map_or("", |candidate| candidate.login.as_str());
        format!("{login}: {}", left_out_because(reason))
    };
    if left_out.is_empty() { vec!["No phone has this login.".to_owned()] } else { left_out.iter().map(line).collect() }
}

/// Why a phone is left out.
#[must_use]
pub fn left_out_because(reason: &LeftOut) -> String {
    match reason {
        LeftOut::NoSuchPhone => "no phone has this login".to_owned(),
        LeftOut::PhoneInactive => "the phone is not active".to_owned(),
        LeftOut::PasswordWrong => "the phone's password is another".to_owned(),
        LeftOut::PhoneTaken(agent) => format!("agent {agent} is on this phone"),
        LeftOut::NoSuchDialer => "its dialer is not known".to_owned(),
        LeftOut::DialerInactive => "its dialer is not active".to_owned(),
        LeftOut::TakesNoAgents => "its dialer takes no agents".to_owned(),
        LeftOut::Draining => "its dialer is being emptied".to_owned(),
        LeftOut::Unwell(Health::Down) => "its dialer is down".to_owned(),
        LeftOut::Unwell(Health::NoAccount) => "Hotdesk has no account on its dialer".to_owned(),
        LeftOut::Unwell(_) => "its dialer does not answer".to_owned(),
        LeftOut::NoHeartbeat(Some(age)) => format!("its dialer has not been heard of for {age} seconds"),
        LeftOut::NoHeartbeat(None) => "its dialer has never been heard of".to_owned(),
        LeftOut::TwinWithoutHeartbeat(_) => "its dialer's twin has not been heard of".to_owned(),
        LeftOut::Full => "its dialer has no free room".to_owned(),
        LeftOut::NotRegistered => "the phone is not registered".to_owned(),
    }
}
