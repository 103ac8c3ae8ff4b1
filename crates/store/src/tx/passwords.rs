//! Passwords on the tables that VICIdial shares, as VICIdial writes them.

use fleet::TxError;
use fleet::field::{Field, FilteredPass};
use fleet::records::SystemSettings;

use super::{SqlTx, missing};
use crate::database::{Database, params};

/// The password without the characters that VICIdial removes from every typed password: with them, VICIdial would never accept it.
///
/// # Errors
/// [`TxError::DoesNotFit`] if nothing is left.
pub(crate) fn filtered(typed: &[u8], settings: &SystemSettings) -> Result<String, TxError> {
    let filtered = FilteredPass::read(typed, settings.alphabet()).as_str().to_owned();
    if filtered.is_empty() {
        return Err(TxError::DoesNotFit("VICIdial accepts none of the characters of the password".to_owned()));
    }
    Ok(filtered)
}

/// A password that is no text.
pub(super) fn not_text() -> TxError {
    TxError::DoesNotFit("the password is not UTF-8 text".to_owned())
}

impl<D: Database> SqlTx<D> {
    /// Stores a user's new password so that VICIdial and Hotdesk verify it: its digest where VICIdial digests passwords, otherwise
    /// the password itself. An older digest of Hotdesk's is deleted.
    pub(super) fn keep_as_vicidial(&self, user: &str, plain: &str, pass_hash: Option<&str>) -> Result<(), TxError> {
        let pass = if pass_hash.is_some() { "" } else { plain };
        self.change_one(
            "UPDATE vicidial_users SET pass = ?2, pass_hash = ?3 WHERE lower(rtrim(user)) = ?1",
            params![user, pass, pass_hash.unwrap_or_default()],
            || missing("vicidial_users", "user", user),
        )?;
        self.change("DELETE FROM hotdesk_credentials WHERE user = ?1", [user]).map(drop)
    }

    /// Stores the password that a row sets, on tables that VICIdial shares.
    pub(super) fn keep_row_password(
        &self,
        user: &str,
        pass: Option<&str>,
        digest: Option<&str>,
    ) -> Result<(), TxError> {
        if digest.is_some_and(|digest| !digest.is_empty()) {
            let what = "VICIdial cannot verify the digest in pass_hash; set pass instead";
            return Err(TxError::DoesNotFit(what.to_owned()));
        }
        let Some(pass) = pass.filter(|pass| !pass.is_empty()) else { return Ok(()) };
        let settings = self.database.settings()?;
        let plain = filtered(pass.as_bytes(), &settings)?;
        let pass_hash = settings.hash_rule.map(|rule| rule.hash(&fleet::password::Password::new(plain.as_bytes())));
        self.keep_as_vicidial(user, &plain, pass_hash.as_deref())
    }
}
