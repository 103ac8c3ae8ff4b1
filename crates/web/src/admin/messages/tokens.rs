//! Texts about API tokens.

use fleet::authorization::Scope;
use fleet::tokens::{AT_MOST, DAYS_AT_MOST, NAME_AT_MOST};

pub(in crate::admin) const REFUSED: &str = "No token was created. Correct these fields:";
pub(in crate::admin) const REVOKED: &str = "Token revoked.";
pub(in crate::admin) const NO_SUCH_TOKEN: &str = "This token no longer exists.";
pub(in crate::admin) const NO_SCOPE: &str = "Choose at least one scope.";

pub(in crate::admin) fn name() -> String {
    format!("Enter a name of 1 to {NAME_AT_MOST} characters, on one line.")
}

pub(in crate::admin) fn days() -> String {
    format!("Enter a whole number from 1 to {DAYS_AT_MOST}.")
}

pub(in crate::admin) fn too_many() -> String {
    format!("Your account already has {AT_MOST} tokens, the maximum. Revoke one first.")
}

/// What a scope allows.
pub(in crate::admin) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read everything you can see",
        Scope::Phones => "Change phones, aliases and templates",
        Scope::Users => "Change users and their groups",
        Scope::Dialers => "Change dialers, drain them and move their agents",
        Scope::Sessions => "Move agents and end their sessions",
        Scope::Conf => "Read dialers’ configuration files, which contain passwords",
        Scope::Webhooks => "Manage webhooks",
    }
}
