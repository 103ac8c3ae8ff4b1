//! [`DialerFilesTx`] on any engine.

use std::collections::{BTreeMap, HashSet};

use fleet::TxError;
use fleet::dialer_files::{AliasRow, DialerRows, FileName, Loaded, PhoneRow};
use fleet::name::key;
use fleet::sessions::Engine;
use fleet::tx::DialerFilesTx;

use super::SqlTx;
use crate::database::{Database, NameColumn, Next, Read, ResultRow, columns, flag, params, text};

columns! { server_columns, SERVER: ServerColumns { conf_engine, server_ip } }

columns! { alias_columns, ALIAS: AliasColumns { alias_id, logins_list } }

columns! { loaded_columns, LOADED: LoadedColumns { file, digest, loaded, told, error } }

columns! { phone_columns, PHONE: PhoneColumns {
    extension, login, pass, protocol, dialplan_number, voicemail_id, fullname, outbound_cid, email, template_id,
    conf_override, conf_secret, phone_context, phone_ring_timeout, codecs_list, codecs_with_template, mohsuggest,
    conf_qualify, delete_vm_after_email, voicemail_options, voicemail_timezone, voicemail_instructions,
    unavail_dialplan_fwd_exten, unavail_dialplan_fwd_context
} }

const PHONES: &str =
    concat!("SELECT ", phone_columns!(), " FROM phones WHERE lower(rtrim(server_ip)) = ?1 AND active = 'Y'");

fn read_phone(row: &ResultRow<'_>) -> Read<PhoneRow> {
    Ok(PhoneRow {
        extension: text(row, PHONE.extension)?,
        login: text(row, PHONE.login)?,
        pass: text(row, PHONE.pass)?,
        protocol: text(row, PHONE.protocol)?,
        dialplan_number: text(row, PHONE.dialplan_number)?,
        voicemail_id: text(row, PHONE.voicemail_id)?,
        fullname: text(row, PHONE.fullname)?,
        outbound_cid: text(row, PHONE.outbound_cid)?,
        email: text(row, PHONE.email)?,
        template_id: text(row, PHONE.template_id)?,
        conf_override: text(row, PHONE.conf_override)?,
        conf_secret: text(row, PHONE.conf_secret)?,
        phone_context: text(row, PHONE.phone_context)?,
        phone_ring_timeout: text(row, PHONE.phone_ring_timeout)?,
        codecs_list: text(row, PHONE.codecs_list)?,
        codecs_with_template: flag(row, PHONE.codecs_with_template)?,
        mohsuggest: text(row, PHONE.mohsuggest)?,
        conf_qualify: flag(row, PHONE.conf_qualify)?,
        delete_vm_after_email: text(row, PHONE.delete_vm_after_email)?,
        voicemail_options: text(row, PHONE.voicemail_options)?,
        voicemail_timezone: text(row, PHONE.voicemail_timezone)?,
        voicemail_instructions: text(row, PHONE.voicemail_instructions)?,
        unavail_dialplan_fwd_exten: text(row, PHONE.unavail_dialplan_fwd_exten)?,
        unavail_dialplan_fwd_context: text(row, PHONE.unavail_dialplan_fwd_context)?,
    })
}

fn engine(word: &str) -> Engine {
    if word == "CONFBRIDGE" { Engine::Confbridge } else { Engine::Meetme }
}

impl<D: Database> SqlTx<D> {
    /// The texts of the templates that these phones name: there are few.
    fn templates_of(&mut self, phones: &[PhoneRow]) -> Result<BTreeMap<String, String>, TxError> {
        let named: HashSet<String> = phones.iter().map(|phone| key(&phone.template_id)).collect();
        let mut templates = BTreeMap::new();
        for id in named.into_iter().filter(|id| !id.is_empty()) {
            let found = self.key(NameColumn::Template, &id)?;
            let find = "SELECT template_contents FROM vicidial_conf_templates WHERE lower(rtrim(template_id)) = ?1";
            if let Some(contents) = self.one(find, [found], |row| text(row, 0))? {
                templates.insert(id, contents);
            }
        }
        Ok(templates)
    }

    /// The active aliases that name any of these phones. No index has the items of a list, so this looks at every alias; what
    /// is kept is only what this dialer needs.
    fn aliases_of(&self, phones: &[PhoneRow]) -> Result<Vec<AliasRow>, TxError> {
        let logins: HashSet<String> =
            phones.iter().map(|phone| key(&phone.login)).filter(|login| !login.is_empty()).collect();
        let mut aliases = Vec::new();
        self.database.visit(
            concat!(
                "SELECT ",
                alias_columns!(),
                " FROM phones_alias
             WHERE lower(rtrim(alias_id)) NOT IN (SELECT alias_id FROM hotdesk_inactive_alias)"
            ),
            &[],
            &mut |row| {
                let logins_list = text(row, ALIAS.logins_list)?;
                if logins_list.split(',').any(|login| logins.contains(&key(login.trim_start()))) {
                    aliases.push(AliasRow { alias_id: text(row, ALIAS.alias_id)?, logins_list });
                }
                Ok(Next::More)
            },
        )?;
        Ok(aliases)
    }

