//! [`FleetTx`] on SQLite. Every look-up uses an index; names are found by `lower(rtrim(name))`.

mod accounts;
mod dialers;
mod floor;
mod lines;
mod logins;
mod logs;
mod panel;
mod past;
mod phones;
mod rows;
mod seating;
mod sessions;
mod system;

use std::net::IpAddr;

use fleet::name::{self, key};
use fleet::password::StoredPassword;
use fleet::records::{Alias, NewUser, Phone, PhoneKey, SystemSettings, User, UserGroup};
use fleet::{FleetTx, Moment, TxError};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params, params};

use super::names::{Named, Spellings};

/// A transaction, or a look at what is committed.
pub(crate) struct SqliteTx<'a> {
    connection: &'a Connection,
    now: Moment,
    stamp: String,
    settings: &'a SystemSettings,
    spellings: &'a mut Spellings,
    /// Whether the settings are others now than those that were given.
    pub(super) has_set_system: bool,
}

/// Reads the one row of `system_settings`.
pub(super) fn read_settings(connection: &Connection) -> rusqlite::Result<SystemSettings> {
    let mut select = connection
        .prepare_cached("SELECT use_non_latin, allow_ip_lists, system_ip_blacklist FROM system_settings LIMIT 1")?;
    let row = |row: &Row<'_>| {
        Ok(SystemSettings {
            use_non_latin: flag(row, 0)?,
            allow_ip_lists: flag(row, 1)?,
            system_ip_blacklist: text(row, 2)?,
        })
    };
    Ok(select.query_row([], row).optional()?.unwrap_or_default())
}

impl<'a> SqliteTx<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        now: Moment,
        settings: &'a SystemSettings,
        spellings: &'a mut Spellings,
    ) -> Self {
        Self { connection, now, stamp: now.stamp(), settings, spellings, has_set_system: false }
    }

    /// The key that a name is looked up with.
    fn key(&mut self, named: Named, name: &str) -> Result<String, TxError> {
        if !self.settings.use_non_latin {
            return Ok(key(name));
        }
        self.spellings.key(self.connection, named, name).map_err(database)
    }

    fn exists(&self, sql: &'static str, parameters: impl Params) -> Result<bool, TxError> {
        self.connection.prepare_cached(sql).and_then(|mut select| select.exists(parameters)).map_err(database)
    }

    fn one<T>(
        &self,
        sql: &'static str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, TxError> {
        let select = || self.connection.prepare_cached(sql)?.query_row(parameters, read).optional();
        select().map_err(database)
    }

    fn all<T>(
        &self,
        sql: &'static str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, TxError> {
        let select = || -> rusqlite::Result<Vec<T>> {
            self.connection.prepare_cached(sql)?.query_map(parameters, read)?.collect()
        };
        select().map_err(database)
    }

    fn change(&self, sql: &'static str, parameters: impl Params) -> Result<usize, TxError> {
        self.connection.prepare_cached(sql).and_then(|mut change| change.execute(parameters)).map_err(database)
    }

    /// Changes exactly the row that was found before.
    fn change_one(
        &self,
        sql: &'static str,
        parameters: impl Params,
        missing: impl FnOnce() -> TxError,
    ) -> Result<(), TxError> {
        if self.change(sql, parameters)? == 1 { Ok(()) } else { Err(missing()) }
    }
}

fn database(error: rusqlite::Error) -> TxError {
    TxError::Database(Box::new(error))
}

fn missing(table: &'static str, column: &'static str, key: &str) -> TxError {
    TxError::Inconsistent { table, column, key: key.to_owned() }
}

/// A text column; NULL reads as empty, a number as its digits.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => String::new(),
        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
        rusqlite::types::ValueRef::Real(number) => number.to_string(),
        rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
    })
}

/// A number; NULL and what is none read as 0, as other programs of these tables have it.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(text(row, column)?.trim().parse().unwrap_or(0))
}

