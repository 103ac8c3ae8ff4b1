//! Phones: saving and deleting one ([`save`], [`delete`]), and adding many at once ([`bulk`]). The rules of each field are those of
//! the Non-Agent API ([`rules`]), but where that drops a character silently, saving refuses it.

pub mod bulk;
pub mod delete;
pub mod rules;
pub mod save;

use crate::records::{Phone, PhoneKey, User};
use crate::{FleetTx, TxError};

pub use bulk::{Bulk, BulkPlan};
pub use delete::DeletePhone;
pub use rules::{InvalidPhoneField, PhoneFault};
pub use save::{SavePhone, version};

/// A dialer, as far as it is chosen for a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialerChoice {
    /// Its address.
    pub server_ip: String,
    /// Its name.
    pub server_id: String,
    /// Its time zone.
    pub local_gmt: String,
}

/// What a phone can be given of what there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// Dialers, by name.
    pub dialers: Vec<DialerChoice>,
    /// Configuration templates: the id and the name.
    pub templates: Vec<(String, String)>,
    /// Groups of users.
    pub groups: Vec<String>,
}

/// The phone, if there is one that this user may see (as `update_phone` has it).
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn visible(tx: &mut dyn FleetTx, by: &User, key: &PhoneKey) -> Result<Option<Phone>, TxError> {
    let Some(phone) = tx.phone(key)? else { return Ok(None) };
    let group = tx.user_group(&by.user_group)?;
    Ok(group.is_none_or(|group| group.sees(&phone.user_group)).then_some(phone))
}
