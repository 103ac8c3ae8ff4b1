//! [`PhonesTx`] on any engine.

use std::sync::LazyLock;

use fleet::lists::{PhoneOrder, PhonePage, PhoneSummary};
use fleet::name::{address_order, key};
use fleet::phones::{Choices, DialerChoice};
use fleet::records::{Phone, PhoneKey};
use fleet::schema::Table;
use fleet::tx::PhonesTx;
use fleet::{TxError, name};

use super::{SqlTx, missing, range};
use crate::database::{Database, NameColumn, Read, params};
use crate::row::{Reader, row};

row! { phone: PhoneSummary from "phones" {
    // Tells apart phones that have the same login. MariaDB has no row number, so there it is a checksum of the phone's key.
    number = "/*SQLITE*/rowid/*MARIADB crc32(concat(extension, ' ', server_ip))*/",
    extension, server_ip, login, fullname, protocol, active, is_webphone
} }

row! { pub(super) phone_key: PhoneKey from "phones" { extension, server_ip } }
pub(super) use phone_key as phone_keys;

row! { template: struct Template from "vicidial_conf_templates" { template_id: String, template_name: String } }

row! { dialer: DialerChoice from "servers" { server_ip, server_id, local_gmt } }

/// The phones after the one with the login ?3 and the number ?4, in the order of logins.
macro_rules! after_login {
    () => {
        "AND (lower(rtrim(login)) > ?3 OR /*SQLITE*/rowid > ?4/*MARIADB ?4 < 0 OR (extension, server_ip) >
                (SELECT extension, server_ip FROM phones
                 WHERE login = ?3 AND crc32(concat(extension, ' ', server_ip)) = ?4 LIMIT 1)*/)
         ORDER BY lower(rtrim(login)), /*SQLITE*/rowid/*MARIADB extension, server_ip*/ LIMIT ?5"
    };
}

impl<D: Database> SqlTx<D> {
    fn phones_by_extension(&self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        let (extension, server_ip) = (key(&wanted.after.0), key(&wanted.after.1));
        if wanted.inactive {
            // They are few, so their own index finds them for any dialer.
            return self.all(
                concat!(
                    phone!(),
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
                concat!(
                    phone!(),
                    "WHERE lower(rtrim(extension)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(extension)) < ?2
                       AND (lower(rtrim(extension)) > ?3 OR lower(rtrim(server_ip)) > ?4)
                     ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?5"
                ),
                params![begins, end, extension, server_ip, wanted.at_most],
                phone,
            );
        }
        // On one dialer, the extension alone identifies a phone.
        self.all(
            concat!(
                phone!(),
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
                concat!(
                    phone!(),
                    "WHERE lower(rtrim(login)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(login)) < ?2 ",
                    after_login!()
                ),
                params![begins, end, after, row, wanted.at_most],
                phone,
            );
        }
        self.all(
            concat!(
                phone!(),
                "INDEXED BY phones_login_on_dialer
                 WHERE lower(rtrim(server_ip)) = ?6 AND lower(rtrim(login)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(login)) < ?2 ",
                after_login!()
            ),
            params![begins, end, after, row, wanted.at_most, dialer],
            phone,
        )
    }
}

/// Finds a phone by its extension and its dialer.
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2 /*FOR UPDATE*/",
        Phone::COLUMNS.join(", ")
    )
});

/// Adds a phone with [`Phone::values`].
static ADD: LazyLock<String> = LazyLock::new(|| {
    let marks = vec!["?"; Phone::COUNT].join(", ");
    format!("INSERT INTO phones ({}) VALUES ({marks})", Phone::COLUMNS.join(", "))
});

/// Writes [`Phone::values`] to the phone of the same key.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
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
fn read_phone(row: &mut Reader<'_>) -> Read<Phone> {
    Phone::read(|| row.read())
}

impl<D: Database> PhonesTx for SqlTx<D> {
    fn phone(&mut self, phone: &PhoneKey) -> Result<Option<Phone>, TxError> {
        let key = self.key(NameColumn::Extension, &phone.extension)?;
        self.one(&FIND, [key, name::key(&phone.server_ip)], read_phone)
    }

    fn call_context(&mut self, phone: &PhoneKey) -> Result<String, TxError> {
        let key = self.key(NameColumn::Extension, &phone.extension)?;
        let find = "SELECT ifnull(nullif(ext_context, ''), 'default') FROM phones
                    WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2";
        Ok(self.value(find, [key, name::key(&phone.server_ip)])?.unwrap_or_else(|| "default".to_owned()))
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
        self.all(concat!(phone_key!(), "WHERE lower(rtrim(login)) = ?1"), [key], phone_key)
    }

    fn phone_of_login(&mut self, login: &str) -> Result<Option<Phone>, TxError> {
        let key = self.phones_with_login(login)?.into_iter().next();
        key.map_or(Ok(None), |key| self.phone(&key))
    }

    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError> {
        let key = self.key(NameColumn::Extension, extension)?;
        let mut found = self.all(
            "SELECT server_ip, login FROM phones WHERE lower(rtrim(extension)) = ?1 AND protocol = ?2 AND login <> ''",
            [&key, protocol],
            |row| Ok((row.read::<String>()?, row.read::<String>()?)),
        )?;
        found.sort_by_cached_key(|(server_ip, _)| address_order(server_ip));
        Ok(found.into_iter().map(|(_, login)| login).collect())
    }

    fn count_phones(&mut self, server_ip: &str) -> Result<u32, TxError> {
        let count = "SELECT count(*) FROM phones WHERE lower(rtrim(server_ip)) = ?1";
        Ok(self.value(count, [key(server_ip)])?.unwrap_or(0))
    }

    fn list_phones(&mut self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError> {
        match wanted.by {
            PhoneOrder::Extension => self.phones_by_extension(wanted),
            PhoneOrder::Login => self.phones_by_login(wanted),
        }
    }

    fn phone_choices(&mut self) -> Result<Choices, TxError> {
        let templates = self.all(concat!(template!(), "ORDER BY lower(rtrim(template_id))"), params![], template)?;
        Ok(Choices {
            dialers: self.all(concat!(dialer!(), "ORDER BY server_id, lower(rtrim(server_ip))"), params![], dialer)?,
            templates: templates.into_iter().map(|found| (found.template_id, found.template_name)).collect(),
            groups: self
                .values("SELECT user_group FROM vicidial_user_groups ORDER BY lower(rtrim(user_group))", params![])?,
        })
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
        )?;
        self.forget_phone(phone)
    }
}
