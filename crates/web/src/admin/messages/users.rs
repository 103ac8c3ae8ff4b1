//! What people read about users and their visits.

use fleet::admin_session::EndRefusal;
use fleet::field::{Field, FilteredPass};
use fleet::save::KeyFault;

pub(in crate::admin) const REFUSED: &str = "Nothing was saved. Please look at this:";
pub(in crate::admin) const OUTDATED: &str = "Somebody else has changed this account since you opened the page, so nothing \
    was saved. Below is what you chose, and at each field what is there now. Save once more to replace it knowingly.";
pub(in crate::admin) const PASSWORD_SET: &str =
    "The password is set. Whoever was in the panel with the old one is out.";
pub(in crate::admin) const NOT_THE_SAME: &str = "The two are not the same.";
pub(in crate::admin) const NOT_YOUR_PASSWORD: &str =
    "This is not your password. It counts as a wrong login of your own account.";
pub(in crate::admin) const NO_ADDRESS: &str = "This is no address, such as 192.0.2.7.";
pub(in crate::admin) const VISIT_ENDED: &str = "The visit is over.";
pub(in crate::admin) const ONLY_ADMINISTRATORS: &str = "Only administrators see who is in the panel.";

/// How long a password may be.
pub(in crate::admin) fn password_length() -> String {
    format!("A password has 1 to {} characters.", FilteredPass::AT_MOST)
}

/// What is wrong with a field of an account.
pub(in crate::admin) fn fault(fault: &KeyFault) -> &'static str {
    match fault {
        KeyFault::LevelTooHigh => "You may not give this level.",
        KeyFault::RightLacking => "You lack this right yourself, so you may not give it.",
        KeyFault::LocksOneselfOut => super::LOCKS_ONESELF_OUT,
        // The level is the one field in which something can be typed.
        _ => super::NO_SUCH_LEVEL,
    }
}

/// A switch of an account.
pub(in crate::admin) fn switch(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// Why a visit was not ended.
pub(in crate::admin) fn not_ended(refusal: EndRefusal) -> &'static str {
    match refusal {
        EndRefusal::NoSuchSession => "This visit is over already.",
        EndRefusal::MayNot => super::MAY_ONLY_LOOK,
        EndRefusal::AboveOwnLevel => "Nobody ends the visit of an account above their own level.",
    }
}
