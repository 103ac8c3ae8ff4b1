//! Phones: saving ([`save`]), deleting ([`delete`]) and bulk creation ([`bulk`]). Fields follow the rules of the Non-Agent API
//! ([`rules`]), except that invalid characters are refused instead of silently dropped.

pub mod bulk;
pub mod delete;
pub mod rules;
pub mod save;

use crate::authorization::Visibility;
use crate::records::{Phone, PhoneKey, User};
use crate::{FleetTx, TxError};

pub use bulk::{Bulk, BulkPlan};
pub use delete::DeletePhone;
pub use rules::{InvalidPhoneField, PhoneFault};
pub use save::{SavePhone, version};

/// A dialer that can be chosen for a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialerChoice {
    /// Its address.
    pub server_ip: String,
    /// Its name.
    pub server_id: String,
    /// Its time zone.
    pub local_gmt: String,
}

/// Existing rows that a phone can refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// Dialers, by name.
    pub dialers: Vec<DialerChoice>,
    /// Configuration templates: the id and the name.
    pub templates: Vec<(String, String)>,
    /// User groups.
    pub groups: Vec<String>,
}

/// The phone, if it exists and this user may see it (as for `update_phone`).
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn visible(tx: &mut dyn FleetTx, by: &User, key: &PhoneKey) -> Result<Option<Phone>, TxError> {
    let Some(phone) = tx.phone(key)? else { return Ok(None) };
    Ok(Visibility::of(tx, by)?.see_group(&phone.user_group).then_some(phone))
}
