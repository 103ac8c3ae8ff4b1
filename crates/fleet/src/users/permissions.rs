//! Permissions of an account, and the permissions that a call of the Non-Agent API requires.

use std::net::IpAddr;

use crate::authorization::functions::{Permission, permissions_for};
use crate::login::{allows_address, is_locked};
use crate::records::User;
use crate::schema::{Row, Table};
use crate::sessions::digest_of;
use crate::{FleetTx, TxError};

/// A user with the columns that only the panel and `user_details` need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The display name.
    pub full_name: String,
}

/// Permissions of an account in the API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are independent columns")]
pub struct Access {
    /// Whether the account is active.
    pub active: bool,
    /// 1 to 9.
    pub user_level: i64,
    /// May use the API.
    pub vdc_agent_api_access: bool,
    /// May change phones, aliases and dialers.
    pub ast_admin_access: bool,
    /// May delete phones and aliases.
    pub ast_delete_phones: bool,
    /// ` name name ` or ` ALL_FUNCTIONS `.
    pub api_allowed_functions: String,
}

impl Access {
    /// The account's current permissions.
    #[must_use]
    pub fn of(user: &User) -> Self {
        Self {
            active: user.active,
            user_level: user.user_level,
            vdc_agent_api_access: user.vdc_agent_api_access,
            ast_admin_access: user.ast_admin_access,
            ast_delete_phones: user.ast_delete_phones,
            api_allowed_functions: user.api_allowed_functions.clone(),
        }
    }

    /// A list of functions in the format of the column: each name between blanks, since others never match.
    #[must_use]
    pub fn functions<'a>(names: impl Iterator<Item = &'a str>) -> String {
        let names: Vec<&str> = names.collect();
        if names.is_empty() { String::new() } else { format!(" {} ", names.join(" ")) }
    }

    /// Version of these values. A change carries the version that its author saw, so a stale one is refused.
    #[must_use]
    pub fn version(&self) -> String {
        digest_of(&format!("{self:?}")).chars().take(16).collect()
    }

    /// These values, by key.
    pub(crate) fn values(&self) -> Row {
        let digit = |flag: bool| if flag { "1" } else { "0" };
        let mut values = Row::new(Table::User);
        for (key, value) in [
            ("active", if self.active { "Y" } else { "N" }),
            ("user_level", &self.user_level.to_string()),
            ("vdc_agent_api_access", digit(self.vdc_agent_api_access)),
            ("ast_admin_access", digit(self.ast_admin_access)),
            ("ast_delete_phones", digit(self.ast_delete_phones)),
            ("api_allowed_functions", &self.api_allowed_functions),
        ] {
            values.set(key, value.to_owned());
        }
        values
    }
}

/// A hypothetical call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// The function.
    pub function: &'a str,
    /// Whether it deletes something.
    pub deletes: bool,
    /// The client's address; `None` for any.
    pub from: Option<IpAddr>,
}

/// The permissions that a call requires, and whether the account has each.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn permissions(
    tx: &mut dyn FleetTx,
    user: &User,
    attempt: Attempt<'_>,
) -> Result<Vec<(Permission, bool)>, TxError> {
    let settings = tx.settings()?;
    let from = attempt.from.map(|from| allows_address(tx, user, &settings, from)).transpose()?;
    let given = |permission: Permission| (permission, permission.is_given(user));
    let mut needed =
        vec![(Permission::NotLocked, !is_locked(user, tx.now())), given(Permission::Active), given(Permission::Level)];
    needed.extend(from.map(|is_allowed| (Permission::Address, is_allowed)));
    needed.push((Permission::Function, user.may_call(attempt.function)));
    needed.extend(permissions_for(attempt.function).iter().copied().map(given));
    needed.extend(attempt.deletes.then(|| given(Permission::Delete)));
    Ok(needed)
}
