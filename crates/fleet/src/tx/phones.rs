//! Database operations on phones.

use crate::TxError;
use crate::lists::{PhonePage, PhoneSummary};
use crate::phones::Choices;
use crate::records::{Phone, PhoneKey};

/// Operations on phones.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait PhonesTx {
    /// The phone with this key.
    fn phone(&mut self, key: &PhoneKey) -> Result<Option<Phone>, TxError>;

    /// Whether the phone exists.
    fn phone_exists(&mut self, key: &PhoneKey) -> Result<bool, TxError>;

    /// Whether a phone has this login.
    fn login_exists(&mut self, login: &str) -> Result<bool, TxError>;

    /// The phones with this login: at most one, unless other programs wrote to the table.
    fn phones_with_login(&mut self, login: &str) -> Result<Vec<PhoneKey>, TxError>;

    /// The phone with this login.
    fn phone_of_login(&mut self, login: &str) -> Result<Option<Phone>, TxError>;

    /// The dialplan context in which a call to the phone continues when it is answered (`phones.ext_context`).
    fn call_context(&mut self, key: &PhoneKey) -> Result<String, TxError>;

    /// The logins of the phones with this extension and protocol on all dialers, ordered by `server_ip`.
    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError>;

    /// Number of phones on a dialer.
    fn count_phones(&mut self, server_ip: &str) -> Result<u32, TxError>;

    /// A page of phones, found through an index.
    fn list_phones(&mut self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError>;

    /// The existing rows that a phone can refer to.
    fn phone_choices(&mut self) -> Result<Choices, TxError>;

    /// Whether the configuration template exists.
    fn template_exists(&mut self, template_id: &str) -> Result<bool, TxError>;

    /// Adds a phone.
    fn add_phone(&mut self, phone: &Phone) -> Result<(), TxError>;

    /// Replaces all columns of the phone except its key.
    fn update_phone(&mut self, phone: &Phone) -> Result<(), TxError>;

    /// Deletes a phone.
    fn delete_phone(&mut self, key: &PhoneKey) -> Result<(), TxError>;
}
