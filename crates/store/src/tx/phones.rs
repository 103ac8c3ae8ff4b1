//! What the panel asks about phones beyond the API's look-ups.

use fleet::TxError;
use fleet::lists::AliasSummary;
use fleet::name::{key, same};
use fleet::phones::PhonesTx;
use fleet::phones::{Choices, DialerChoice};
use fleet::records::{Phone, PhoneKey};

use super::SqlTx;
use crate::database::{Database, Read, ResultRow, SqlValue, params, text};

/// A phone, whose columns come in the order of [`phone_values`].
pub(super) fn read_phone(row: &ResultRow<'_>) -> Read<Phone> {
    Ok(Phone {
        extension: text(row, 0)?,
        server_ip: text(row, 1)?,
        dialplan_number: text(row, 2)?,
        voicemail_id: text(row, 3)?,
        login: text(row, 4)?,
        pass: text(row, 5)?,
        status: text(row, 6)?,
        active: text(row, 7)?,
        fullname: text(row, 8)?,
        protocol: text(row, 9)?,
        local_gmt: text(row, 10)?,
        outbound_cid: text(row, 11)?,
        outbound_alt_cid: text(row, 12)?,
        template_id: text(row, 13)?,
        conf_secret: text(row, 14)?,
        email: text(row, 15)?,
        phone_context: text(row, 16)?,
        user_group: text(row, 17)?,
        is_webphone: text(row, 18)?,
        webphone_auto_answer: text(row, 19)?,
        use_external_server_ip: text(row, 20)?,
        on_hook_agent: text(row, 21)?,
        phone_ring_timeout: text(row, 22)?,
        delete_vm_after_email: text(row, 23)?,
    })
}

pub(super) fn read_phone_key(row: &ResultRow<'_>) -> Read<PhoneKey> {
    Ok(PhoneKey { extension: text(row, 0)?, server_ip: text(row, 1)? })
}

/// A phone's columns, in the order in which [`read_phone`] reads them.
pub(super) fn phone_values(phone: &Phone) -> [SqlValue<'_>; 24] {
    params![
        phone.extension,
        phone.server_ip,
        phone.dialplan_number,
        phone.voicemail_id,
        phone.login,
        phone.pass,
        phone.status,
        phone.active,
        phone.fullname,
        phone.protocol,
        phone.local_gmt,
        phone.outbound_cid,
        phone.outbound_alt_cid,
        phone.template_id,
        phone.conf_secret,
        phone.email,
        phone.phone_context,
        phone.user_group,
        phone.is_webphone,
        phone.webphone_auto_answer,
        phone.use_external_server_ip,
        phone.on_hook_agent,
        phone.phone_ring_timeout,
        phone.delete_vm_after_email,
    ]
}

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

    fn aliases_of_login(&mut self, login: &str) -> Result<Vec<AliasSummary>, TxError> {
        // SQLite folds ASCII only, so a login with other letters is compared below alone.
        let part = if login.is_ascii() { key(login) } else { String::new() };
        let aliases = self.all(
            "SELECT alias_id, alias_name, logins_list FROM phones_alias WHERE instr(lower(logins_list), ?1) > 0
             ORDER BY lower(rtrim(alias_id))",
            [part],
            |row| Ok(AliasSummary { alias_id: text(row, 0)?, alias_name: text(row, 1)?, logins_list: text(row, 2)? }),
        )?;
        let names_it = |alias: &AliasSummary| alias.logins_list.split(',').any(|member| same(member.trim(), login));
        Ok(aliases.into_iter().filter(|alias| !login.is_empty() && names_it(alias)).collect())
    }
}
