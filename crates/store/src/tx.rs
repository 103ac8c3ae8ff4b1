//! [`FleetTx`] on any engine. Every look-up uses an index; names are found by `lower(rtrim(name))`, or as the engine's tables
//! compare names.

mod accounts;
mod dialer_files;
mod dialers;
mod floor;
mod lines;
mod logins;
mod logs;
mod nodes;
mod panel;
mod past;
mod phones;
mod repeats;
mod resources;
mod rows;
mod seating;
mod sessions;
mod softphones;
mod system;
mod tokens;
mod webhooks;

use std::net::IpAddr;

use fleet::name::{self, key};
use fleet::password::vicidial::HashRule;
use fleet::password::{KeptDigest, NewPassword, PasswordColumns, StoredPassword};
use fleet::records::{Alias, NewUser, Phone, PhoneKey, SystemSettings, User, UserGroup};
use fleet::{FleetTx, Timestamp, TxError};

use phones::{phone_values, read_phone, read_phone_key};

use crate::database::{
    Database, NameColumn, Next, Parameters, Read, ResultRow, WriteConflict, flag, number, params, text,
};

/// A transaction, or a look at what is committed.
pub(crate) struct SqlTx<D> {
    database: D,
    now: Timestamp,
    stamp: String,
}

/// Finds the system's settings, in the order in which [`read_settings`] reads them.
pub(crate) const SETTINGS: &str =
    "SELECT use_non_latin, allow_ip_lists, system_ip_blacklist, pass_hash_enabled, pass_key, pass_cost FROM system_settings
     LIMIT 1";

/// Reads the one row of `system_settings`.
pub(crate) fn read_settings(row: &ResultRow<'_>) -> Read<SystemSettings> {
    Ok(SystemSettings {
        use_non_latin: flag(row, 0)?,
        allow_ip_lists: flag(row, 1)?,
        system_ip_blacklist: text(row, 2)?,
        hash_rule: if flag(row, 3)? { HashRule::from_columns(&text(row, 4)?, number(row, 5)?) } else { None },
    })
}

impl<D: Database> SqlTx<D> {
    pub(crate) fn new(database: D, now: Timestamp) -> Self {
        Self { database, now, stamp: now.stamp() }
    }

    /// The key that a name is looked up with.
    fn key(&mut self, named: NameColumn, name: &str) -> Result<String, TxError> {
        self.database.key(named, name)
    }

    fn exists<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<bool, TxError> {
        Ok(self.one(sql, parameters, |_| Ok(()))?.is_some())
    }

    fn one<'a, T>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        mut read: impl FnMut(&ResultRow<'_>) -> Read<T>,
    ) -> Result<Option<T>, TxError> {
        let mut found = None;
        self.database.visit(sql, parameters.values().as_ref(), &mut |row| {
            found = Some(read(row)?);
            Ok(Next::Enough)
        })?;
        Ok(found)
    }

    fn all<'a, T>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        mut read: impl FnMut(&ResultRow<'_>) -> Read<T>,
    ) -> Result<Vec<T>, TxError> {
        let mut found = Vec::new();
        self.database.visit(sql, parameters.values().as_ref(), &mut |row| {
            found.push(read(row)?);
            Ok(Next::More)
        })?;
        Ok(found)
    }

    fn change<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<usize, TxError> {
        self.database.change(sql, parameters.values().as_ref())
    }

    /// Adds rows, or puts them in the place of those that are there. Returns how many there are.
    fn put<'a>(&self, sql: &str, parameters: impl Parameters<'a>) -> Result<usize, TxError> {
        self.database.put(sql, parameters.values().as_ref())
    }

    /// Changes exactly the row that was found before.
    fn change_one<'a>(
        &self,
        sql: &str,
        parameters: impl Parameters<'a>,
        missing: impl FnOnce() -> TxError,
    ) -> Result<(), TxError> {
        if self.change(sql, parameters)? == 1 { Ok(()) } else { Err(missing()) }
    }

    /// Keeps a digest of the password that a user has just got. It is the user's, and not of who gets the name later, and as
    /// long as VICIdial's own digest stays what it is.
    fn keep_digest(&self, user: &str, digest: &str) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_credentials (user, digest, user_id, pass_hash)
             SELECT ?1, ?2, user_id, ifnull(pass_hash, '') FROM vicidial_users WHERE lower(rtrim(user)) = ?1
             ON CONFLICT (user) DO UPDATE SET digest = excluded.digest, user_id = excluded.user_id,
                 pass_hash = excluded.pass_hash",
            [user, digest],
        )
        .map(drop)
    }

    /// Lets no other transaction give a phone this login, which nothing in the tables forbids. If one has meanwhile, this one
    /// has lost the race, unless the phone had that login before.
    fn claim_login(&self, login: &str, phone: &PhoneKey) -> Result<(), TxError> {
        if !self.database.hold(&format!("login {}", key(login)))? {
            return Ok(());
        }
        let holders = self.all(
            "SELECT extension, server_ip FROM phones WHERE lower(rtrim(login)) = ?1",
            [key(login)],
            read_phone_key,
        )?;
        let is_free = holders.is_empty() || holders.iter().any(|holder| holder.same(phone));
        if is_free { Ok(()) } else { Err(WriteConflict::error()) }
    }
}

