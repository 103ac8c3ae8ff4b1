//! [`DialerFilesTx`] on any engine.

use std::collections::{BTreeMap, HashSet};

use fleet::TxError;
use fleet::dialer_files::{AliasRow, DialerRows, FileName, Loaded, PhoneRow};
use fleet::name::key;
use fleet::sessions::Engine;
use fleet::tx::DialerFilesTx;

use super::SqlTx;
use crate::database::{Database, NameColumn, Next, params};
use crate::row::{Reader, insert, row};

row! { server: struct Server from "servers" { conf_engine: Engine, server_ip: String } }

row! { alias: AliasRow from "phones_alias" { alias_id, logins_list } }

row! { loaded_row: struct LoadedRow from "hotdesk_dialer_file" {
    file: String, digest: String, loaded: String, reported: String = "told", error: String
} }
row! { phone: PhoneRow from "phones" {
    extension, login, pass, protocol, dialplan_number, voicemail_id, fullname, outbound_cid, email, template_id,
    conf_override, conf_secret, phone_context, phone_ring_timeout, codecs_list, codecs_with_template, mohsuggest,
    conf_qualify, delete_vm_after_email, voicemail_options, voicemail_timezone, voicemail_instructions,
    unavail_dialplan_fwd_exten, unavail_dialplan_fwd_context
} }

impl<D: Database> SqlTx<D> {
    /// The texts of the templates that these phones name, one look-up each: a dialer uses few.
    fn templates_of(&mut self, phones: &[PhoneRow]) -> Result<BTreeMap<String, String>, TxError> {
        let named: HashSet<String> = phones.iter().map(|phone| key(&phone.template_id)).collect();
        let mut templates = BTreeMap::new();
        for id in named.into_iter().filter(|id| !id.is_empty()) {
            let found = self.key(NameColumn::Template, &id)?;
            let find = "SELECT template_contents FROM vicidial_conf_templates WHERE lower(rtrim(template_id)) = ?1";
            if let Some(contents) = self.value(find, [found])? {
                templates.insert(id, contents);
            }
        }
        Ok(templates)
    }

    /// The active aliases that name any of these phones. No index has the items of a list, so this reads every alias, but keeps
    /// only those of this dialer.
    fn aliases_of(&self, phones: &[PhoneRow]) -> Result<Vec<AliasRow>, TxError> {
        let logins: HashSet<String> =
            phones.iter().map(|phone| key(&phone.login)).filter(|login| !login.is_empty()).collect();
        let mut aliases = Vec::new();
        self.database.visit(
            concat!(alias!(), "WHERE lower(rtrim(alias_id)) NOT IN (SELECT alias_id FROM hotdesk_inactive_alias)"),
            &[],
            &mut |row| {
                let alias = alias(&mut Reader::new(row))?;
                if alias.logins_list.split(',').any(|login| logins.contains(&key(login.trim_start()))) {
                    aliases.push(alias);
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
        self.values(find, [server_ip])
    }
}

impl<D: Database> DialerFilesTx for SqlTx<D> {
    fn dialer_rows(&mut self, server_ip: &str) -> Result<Option<DialerRows>, TxError> {
        let find = concat!(server!(), "WHERE lower(rtrim(server_ip)) = ?1");
        let Some(Server { conf_engine: engine, server_ip }) = self.one(find, [key(server_ip)], server)? else {
            return Ok(None);
        };
        let find = concat!(phone!(), "WHERE lower(rtrim(server_ip)) = ?1 AND active = 'Y'");
        let phones = self.all(find, [key(&server_ip)], phone)?;
        Ok(Some(DialerRows {
            templates: self.templates_of(&phones)?,
            aliases: self.aliases_of(&phones)?,
            conferences: self.rooms_of(&server_ip, engine)?,
            default_codecs: self
                .value("SELECT default_codecs FROM system_settings LIMIT 1", params![])?
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

    fn store_file_state(&mut self, server_ip: &str, loaded: &Loaded) -> Result<(), TxError> {
        self.run(insert!("hotdesk_dialer_file" {
            server_ip: key(server_ip),
            file: loaded.name.name(),
            digest: loaded.digest,
            loaded: loaded.loaded,
            told: loaded.reported,
            error: loaded.error,
        } "ON CONFLICT (server_ip, file) DO UPDATE SET digest = excluded.digest, told = excluded.told,
             error = excluded.error,
             loaded = CASE WHEN excluded.loaded = '' THEN hotdesk_dialer_file.loaded ELSE excluded.loaded END"))
    }

    fn loaded_files(&mut self, server_ip: &str) -> Result<Vec<Loaded>, TxError> {
        let find = concat!(loaded_row!(), "WHERE server_ip = ?1 ORDER BY file");
        let rows = self.all(find, [key(server_ip)], loaded_row)?;
        let known = |LoadedRow { file, digest, loaded, reported, error }| {
            Some(Loaded { name: FileName::read(&file)?, digest, loaded, reported, error })
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }
}
