//! What people read about tokens.

use fleet::authorization::Scope;
use fleet::tokens::{AT_MOST, DAYS_AT_MOST, NAME_AT_MOST};

pub(in crate::admin) const REFUSED: &str = "No token was made. Please look at this:";
pub(in crate::admin) const REVOKED: &str = "The token is revoked.";
pub(in crate::admin) const NO_SUCH_TOKEN: &str = "There is no such token any more.";
pub(in crate::admin) const NO_SCOPE: &str = "Choose at least one.";

pub(in crate::admin) fn name() -> String {
    format!("A name is one line of 1 to {NAME_AT_MOST} characters.")
}

pub(in crate::admin) fn days() -> String {
    format!("A whole number from 1 to {DAYS_AT_MOST}.")
}

pub(in crate::admin) fn too_many() -> String {
    format!("Your account has {AT_MOST} tokens, as many as it can have. Revoke one first.")
}

/// What a scope allows.
pub(in crate::admin) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Look at everything that you may look at",
        Scope::Phones => "Change phones, aliases and templates",
        Scope::Users => "Change users and their groups",
        Scope::Dialers => "Change dialers, drain and empty them",
        Scope::Sessions => "Move agents and end their sessions",
        Scope::Conf => "Dialers' configuration files, which contain passwords",
        Scope::Webhooks => "Webhooks",
    }
}
