//! [`PhonesTx`] on any engine.

use std::sync::LazyLock;

use fleet::lists::{PhoneOrder, PhonePage, PhoneSummary};
use fleet::name::key;
use fleet::phones::{Choices, DialerChoice};
use fleet::records::{Phone, PhoneKey};
use fleet::schema::Table;
use fleet::tx::PhonesTx;
use fleet::{TxError, name};

use super::{SqlTx, missing, range};
use crate::database::{Database, NameColumn, Read, ResultRow, columns, flag, params, text};

columns! { summary_columns, SUMMARY: SummaryColumns {
    // A number that tells phones apart which have one login. On MariaDB rows have none, so it is made of the phone's key.
    number = "/*SQLITE*/rowid/*MARIADB crc32(concat(extension, ' ', server_ip))*/",
    extension, server_ip, login, fullname, protocol, active, is_webphone
} }

columns! { key_columns, KEY: KeyColumns { extension, server_ip } }
pub(super) use key_columns as phone_key_columns;

columns! { template_columns, TEMPLATE: TemplateColumns { template_id, template_name } }

columns! { dialer_columns, DIALER: DialerColumns { server_ip, server_id, local_gmt } }

/// Finds phones of a list.
macro_rules! phones {
    ($($rest:expr),+) => {
        concat!(
            "SELECT ", summary_columns!(), " FROM phones ",
            $($rest),+
        )
    };
}

/// The phones behind the one with the login ?3 and the number ?4, by login.
macro_rules! behind_login {
    () => {
        "AND (lower(rtrim(login)) > ?3 OR /*SQLITE*/rowid > ?4/*MARIADB ?4 < 0 OR (extension, server_ip) >
                (SELECT extension, server_ip FROM phones
                 WHERE login = ?3 AND crc32(concat(extension, ' ', server_ip)) = ?4 LIMIT 1)*/)
         ORDER BY lower(rtrim(login)), /*SQLITE*/rowid/*MARIADB extension, server_ip*/ LIMIT ?5"
    };
}

fn phone(row: &ResultRow<'_>) -> Read<PhoneSummary> {
    Ok(PhoneSummary {
        number: row.get(SUMMARY.number)?,
        extension: text(row, SUMMARY.extension)?,
        server_ip: text(row, SUMMARY.server_ip)?,
        login: text(row, SUMMARY.login)?,
        fullname: text(row, SUMMARY.fullname)?,
        protocol: text(row, SUMMARY.protocol)?,
        active: flag(row, SUMMARY.active)?,
        is_webphone: text(row, SUMMARY.is_webphone)?,
    })
}

impl<D: Database> SqlTx<D> {
    fn phones_by_extension(&self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        let (extension, server_ip) = (key(&wanted.after.0), key(&wanted.after.1));
        if wanted.inactive {
            // There are few, so their own index finds them, whatever the dialer.
            return self.all(
                phones!(
                    "INDEXED BY phones_inactive
                     WHERE active <> 'Y' AND lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
                       AND (lower(rtrim(extension)) > ?3 OR lower(rtrim(server_ip)) > ?4)
                       AND (?6 = '' OR lower(rtrim(server_ip)) = ?6)
                     ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?5"
                ),
                params![begins, end, extension, server_ip, wanted.at_most, key(&wanted.server_ip)],
                phone,
            );
        }
        if wanted.server_ip.is_empty() {
            return self.all(
                phones!(
                    "WHERE lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
                       AND (lower(rtrim(extension)) > ?3 OR lower(rtrim(server_ip)) > ?4)
                     ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?5"
                ),
                params![begins, end, extension, server_ip, wanted.at_most],
                phone,
            );
        }
        // On one dialer, extensions tell phones apart.
        self.all(
            phones!(
                "WHERE lower(rtrim(server_ip)) = ?4 AND lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3)
                   AND lower(rtrim(extension)) < ?2 AND (lower(rtrim(extension)) > ?3 OR ?3 = '')
                 ORDER BY lower(rtrim(extension)) LIMIT ?5"
            ),
            params![begins, end, extension, key(&wanted.server_ip), wanted.at_most],
            phone,
        )
    }

    fn phones_by_login(&self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        let row = wanted.after.1.parse::<i64>().unwrap_or(i64::MIN);
        let (after, dialer) = (key(&wanted.after.0), key(&wanted.server_ip));
        if dialer.is_empty() {
            return self.all(
                phones!(
                    "WHERE lower(rtrim(login)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(login)) < ?2 ",
                    behind_login!()
                ),
                params![begins, end, after, row, wanted.at_most],
                phone,
            );
        }
        self.all(
            phones!(
                "INDEXED BY phones_login_on_dialer
                 WHERE lower(rtrim(server_ip)) = ?6 AND lower(rtrim(login)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(login)) < ?2 ",
                behind_login!()
            ),
            params![begins, end, after, row, wanted.at_most, dialer],
            phone,
        )
    }
}

/// Finds a phone by its extension and its dialer.
pub(super) static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2 /*FOR UPDATE*/",
        Phone::COLUMNS.join(", ")
    )
});

/// Adds a phone with [`Phone::values`].
pub(super) static ADD: LazyLock<String> = LazyLock::new(|| {
    let marks = vec!["?"; Phone::COUNT].join(", ");
    format!("INSERT INTO phones ({}) VALUES ({marks})", Phone::COLUMNS.join(", "))
});

