//! [`AliasesTx`] on any engine.

use fleet::TxError;
use fleet::lists::{AliasSummary, NamePage};
use fleet::name::{key, same};
use fleet::records::Alias;
use fleet::tx::AliasesTx;

use super::{SqlTx, missing, range};
use crate::database::{Database, NameColumn, Read, ResultRow, columns, params, text};

columns! { alias_columns, ALIAS: AliasColumns {
    alias_id, alias_name, logins_list, inactive = "(SELECT 1 FROM hotdesk_inactive_alias WHERE alias_id = ?1)"
} }

columns! { summary_columns, SUMMARY: SummaryColumns { alias_id, alias_name, logins_list } }

fn summary(row: &ResultRow<'_>) -> Read<AliasSummary> {
    Ok(AliasSummary {
        alias_id: text(row, SUMMARY.alias_id)?,
        alias_name: text(row, SUMMARY.alias_name)?,
        logins_list: text(row, SUMMARY.logins_list)?,
    })
}

impl<D: Database> AliasesTx for SqlTx<D> {
    fn alias(&mut self, alias_id: &str) -> Result<Option<Alias>, TxError> {
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.one(
            concat!("SELECT ", alias_columns!(), " FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1 /*FOR UPDATE*/"),
            [key],
            |row| {
                Ok(Alias {
                    alias_id: text(row, ALIAS.alias_id)?,
                    alias_name: text(row, ALIAS.alias_name)?,
                    logins_list: text(row, ALIAS.logins_list)?,
                    active: row.get::<Option<i64>>(ALIAS.inactive)?.is_none(),
                })
            },
        )
    }

    fn alias_exists(&mut self, alias_id: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.exists("SELECT 1 FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1 /*BATCHABLE*/", [key])
    }

    fn list_aliases(&mut self, wanted: &NamePage) -> Result<Vec<AliasSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            concat!(
                "SELECT ",
                summary_columns!(),
                " FROM phones_alias
             WHERE lower(rtrim(alias_id)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(alias_id)) < ?2
               AND (lower(rtrim(alias_id)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(alias_id)) LIMIT ?4"
            ),
            params![begins, end, key(&wanted.after), wanted.at_most],
            summary,
        )
    }

    fn aliases_of_login(&mut self, login: &str) -> Result<Vec<AliasSummary>, TxError> {
        // SQLite folds ASCII only, so a login with other letters is compared below alone.
        let part = if login.is_ascii() { key(login) } else { String::new() };
        let aliases = self.all(
            concat!(
                "SELECT ",
                summary_columns!(),
                " FROM phones_alias WHERE instr(lower(logins_list), ?1) > 0
             ORDER BY lower(rtrim(alias_id))"
            ),
            [part],
            summary,
        )?;
        let names_it = |alias: &AliasSummary| alias.logins_list.split(',').any(|member| same(member.trim(), login));
        Ok(aliases.into_iter().filter(|alias| !login.is_empty() && names_it(alias)).collect())
    }

    fn add_alias(&mut self, alias: &Alias) -> Result<(), TxError> {
        self.database.mark_files_changed();
        self.database.note(NameColumn::Alias, &alias.alias_id);
        self.change(
            "INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES (?1, ?2, ?3) /*BATCHABLE*/",
            [&alias.alias_id, &alias.alias_name, &alias.logins_list],
        )?;
        if !alias.active {
            self.change("INSERT INTO hotdesk_inactive_alias (alias_id) VALUES (?1)", [key(&alias.alias_id)])?;
        }
        Ok(())
    }

    fn update_alias(&mut self, alias: &Alias) -> Result<(), TxError> {
        self.database.mark_files_changed();
        self.change_one(
            "UPDATE phones_alias SET alias_name = ?2, logins_list = ?3 WHERE lower(rtrim(alias_id)) = ?1",
            [&key(&alias.alias_id), &alias.alias_name, &alias.logins_list],
            || missing("phones_alias", "alias_id", &alias.alias_id),
        )?;
        let switch = if alias.active {
            "DELETE FROM hotdesk_inactive_alias WHERE alias_id = ?1"
        } else {
            "INSERT OR IGNORE INTO hotdesk_inactive_alias (alias_id) VALUES (?1)"
        };
        self.change(switch, [key(&alias.alias_id)]).map(drop)
    }

    fn delete_alias(&mut self, alias_id: &str) -> Result<(), TxError> {
        self.database.mark_files_changed();
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.change_one("DELETE FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1", [key], || {
            missing("phones_alias", "alias_id", alias_id)
        })
    }
}
