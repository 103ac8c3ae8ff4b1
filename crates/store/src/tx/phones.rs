//! What the panel asks about phones beyond the API's look-ups.

use fleet::TxError;
use fleet::name::{key, same};
use fleet::panel::phones::{Choices, DialerChoice};
use fleet::panel::{AliasLine, PhonesTx};

use super::SqlTx;
use crate::database::{Database, params, text};

impl<D: Database> PhonesTx for SqlTx<D> {
    fn phone_choices(&mut self) -> Result<Choices, TxError> {
        let dialers = self.all(
            "SELECT server_ip, server_id, local_gmt FROM servers ORDER BY server_id, lower(rtrim(server_ip))",
            params![],
            |row| Ok(DialerChoice { server_ip: text(row, 0)?, server_id: text(row, 1)?, local_gmt: text(row, 2)? }),
        )?;
        let templates = self.all(
            "SELECT template_id, template_name FROM vicidial_conf_templates ORDER BY lower(rtrim(template_id))",
            params![],
            |row| Ok((text(row, 0)?, text(row, 1)?)),
        )?;
        let groups = self.all(
            "SELECT user_group FROM vicidial_user_groups ORDER BY lower(rtrim(user_group))",
            params![],
            |row| text(row, 0),
        )?;
        Ok(Choices { dialers, templates, groups })
    }

    fn aliases_of_login(&mut self, login: &str) -> Result<Vec<AliasLine>, TxError> {
        // SQLite folds ASCII only, so a login with other letters is compared below alone.
        let part = if login.is_ascii() { key(login) } else { String::new() };
        let aliases = self.all(
            "SELECT alias_id, alias_name, logins_list FROM phones_alias WHERE instr(lower(logins_list), ?1) > 0
             ORDER BY lower(rtrim(alias_id))",
            [part],
            |row| Ok(AliasLine { alias_id: text(row, 0)?, alias_name: text(row, 1)?, logins_list: text(row, 2)? }),
        )?;
        let names_it = |alias: &AliasLine| alias.logins_list.split(',').any(|member| same(member.trim(), login));
        Ok(aliases.into_iter().filter(|alias| !login.is_empty() && names_it(alias)).collect())
    }
}