fn missing(table: &'static str, column: &'static str, key: &str) -> TxError {
    TxError::Inconsistent { table, column, key: key.to_owned() }
}

fn read_user(row: &ResultRow<'_>, rule: Option<&HashRule>) -> Read<User> {
    let digest: Option<String> = row.get(3)?;
    let beside = text(row, 21)?;
    let digest = digest.map(|digest| KeptDigest { digest, beside });
    let passwords = PasswordColumns { pass: text(row, 2)?, pass_hash: text(row, 20)?, digest };
    Ok(User {
        user_id: row.get(0)?,
        user: text(row, 1)?,
        stored_password: StoredPassword::from_columns(passwords, rule),
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

impl<D: Database> FleetTx for SqlTx<D> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn settings(&mut self) -> Result<SystemSettings, TxError> {
        self.database.settings()
    }

    fn user(&mut self, user: &str) -> Result<Option<User>, TxError> {
        let settings = self.database.settings()?;
        let key = self.key(NameColumn::User, user)?;
        self.one(
            "SELECT u.user_id, u.user, u.pass, c.digest, u.user_level, u.user_group, u.active, u.api_allowed_functions,
                    u.vdc_agent_api_access, u.ast_admin_access, u.ast_delete_phones, u.ignore_ip_list,
                    u.failed_login_count, u.last_login_date, u.last_ip, u.api_only_user, u.modify_users, u.delete_users,
                    u.modify_same_user_level, u.view_reports, u.pass_hash, c.pass_hash
             FROM vicidial_users u LEFT JOIN hotdesk_credentials c ON c.user = ?1 AND c.user_id IN (u.user_id, 0)
             WHERE lower(rtrim(u.user)) = ?1",
            [key],
            |row| read_user(row, settings.hash_rule.as_ref()),
        )
    }

    fn add_user(&mut self, user: &NewUser) -> Result<(), TxError> {
        self.database.note(NameColumn::User, &user.user);
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
        let find = "SELECT failed_login_count FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/";
        // Failures at the same time must all count.
        if self.one(find, [user.user_id], |row| number(row, 0))? != Some(user.failed_login_count) {
            return Err(WriteConflict::error());
        }
        self.change_one(
            "UPDATE vicidial_users SET failed_login_count = ?2,
                    last_login_date = CASE WHEN ?3 THEN ?4 ELSE last_login_date END
             WHERE user_id = ?1",
            params![user.user_id, count, restart, self.stamp],
            || missing("vicidial_users", "user_id", &user.user),
        )
    }

    fn store_password(&mut self, user: &User, password: &NewPassword) -> Result<(), TxError> {
        let find = "SELECT pass FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/";
        let pass = self.one(find, [user.user_id], |row| text(row, 0))?.unwrap_or_default();
        // One that another program wrote meanwhile must not be lost.
        let is_new = match &user.stored_password {
            StoredPassword::Plain(seen) => pass != *seen,
            StoredPassword::Nothing | StoredPassword::Digest(_) => !pass.is_empty(),
            StoredPassword::PassHash(_) => false,
        };
        if is_new {
            return Err(WriteConflict::error());
        }
        self.change_one(
            "UPDATE vicidial_users SET pass = '', pass_hash = ifnull(?2, pass_hash) WHERE user_id = ?1",
            params![user.user_id, password.pass_hash.as_deref()],
            || missing("vicidial_users", "user_id", &user.user),
        )?;
        self.keep_digest(&key(&user.user), &password.digest)
    }

    fn user_group(&mut self, user_group: &str) -> Result<Option<UserGroup>, TxError> {
        let key = self.key(NameColumn::UserGroup, user_group)?;
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
            params![],
            |row| text(row, 0),
        )
    }

    fn has_dialer(&mut self, server_ip: &str) -> Result<bool, TxError> {
        self.exists("SELECT 1 FROM servers WHERE lower(rtrim(server_ip)) = ?1", [key(server_ip)])
    }

    fn has_template(&mut self, template_id: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Template, template_id)?;
        self.exists("SELECT 1 FROM vicidial_conf_templates WHERE lower(rtrim(template_id)) = ?1", [key])
    }

    fn phone(&mut self, phone: &PhoneKey) -> Result<Option<Phone>, TxError> {
        let key = self.key(NameColumn::Extension, &phone.extension)?;
        self.one(
            "SELECT extension, server_ip, dialplan_number, voicemail_id, login, pass, status, active, fullname, protocol,
                    local_gmt, outbound_cid, outbound_alt_cid, template_id, conf_secret, email, phone_context, user_group,
                    is_webphone, webphone_auto_answer, use_external_server_ip, on_hook_agent, phone_ring_timeout,
                    delete_vm_after_email
             FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2 /*FOR UPDATE*/",
            [key, name::key(&phone.server_ip)],
            read_phone,
        )
    }

    fn has_phone(&mut self, phone: &PhoneKey) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Extension, &phone.extension)?;
        self.exists(
            "SELECT 1 FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
            [key, name::key(&phone.server_ip)],
        )
    }

    fn has_login(&mut self, login: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Login, login)?;
        self.exists("SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1 /*BATCHABLE*/", [key])
    }

    fn phones_with_login(&mut self, login: &str) -> Result<Vec<PhoneKey>, TxError> {
        let key = self.key(NameColumn::Login, login)?;
        self.all("SELECT extension, server_ip FROM phones WHERE lower(rtrim(login)) = ?1", [key], read_phone_key)
    }

    fn logins_of_extension(&mut self, extension: &str, protocol: &str) -> Result<Vec<String>, TxError> {
        let key = self.key(NameColumn::Extension, extension)?;
        self.all(
            "SELECT login FROM phones WHERE lower(rtrim(extension)) = ?1 AND protocol = ?2 AND login <> '' ORDER BY lower(rtrim(server_ip))",
            [&key, protocol],
            |row| text(row, 0),
        )
    }

    fn add_phone(&mut self, phone: &Phone) -> Result<(), TxError> {
        self.claim_login(&phone.login, &phone.key())?;
        self.database.note(NameColumn::Extension, &phone.extension);
        self.database.note(NameColumn::Login, &phone.login);
        self.change(
            "INSERT INTO phones (extension, server_ip, dialplan_number, voicemail_id, login, pass, status, active, fullname,
                    protocol, local_gmt, outbound_cid, outbound_alt_cid, template_id, conf_secret, email, phone_context,
                    user_group, is_webphone, webphone_auto_answer, use_external_server_ip, on_hook_agent,
                    phone_ring_timeout, delete_vm_after_email)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
                    ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                    ?17, ?18, ?19, ?20, ?21,
                    ?22, ?23, ?24)",
            phone_values(phone),
        )
        .map(drop)
    }

    fn update_phone(&mut self, phone: &Phone) -> Result<(), TxError> {
        self.claim_login(&phone.login, &phone.key())?;
        self.database.note(NameColumn::Login, &phone.login);
        self.change_one(
            "UPDATE phones SET dialplan_number = ?3, voicemail_id = ?4, login = ?5,
                    pass = ?6, status = ?7, active = ?8, fullname = ?9, protocol = ?10,
                    local_gmt = ?11, outbound_cid = ?12, outbound_alt_cid = ?13,
                    template_id = ?14, conf_secret = ?15, email = ?16,
                    phone_context = ?17, user_group = ?18, is_webphone = ?19,
                    webphone_auto_answer = ?20, use_external_server_ip = ?21,
                    on_hook_agent = ?22, phone_ring_timeout = ?23,
                    delete_vm_after_email = ?24
             WHERE lower(rtrim(extension)) = lower(rtrim(?1)) AND lower(rtrim(server_ip)) = lower(rtrim(?2))",
            phone_values(phone),
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
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.one(
            "SELECT alias_id, alias_name, logins_list, (SELECT 1 FROM hotdesk_inactive_alias WHERE alias_id = ?1)
             FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1 /*FOR UPDATE*/",
            [key],
            |row| {
                Ok(Alias {
                    alias_id: text(row, 0)?,
                    alias_name: text(row, 1)?,
                    logins_list: text(row, 2)?,
                    active: row.get::<Option<i64>>(3)?.is_none(),
                })
            },
        )
    }

    fn has_alias(&mut self, alias_id: &str) -> Result<bool, TxError> {
        let key = self.key(NameColumn::Alias, alias_id)?;
        self.exists("SELECT 1 FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1 /*BATCHABLE*/", [key])
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