    fn rooms_of(&self, server_ip: &str, engine: Engine) -> Result<Vec<String>, TxError> {
        let find = match engine {
            Engine::Meetme => "SELECT conf_exten FROM vicidial_conferences WHERE server_ip = ?1 ORDER BY conf_exten",
            Engine::Confbridge => {
                "SELECT conf_exten FROM vicidial_confbridges WHERE server_ip = ?1 ORDER BY conf_exten"
            }
        };
        self.all(find, [server_ip], |row| text(row, 0))
    }
}

impl<D: Database> DialerFilesTx for SqlTx<D> {
    fn dialer_rows(&mut self, server_ip: &str) -> Result<Option<DialerRows>, TxError> {
        let find = concat!("SELECT ", server_columns!(), " FROM servers WHERE lower(rtrim(server_ip)) = ?1");
        let Some((engine, server_ip)) = self.one(find, [key(server_ip)], |row| {
            Ok((engine(&text(row, SERVER.conf_engine)?), text(row, SERVER.server_ip)?))
        })?
        else {
            return Ok(None);
        };
        let phones = self.all(PHONES, [key(&server_ip)], read_phone)?;
        Ok(Some(DialerRows {
            templates: self.templates_of(&phones)?,
            aliases: self.aliases_of(&phones)?,
            rooms: self.rooms_of(&server_ip, engine)?,
            default_codecs: self
                .one("SELECT default_codecs FROM system_settings LIMIT 1", params![], |row| text(row, 0))?
                .unwrap_or_default(),
            engine,
            phones,
        }))
    }

    fn ask_rebuild(&mut self, server_ip: &str) -> Result<(), TxError> {
        self.database.mark_files_changed();
        self.change(
            "UPDATE servers SET rebuild_conf_files = 'Y'
             WHERE lower(rtrim(server_ip)) = ?1 AND rebuild_conf_files <> 'Y'
               AND generate_vicidial_conf = 'Y' AND active_asterisk_server = 'Y'",
            [key(server_ip)],
        )
        .map(drop)
    }

    fn ask_rebuild_everywhere(&mut self) -> Result<usize, TxError> {
        self.database.mark_files_changed();
        self.change("UPDATE servers SET rebuild_conf_files = 'Y' WHERE rebuild_conf_files <> 'Y'", params![])
    }

    fn rebuild_requested(&mut self, server_ip: &str) -> Result<bool, TxError> {
        let find = "SELECT 1 FROM servers WHERE lower(rtrim(server_ip)) = ?1 AND rebuild_conf_files = 'Y'";
        self.exists(find, [key(server_ip)])
    }

    fn mark_rebuilt(&mut self, server_ip: &str) -> Result<(), TxError> {
        self.change(
            "UPDATE servers SET rebuild_conf_files = 'N' WHERE lower(rtrim(server_ip)) = ?1 AND rebuild_conf_files = 'Y'",
            [key(server_ip)],
        )
        .map(drop)
    }

    fn keep_loaded(&mut self, server_ip: &str, loaded: &Loaded) -> Result<(), TxError> {
        let Loaded { name, digest, loaded, told, error } = loaded;
        self.change(
            "INSERT INTO hotdesk_dialer_file (server_ip, file, digest, loaded, told, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (server_ip, file) DO UPDATE SET digest = excluded.digest, told = excluded.told,
                    error = excluded.error,
                    loaded = CASE WHEN excluded.loaded = '' THEN hotdesk_dialer_file.loaded ELSE excluded.loaded END",
            params![key(server_ip), name.name(), digest, loaded, told, error],
        )
        .map(drop)
    }

    fn loaded_files(&mut self, server_ip: &str) -> Result<Vec<Loaded>, TxError> {
        let rows = self.all(
            concat!("SELECT ", loaded_columns!(), " FROM hotdesk_dialer_file WHERE server_ip = ?1 ORDER BY file"),
            [key(server_ip)],
            |row| {
                Ok((
                    text(row, LOADED.file)?,
                    text(row, LOADED.digest)?,
                    text(row, LOADED.loaded)?,
                    text(row, LOADED.told)?,
                    text(row, LOADED.error)?,
                ))
            },
        )?;
        let known = |(name, digest, loaded, told, error): (String, _, _, _, _)| {
            Some(Loaded { name: FileName::read(&name)?, digest, loaded, told, error })
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }
}
