//! [`AliasesTx`] on any engine.

use fleet::TxError;
use fleet::lists::{AliasSummary, NamePage};
use fleet::name::{key, same};
use fleet::records::Alias;
use fleet::tx::AliasesTx;

use super::{SqlTx, missing, range};
use crate::database::{Database, NameColumn, params};
use crate::row::{insert, row, update};

row! { alias: Alias from "phones_alias" {
    alias_id, alias_name, logins_list,
    active = "(SELECT count(*) = 0 FROM hotdesk_inactive_alias WHERE alias_id = ?1)"
} }

row! { summary: AliasSummary from "phones_alias" { alias_id, alias_name, logins_list } }

impl<D: Database> SqlTx<D> {
    /// `phones_alias` has no column for inactive aliases: they have a row in a table of Hotdesk.
    pub(super) fn set_alias_active(&self, alias_id: &str, active: bool) -> Result<(), TxError> {
        let key = key(alias_id);
        if active {
            return self.change("DELETE FROM hotdesk_inactive_alias WHERE alias_id = ?1", [key]).map(drop);
        }
        self.run(insert!(OR IGNORE "hotdesk_inactive_alias" { alias_id: key }))
    }
}

impl<D: Database> AliasesTx for SqlTx<D> {
    fn alias(&mut self, alias_id: &str) -> Result<Option<Alias>, TxError> {
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.one(concat!(alias!(), "WHERE lower(rtrim(alias_id)) = ?1 /*FOR UPDATE*/"), [key], alias)
    }

    fn alias_exists(&mut self, alias_id: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.exists("SELECT 1 FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1 /*BATCHABLE*/", [key])
    }

    fn list_aliases(&mut self, wanted: &NamePage) -> Result<Vec<AliasSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            concat!(
                summary!(),
                "WHERE lower(rtrim(alias_id)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(alias_id)) < ?2
               AND (lower(rtrim(alias_id)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(alias_id)) LIMIT ?4"
            ),
            params![begins, end, key(&wanted.after), wanted.at_most],
            summary,
        )
    }

    fn aliases_of_login(&mut self, login: &str) -> Result<Vec<AliasSummary>, TxError> {
        // SQLite's lower() folds ASCII letters only, so logins with other letters are compared in Rust only.
        let part = if login.is_ascii() { key(login) } else { String::new() };
        let aliases = self.all(
            concat!(summary!(), "WHERE instr(lower(logins_list), ?1) > 0 ORDER BY lower(rtrim(alias_id))"),
            [part],
            summary,
        )?;
        let names_it = |alias: &AliasSummary| alias.logins_list.split(',').any(|member| same(member.trim(), login));
        Ok(aliases.into_iter().filter(|alias| !login.is_empty() && names_it(alias)).collect())
    }

    fn add_alias(&mut self, alias: &Alias) -> Result<(), TxError> {
        self.database.mark_files_changed();
        self.database.note(NameColumn::Alias, &alias.alias_id);
        self.run(insert!("phones_alias" {
            alias_id: alias.alias_id,
            alias_name: alias.alias_name,
            logins_list: alias.logins_list,
        } "/*BATCHABLE*/"))?;
        if alias.active { Ok(()) } else { self.set_alias_active(&alias.alias_id, false) }
    }

    fn update_alias(&mut self, alias: &Alias) -> Result<(), TxError> {
        self.database.mark_files_changed();
        self.run_one(
            update!("phones_alias" { alias_name: alias.alias_name, logins_list: alias.logins_list }
                "WHERE lower(rtrim(alias_id)) = ?", key(&alias.alias_id)),
            || missing("phones_alias", "alias_id", &alias.alias_id),
        )?;
        self.set_alias_active(&alias.alias_id, alias.active)
    }

    fn delete_alias(&mut self, alias_id: &str) -> Result<(), TxError> {
        self.database.mark_files_changed();
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.change_one("DELETE FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1", [&key], || {
            missing("phones_alias", "alias_id", alias_id)
        })?;
        self.forget_alias(&key)
    }
}