/// A column that is `1` or `Y` for yes.
fn flag(row: &Row<'_>, column: usize) -> rusqlite::Result<bool> {
    Ok(match row.get_ref(column)? {
        rusqlite::types::ValueRef::Integer(number) => number == 1,
        rusqlite::types::ValueRef::Text(bytes) => bytes == b"1" || bytes == b"Y",
        _ => false,
    })
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        user_id: row.get(0)?,
        user: text(row, 1)?,
        stored_password: StoredPassword::from_columns(text(row, 2)?, row.get(3)?),
        user_level: number(row, 4)?,
        user_group: text(row, 5)?,
        active: flag(row, 6)?,
        api_allowed_functions: text(row, 7)?,
        vdc_agent_api_access: flag(row, 8)?,
        ast_admin_access: flag(row, 9)?,
        ast_delete_phones: flag(row, 10)?,
        ignore_ip_list: flag(row, 11)?,
        failed_login_count: number(row, 12)?,
        last_login_date: text(row, 13)?,
        last_ip: text(row, 14)?,
        api_only: flag(row, 15)?,
        modify_users: flag(row, 16)?,
        delete_users: flag(row, 17)?,
        modify_same_user_level: flag(row, 18)?,
        view_reports: flag(row, 19)?,
    })
}

fn read_phone(row: &Row<'_>) -> rusqlite::Result<Phone> {
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

fn read_phone_key(row: &Row<'_>) -> rusqlite::Result<PhoneKey> {
    Ok(PhoneKey { extension: text(row, 0)?, server_ip: text(row, 1)? })
}

/// A phone's columns as named parameters.
macro_rules! phone_params {
    ($phone:ident) => {
        named_params! {
            ":extension": $phone.extension,
            ":server_ip": $phone.server_ip,
            ":dialplan_number": $phone.dialplan_number,
            ":voicemail_id": $phone.voicemail_id,
            ":login": $phone.login,
            ":pass": $phone.pass,
            ":status": $phone.status,
            ":active": $phone.active,
            ":fullname": $phone.fullname,
            ":protocol": $phone.protocol,
            ":local_gmt": $phone.local_gmt,
            ":outbound_cid": $phone.outbound_cid,
            ":outbound_alt_cid": $phone.outbound_alt_cid,
            ":template_id": $phone.template_id,
            ":conf_secret": $phone.conf_secret,
            ":email": $phone.email,
            ":phone_context": $phone.phone_context,
            ":user_group": $phone.user_group,
            ":is_webphone": $phone.is_webphone,
            ":webphone_auto_answer": $phone.webphone_auto_answer,
            ":use_external_server_ip": $phone.use_external_server_ip,
            ":on_hook_agent": $phone.on_hook_agent,
            ":phone_ring_timeout": $phone.phone_ring_timeout,
            ":delete_vm_after_email": $phone.delete_vm_after_email,
        }
    };
}

impl FleetTx for SqliteTx<'_> {
    fn now(&self) -> Moment {
        self.now
    }

    fn settings(&mut self) -> Result<SystemSettings, TxError> {
        Ok(self.settings.clone())
    }

    fn user(&mut self, user: &str) -> Result<Option<User>, TxError> {
        let key = self.key(Named::User, user)?;
        self.one(
            "SELECT u.user_id, u.user, u.pass, c.digest, u.user_level, u.user_group, u.active, u.api_allowed_functions,
                    u.vdc_agent_api_access, u.ast_admin_access, u.ast_delete_phones, u.ignore_ip_list,
                    u.failed_login_count, u.last_login_date, u.last_ip, u.api_only_user, u.modify_users, u.delete_users,
                    u.modify_same_user_level, u.view_reports
             FROM vicidial_users u LEFT JOIN hotdesk_credentials c ON c.user = ?1
             WHERE lower(rtrim(u.user)) = ?1",
            [key],
            read_user,
        )
    }

    fn add_user(&mut self, user: &NewUser) -> Result<(), TxError> {
        self.spellings.note(Named::User, &user.user);
        let digit = |flag: bool| if flag { "1" } else { "0" };
        self.change(
            "INSERT INTO vicidial_users (user, full_name, user_level, user_group, vdc_agent_api_access, ast_admin_access,
                    ast_delete_phones, modify_users, view_reports, api_allowed_functions)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                user.user,
                user.full_name,
                user.user_level,
                user.user_group,
                digit(user.vdc_agent_api_access),
                digit(user.ast_admin_access),
                digit(user.ast_delete_phones),
                digit(user.modify_users),
                digit(user.view_reports),
                user.api_allowed_functions
            ],
        )
        .map(drop)
    }

    fn record_login(&mut self, user: &User, from: IpAddr) -> Result<(), TxError> {
        let from = from.to_string();
        if user.last_login_date == self.stamp && user.last_ip == from && user.failed_login_count == 0 {
            return Ok(());
        }
        self.change_one(
            "UPDATE vicidial_users SET last_login_date = ?2, last_ip = ?3, failed_login_count = 0 WHERE user_id = ?1",
            params![user.user_id, self.stamp, from],
            || missing("vicidial_users", "user_id", &user.user),
        )
    }

    fn record_login_failure(&mut self, user: &User, count: i64, restart: bool) -> Result<(), TxError> {
        self.change_one(
            "UPDATE vicidial_users SET failed_login_count = ?2,
                    last_login_date = CASE WHEN ?3 THEN ?4 ELSE last_login_date END
             WHERE user_id = ?1",
            params![user.user_id, count, restart, self.stamp],
            || missing("vicidial_users", "user_id", &user.user),
        )
    }

    fn store_digest(&mut self, user: &User, digest: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_credentials (user, digest) VALUES (?1, ?2)
             ON CONFLICT (user) DO UPDATE SET digest = excluded.digest",
            [&key(&user.user), digest],
        )?;
        self.change_one("UPDATE vicidial_users SET pass = '' WHERE user_id = ?1", [user.user_id], || {
            missing("vicidial_users", "user_id", &user.user)
        })
    }

    fn user_group(&mut self, user_group: &str) -> Result<Option<UserGroup>, TxError> {
        let key = self.key(Named::UserGroup, user_group)?;
        self.one(
            "SELECT user_group, admin_viewable_groups, api_ip_list, allowed_campaigns FROM vicidial_user_groups
             WHERE lower(rtrim(user_group)) = ?1",
            [key],
            |row| {
                Ok(UserGroup {
                    user_group: text(row, 0)?,
                    admin_viewable_groups: text(row, 1)?,
                    api_ip_list: text(row, 2)?,
                    allowed_campaigns: text(row, 3)?,
                })
            },
        )
    }

    fn ip_list(&mut self, ip_list_id: &str) -> Result<Vec<String>, TxError> {
        self.all(
            "SELECT ip_address FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1",
            [key(ip_list_id)],
            |row| text(row, 0),
        )
    }

    fn active_dialer_gmt(&mut self) -> Result<Option<String>, TxError> {
        self.one(
            "SELECT local_gmt FROM servers WHERE active = 'Y' ORDER BY lower(rtrim(server_ip)) LIMIT 1",
            [],
            |row| text(row, 0),
        )
    }

    fn has_server(&mut self, server_ip: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM servers WHERE lower(rtrim(server_ip)) = ?1", [key(server_ip)])
    }

    fn ask_rebuild(&mut self, server_ip: &str) -> Result<(), TxError> {
        self.change(
            "UPDATE servers SET rebuild_conf_files = 'Y'
             WHERE lower(rtrim(server_ip)) = ?1 AND rebuild_conf_files <> 'Y'
               AND generate_vicidial_conf = 'Y' AND active_asterisk_server = 'Y'",
            [key(server_ip)],
        )
        .map(drop)
    }

    fn ask_rebuild_everywhere(&mut self) -> Result<usize, TxError> {
        self.change("UPDATE servers SET rebuild_conf_files = 'Y' WHERE rebuild_conf_files <> 'Y'", [])
    }

    fn has_template(&mut self, template_id: &str) -> Result<bool, TxError> {
        let key = self.key(Named::Template, template_id)?;
        self.exists("SELECT 1 FROM vicidial_conf_templates WHERE lower(rtrim(template_id)) = ?1", [key])
    }

    fn phone(&mut self, phone: &PhoneKey) -> Result<Option<Phone>, TxError> {
        let key = self.key(Named::Extension, &phone.extension)?;
        self.one(
            "SELECT extension, server_ip, dialplan_number, voicemail_id, login, pass, status, active, fullname, protocol,
                    local_gmt, outbound_cid, outbound_alt_cid, template_id, conf_secret, email, phone_context, user_group,
                    is_webphone, webphone_auto_answer, use_external_server_ip, on_hook_agent, phone_ring_timeout,
                    delete_vm_after_email
             FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
            [key, name::key(&phone.server_ip)],
            read_phone,
        )
    }

    fn has_phone(&mut self, phone: &PhoneKey) -> Result<bool, TxError> {
        let key = self.key(Named::Extension, &phone.extension)?;
        self.exists(
            "SELECT 1 FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
            [key, name::key(&phone.server_ip)],
        )
    }

    fn has_login(&mut self, login: &str) -> Result<bool, TxError> {
        let key = self.key(Named::Login, login)?;
        self.exists("SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1", [key])
    }

    fn phones_with_login(&mut self, login: &str) -> Result<Vec<PhoneKey>, TxError> {
        let key = self.key(Named::Login, login)?;
        self.all("SELECT extension, server_ip FROM phones WHERE lower(rtrim(login)) = ?1", [key], read_phone_key)
    }

    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError> {
        let key = self.key(Named::Extension, extension)?;
        self.all(
            "SELECT login FROM phones WHERE lower(rtrim(extension)) = ?1 AND protocol = ?2 AND login <> '' ORDER BY lower(rtrim(server_ip))",
            [&key, protocol],
            |row| text(row, 0),
        )
    }

    fn add_phone(&mut self, phone: &Phone) -> Result<(), TxError> {
        self.spellings.note(Named::Extension, &phone.extension);
        self.spellings.note(Named::Login, &phone.login);
        self.change(
            "INSERT INTO phones (extension, server_ip, dialplan_number, voicemail_id, login, pass, status, active, fullname,
                    protocol, local_gmt, outbound_cid, outbound_alt_cid, template_id, conf_secret, email, phone_context,
                    user_group, is_webphone, webphone_auto_answer, use_external_server_ip, on_hook_agent,
                    phone_ring_timeout, delete_vm_after_email)
             VALUES (:extension, :server_ip, :dialplan_number, :voicemail_id, :login, :pass, :status, :active, :fullname,
                    :protocol, :local_gmt, :outbound_cid, :outbound_alt_cid, :template_id, :conf_secret, :email,
                    :phone_context, :user_group, :is_webphone, :webphone_auto_answer, :use_external_server_ip,
                    :on_hook_agent, :phone_ring_timeout, :delete_vm_after_email)",
            phone_params!(phone),
        )
        .map(drop)
    }

    fn update_phone(&mut self, phone: &Phone) -> Result<(), TxError> {
        self.spellings.note(Named::Login, &phone.login);
        self.change_one(
            "UPDATE phones SET dialplan_number = :dialplan_number, voicemail_id = :voicemail_id, login = :login,
                    pass = :pass, status = :status, active = :active, fullname = :fullname, protocol = :protocol,
                    local_gmt = :local_gmt, outbound_cid = :outbound_cid, outbound_alt_cid = :outbound_alt_cid,
                    template_id = :template_id, conf_secret = :conf_secret, email = :email,
                    phone_context = :phone_context, user_group = :user_group, is_webphone = :is_webphone,
                    webphone_auto_answer = :webphone_auto_answer, use_external_server_ip = :use_external_server_ip,
                    on_hook_agent = :on_hook_agent, phone_ring_timeout = :phone_ring_timeout,
                    delete_vm_after_email = :delete_vm_after_email
             WHERE lower(rtrim(extension)) = lower(rtrim(:extension)) AND lower(rtrim(server_ip)) = lower(rtrim(:server_ip))",
            phone_params!(phone),
            || missing("phones", "extension", &phone.extension),
        )
    }

    fn delete_phone(&mut self, phone: &PhoneKey) -> Result<(), TxError> {
        self.change_one(
            "DELETE FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
            [key(&phone.extension), key(&phone.server_ip)],
            || missing("phones", "extension", &phone.extension),
        )
    }

    fn alias(&mut self, alias_id: &str) -> Result<Option<Alias>, TxError> {
        let key = self.key(Named::Alias, alias_id)?;
        self.one(
            "SELECT alias_id, alias_name, logins_list, (SELECT 1 FROM hotdesk_inactive_alias WHERE alias_id = ?1)
             FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1",
            [key],
            |row| {
                Ok(Alias {
                    alias_id: text(row, 0)?,
                    alias_name: text(row, 1)?,
                    logins_list: text(row, 2)?,
                    active: row.get::<_, Option<i64>>(3)?.is_none(),
                })
            },
        )
    }

    fn has_alias(&mut self, alias_id: &str) -> Result<bool, TxError> {
        let key = self.key(Named::Alias, alias_id)?;
        self.exists("SELECT 1 FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1", [key])
    }

    fn add_alias(&mut self, alias: &Alias) -> Result<(), TxError> {
        self.spellings.note(Named::Alias, &alias.alias_id);
        self.change(
            "INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES (?1, ?2, ?3)",
            [&alias.alias_id, &alias.alias_name, &alias.logins_list],
        )?;
        if !alias.active {
            self.change("INSERT INTO hotdesk_inactive_alias (alias_id) VALUES (?1)", [key(&alias.alias_id)])?;
        }
        Ok(())
    }

    fn update_alias(&mut self, alias: &Alias) -> Result<(), TxError> {
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
        let key = self.key(Named::Alias, alias_id)?;
        self.change_one("DELETE FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1", [key], || {
            missing("phones_alias", "alias_id", alias_id)
        })
    }
}