/// Writes [`Phone::values`] to the phone of the same key.
pub(super) static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (mut set, mut key) = (Vec::new(), Vec::new());
    for (column, number) in Phone::COLUMNS.iter().zip(1..) {
        if Table::Phone.column(column).is_some_and(|column| column.is_key) {
            key.push(format!("lower(rtrim({column})) = lower(rtrim(?{number}))"));
        } else {
            set.push(format!("{column} = ?{number}"));
        }
    }
    format!("UPDATE phones SET {} WHERE {}", set.join(", "), key.join(" AND "))
});

/// A row of [`FIND`].
pub(super) fn read_phone(row: &ResultRow<'_>) -> Read<Phone> {
    let mut index = 0..;
    Phone::read(|| text(row, index.next().unwrap_or_default()))
}

pub(super) fn read_phone_key(row: &ResultRow<'_>) -> Read<PhoneKey> {
    Ok(PhoneKey { extension: text(row, KEY.extension)?, server_ip: text(row, KEY.server_ip)? })
}

impl<D: Database> PhonesTx for SqlTx<D> {
    fn phone(&mut self, phone: &PhoneKey) -> Result<Option<Phone>, TxError> {
        let key = self.key(NameColumn::Extension, &phone.extension)?;
        self.one(&FIND, [key, name::key(&phone.server_ip)], read_phone)
    }

    fn phone_exists(&mut self, phone: &PhoneKey) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Extension, &phone.extension)?;
        self.exists(
            "SELECT 1 FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
            [key, name::key(&phone.server_ip)],
        )
    }

    fn login_exists(&mut self, login: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Login, login)?;
        self.exists("SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1 /*BATCHABLE*/", [key])
    }

    fn phones_with_login(&mut self, login: &str) -> Result<Vec<PhoneKey>, TxError> {
        let key = self.key(NameColumn::Login, login)?;
        self.all(
            concat!("SELECT ", key_columns!(), " FROM phones WHERE lower(rtrim(login)) = ?1"),
            [key],
            read_phone_key,
        )
    }

    fn phone_of_login(&mut self, login: &str) -> Result<Option<Phone>, TxError> {
        let key = self.phones_with_login(login)?.into_iter().next();
        key.map_or(Ok(None), |key| self.phone(&key))
    }

    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError> {
        let key = self.key(NameColumn::Extension, extension)?;
        self.all(
            "SELECT login FROM phones WHERE lower(rtrim(extension)) = ?1 AND protocol = ?2 AND login <> '' ORDER BY lower(rtrim(server_ip))",
            [&key, protocol],
            |row| text(row, 0),
        )
    }

    fn count_phones(&mut self, server_ip: &str) -> Result<u32, TxError> {
        let count = "SELECT count(*) FROM phones WHERE lower(rtrim(server_ip)) = ?1";
        Ok(self.one(count, [key(server_ip)], |row| row.get(0))?.unwrap_or(0))
    }

    fn list_phones(&mut self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        match wanted.by {
            PhoneOrder::Extension => self.phones_by_extension(wanted),
            PhoneOrder::Login => self.phones_by_login(wanted),
        }
    }

    fn phone_choices(&mut self) -> Result<Choices, TxError> {
        let dialers = self.all(
            concat!("SELECT ", dialer_columns!(), " FROM servers ORDER BY server_id, lower(rtrim(server_ip))"),
            params![],
            |row| {
                Ok(DialerChoice {
                    server_ip: text(row, DIALER.server_ip)?,
                    server_id: text(row, DIALER.server_id)?,
                    local_gmt: text(row, DIALER.local_gmt)?,
                })
            },
        )?;
        let templates = self.all(
            concat!("SELECT ", template_columns!(), " FROM vicidial_conf_templates ORDER BY lower(rtrim(template_id))"),
            params![],
            |row| Ok((text(row, TEMPLATE.template_id)?, text(row, TEMPLATE.template_name)?)),
        )?;
        let groups = self.all(
            "SELECT user_group FROM vicidial_user_groups ORDER BY lower(rtrim(user_group))",
            params![],
            |row| text(row, 0),
        )?;
        Ok(Choices { dialers, templates, groups })
    }

    fn template_exists(&mut self, template_id: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Template, template_id)?;
        self.exists("SELECT 1 FROM vicidial_conf_templates WHERE lower(rtrim(template_id)) = ?1", [key])
    }

    fn add_phone(&mut self, phone: &Phone) -> Result<(), TxError> {
        self.claim_login(&phone.login, &phone.key())?;
        self.database.note(NameColumn::Extension, &phone.extension);
        self.database.note(NameColumn::Login, &phone.login);
        self.change(&ADD, phone.values()).map(drop)
    }

    fn update_phone(&mut self, phone: &Phone) -> Result<(), TxError> {
        self.claim_login(&phone.login, &phone.key())?;
        self.database.note(NameColumn::Login, &phone.login);
        self.change_one(&UPDATE, phone.values(), || missing("phones", "extension", &phone.extension))
    }

    fn delete_phone(&mut self, phone: &PhoneKey) -> Result<(), TxError> {
        self.change_one(
            "DELETE FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
            [key(&phone.extension), key(&phone.server_ip)],
            || missing("phones", "extension", &phone.extension),
        )
    }
}
