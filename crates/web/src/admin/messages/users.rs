//! Texts about users and their admin sessions.

use fleet::admin_session::EndRefusal;
use fleet::field::{Field, FilteredPass};
use fleet::save::KeyFault;

pub(in crate::admin) const REFUSED: &str = "Nothing was saved. Correct these fields:";
pub(in crate::admin) const OUTDATED: &str = "Someone else has changed this account since you opened the page, so nothing was saved. \
    The form has your values; each changed field also shows the saved one. Save again to overwrite it.";
pub(in crate::admin) const PASSWORD_SET: &str = "Password set. The user has been signed out everywhere else.";
pub(in crate::admin) const NOT_THE_SAME: &str = "The passwords do not match.";
pub(in crate::admin) const NOT_YOUR_PASSWORD: &str =
    "Wrong password. This counts as a failed login of your own account.";
pub(in crate::admin) const NO_ADDRESS: &str = "Enter an IP address, e.g. 192.0.2.7.";
pub(in crate::admin) const VISIT_ENDED: &str = "Session ended.";
pub(in crate::admin) const ONLY_ADMINISTRATORS: &str = "Only administrators can see active sessions.";

/// The password is empty or too long.
pub(in crate::admin) fn password_length() -> String {
    format!("A password must have 1 to {} characters.", FilteredPass::AT_MOST)
}

/// Why the value of a field is refused.
pub(in crate::admin) fn fault(fault: &KeyFault) -> &'static str {
    match fault {
        KeyFault::LevelTooHigh => "You may not grant this level.",
        KeyFault::RightLacking => "You may not grant a permission that you do not have.",
        KeyFault::LocksOwnAccountOut => super::LOCKS_ONESELF_OUT,
        // The level is the only field with values to validate.
        _ => super::NO_SUCH_LEVEL,
    }
}

/// State of a permission.
pub(in crate::admin) fn switch(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// Why an admin session was not ended.
pub(in crate::admin) fn not_ended(refusal: EndRefusal) -> &'static str {
    match refusal {
        EndRefusal::NoSuchSession => "This session has already ended.",
        EndRefusal::MayNot => super::MAY_ONLY_LOOK,
        EndRefusal::AboveOwnLevel => "You cannot end a session of an account above your own level.",
    }
}
