//! What the rules ask of a database about phones.

use crate::TxError;
use crate::lists::{PhonePage, PhoneSummary};
use crate::phones::Choices;
use crate::records::{Phone, PhoneKey};

/// Phones.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait PhonesTx {
    /// The phone of this name.
    fn phone(&mut self, key: &PhoneKey) -> Result<Option<Phone>, TxError>;

    /// Whether there is such a phone.
    fn phone_exists(&mut self, key: &PhoneKey) -> Result<bool, TxError>;

    /// Whether a phone has this login.
    fn login_exists(&mut self, login: &str) -> Result<bool, TxError>;

    /// The phones that have this login: one, unless other programs wrote here.
    fn phones_with_login(&mut self, login: &str) -> Result<Vec<PhoneKey>, TxError>;

    /// The phone that has this login.
    fn phone_of_login(&mut self, login: &str) -> Result<Option<Phone>, TxError>;

    /// The logins of the phones with this extension and protocol on all dialers, in the order of `server_ip`.
    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError>;

    /// How many phones are on a dialer.
    fn count_phones(&mut self, server_ip: &str) -> Result<u32, TxError>;

    /// Phones in order, found by an index however many there are.
    fn list_phones(&mut self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError>;

    /// What a phone can be given.
    fn phone_choices(&mut self) -> Result<Choices, TxError>;

    /// Whether there is such a configuration template.
    fn template_exists(&mut self, template_id: &str) -> Result<bool, TxError>;

    /// Adds a phone.
    fn add_phone(&mut self, phone: &Phone) -> Result<(), TxError>;

    /// Replaces everything but the key of the phone.
    fn update_phone(&mut self, phone: &Phone) -> Result<(), TxError>;

    /// Deletes a phone.
    fn delete_phone(&mut self, key: &PhoneKey) -> Result<(), TxError>;
}
