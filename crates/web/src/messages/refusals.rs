//! Texts about refused logins, and about phones that cannot be rung.

use axum::http::StatusCode;
use fleet::dialer_status::Health;
use fleet::placement::LeftOut;
use fleet::sessions::{Choice, Refusal};

use crate::http::form::FormError;

/// A page of another site sent the request.
pub(crate) const CROSS_SITE: &str = "This request came from a page of another site. Nothing was changed.";

/// The user has logged out.
pub(crate) const LOGGED_OUT: &str = "You are logged out.";

/// Status, problem type and text for a form that could not be read.
pub(crate) const fn form_refused(error: FormError) -> (StatusCode, &'static str, &'static str) {
    match error {
        FormError::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", "The form is too long."),
        FormError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The form did not arrive in time."),
        FormError::Broken => (StatusCode::BAD_REQUEST, "body_incomplete", "The form could not be read."),
    }
}

/// No phone can be rung. The reasons of the phones say why.
pub(crate) const NO_PHONE: &str = "None of your phones is available.";

/// Too many logins from this address have failed.
pub(crate) fn barred(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("Too many failed logins from your address. Try again in {minutes} {unit}.")
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
        Refusal::NoAssignedPhone => (StatusCode::FORBIDDEN, "no_own_phone"),
        Refusal::TooManyLogins => (StatusCode::FORBIDDEN, "too_many_logins"),
        Refusal::AliasInactive => (StatusCode::FORBIDDEN, "alias_inactive"),
    }
}

/// Why a login is refused, and what the agent can do about it.
pub(crate) fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::LoginIncorrect => "Wrong user or password.",
        Refusal::Locked => "Too many wrong passwords. Try again in 15 minutes.",
        Refusal::ApiOnly => "This account is for API use only.",
        Refusal::CampaignUnknown => "This campaign does not exist.",
        Refusal::CampaignInactive => "This campaign is not active.",
        Refusal::CampaignNotAllowed => "Your user group may not log in to this campaign.",
        Refusal::NoAssignedPhone => "Your account has no assigned phone. Enter a phone login and its password.",
        Refusal::TooManyLogins => "Too many phone logins: at most 100 are allowed.",
        Refusal::AliasInactive => "This alias is not active. Ask your administrator.",
    }
}

/// Why no phone of the list can be rung: one line per phone.
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
        LeftOut::PasswordWrong => "wrong phone password".to_owned(),
        LeftOut::PhoneTaken(agent) => format!("agent {agent} is using this phone"),
        LeftOut::NoSuchDialer => "its dialer does not exist".to_owned(),
        LeftOut::DialerInactive => "its dialer is not active".to_owned(),
        LeftOut::TakesNoAgents => "its dialer takes no agents".to_owned(),
        LeftOut::Draining => "its dialer is draining".to_owned(),
        LeftOut::Unhealthy(Health::Down) => "its dialer is down".to_owned(),
        LeftOut::Unhealthy(Health::NoAccount) => "Hotdesk has no account on its dialer".to_owned(),
        LeftOut::Unhealthy(_) => "its dialer is not responding".to_owned(),
        LeftOut::NoHeartbeat(Some(age)) => format!("its dialer has sent no heartbeat for {age} seconds"),
        LeftOut::NoHeartbeat(None) => "its dialer has never sent a heartbeat".to_owned(),
        LeftOut::TwinWithoutHeartbeat(_) => "its dialer’s twin has sent no heartbeat".to_owned(),
        LeftOut::Full => "its dialer has no free conference".to_owned(),
        LeftOut::NotRegistered => "the phone is not registered".to_owned(),
    }
}
