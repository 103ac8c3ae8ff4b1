//! [`UsersTx`] on any engine.

use std::net::IpAddr;

use fleet::TxError;
use fleet::lists::{NamePage, UserSummary};
use fleet::name::key;
use fleet::password::vicidial::HashRule;
use fleet::password::{KeptDigest, NewPassword, PasswordColumns, StoredPassword};
use fleet::records::{NewUser, OwnPhone, User, UserGroup};
use fleet::tx::UsersTx;
use fleet::users::columns::{CopiedRanks, LiveAgentRow, Rank, Ranked, RankedRows, UserColumn, UserValues};
use fleet::users::permissions::{Access, Account};

use super::{SqlTx, missing, range};
use crate::database::{Database, NameColumn, Read, ResultRow, SqlValue, WriteConflict, flag, number, params, text};

/// The columns of a live agent, in the order in which [`live`] reads them.
macro_rules! live_agents {
    ($more:literal, $joins:literal) => {
        concat!(
            "SELECT l.user, l.campaign_id, l.conf_exten, l.status, l.lead_id, l.callerid, l.calls_today,
                    u.full_name, u.user_group, u.user_level, ",
            $more,
            " FROM vicidial_live_agents l JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(l.user)) ",
            $joins,
            " ORDER BY l.live_agent_id"
        )
    };
}

fn live(row: &ResultRow<'_>) -> Read<LiveAgentRow> {
    Ok(LiveAgentRow {
        user: text(row, 0)?,
        campaign_id: text(row, 1)?,
        conf_exten: text(row, 2)?,
        status: text(row, 3)?,
        lead_id: text(row, 4)?,
        callerid: text(row, 5)?,
        calls_today: text(row, 6)?,
        full_name: text(row, 7)?,
        user_group: text(row, 8)?,
        user_level: text(row, 9)?,
        pause_code: text(row, 10)?,
        has_call: row.get(11)?,
    })
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

impl<D: Database> UsersTx for SqlTx<D> {
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

    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError> {
        let Some(user_id) = self.user(user)?.map(|user| user.user_id) else { return Ok(None) };
        let more = self.one(
            "SELECT full_name, modify_users FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/",
            [user_id],
            |row| Ok((text(row, 0)?, flag(row, 1)?)),
        )?;
        // What it may do is looked at once nobody else changes it any more.
        let user = self.user(user)?;
        Ok(user.zip(more).map(|(user, (full_name, modify_users))| Account { user, full_name, modify_users }))
    }

    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            "SELECT user, full_name, user_level, user_group, active, vdc_agent_api_access, ast_admin_access,
                    api_allowed_functions
             FROM vicidial_users
             WHERE lower(rtrim(user)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(user)) < ?2 AND (lower(rtrim(user)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(user)) LIMIT ?4",
            params![begins, end, key(&wanted.after), wanted.at_most],
            |row| {
                Ok(UserSummary {
                    user: text(row, 0)?,
                    full_name: text(row, 1)?,
                    user_level: number(row, 2)?,
                    user_group: text(row, 3)?,
                    active: flag(row, 4)?,
                    vdc_agent_api_access: flag(row, 5)?,
                    ast_admin_access: flag(row, 6)?,
                    api_allowed_functions: text(row, 7)?,
                })
            },
        )
    }

    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError> {
        self.all(
            "SELECT phone_login, phone_pass FROM
                 (SELECT 1 AS turn, phone_login, phone_pass FROM vicidial_users WHERE user_id = ?1
                  UNION ALL SELECT 2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?2) own
             WHERE phone_login <> '' ORDER BY turn",
            params![user.user_id, key(&user.user)],
            |row| Ok(OwnPhone { login: text(row, 0)?, pass: text(row, 1)? }),
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

    fn create_account(&mut self, user: &str, values: &UserValues) -> Result<(), TxError> {
        self.database.note(NameColumn::User, user);
        let names: Vec<&str> =
            std::iter::once("user").chain(values.all().iter().map(|(column, _)| column.name())).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO vicidial_users ({}) VALUES ({marks})", names.join(", "));
        let bound: Vec<SqlValue<'_>> = std::iter::once(user)
            .chain(values.all().iter().map(|(_, value)| value.as_str()))
            .map(SqlValue::from)
            .collect();
        self.database.change_once(&sql, &bound).map(drop)
    }

    fn copy_account(&mut self, source: &User, user: &str, full_name: &str) -> Result<CopiedRanks, TxError> {
        self.database.note(NameColumn::User, user);
        self.change_one(
            "INSERT INTO vicidial_users (user, full_name, user_level, user_group, phone_login, phone_pass, hotkeys_active,
                    voicemail_id, email, custom_one, custom_two, custom_three, custom_four, custom_five,
                    wrapup_seconds_override, agent_choose_ingroups, agent_choose_blended, closer_default_blended,
                    closer_campaigns, active, api_only_user, api_allowed_functions, vdc_agent_api_access, ast_admin_access,
                    ast_delete_phones, modify_users, delete_users, view_reports, modify_same_user_level,
                    force_change_password, ignore_ip_list, two_factor_override)
             SELECT ?2, ?3, user_level, user_group, phone_login, phone_pass, hotkeys_active,
                    voicemail_id, email, custom_one, custom_two, custom_three, custom_four, custom_five,
                    wrapup_seconds_override, agent_choose_ingroups, agent_choose_blended, closer_default_blended,
                    closer_campaigns, active, api_only_user, api_allowed_functions, vdc_agent_api_access, ast_admin_access,
                    ast_delete_phones, modify_users, delete_users, view_reports, modify_same_user_level,
                    force_change_password, ignore_ip_list, two_factor_override
             FROM vicidial_users WHERE user_id = ?1",
            params![source.user_id, user, full_name],
            || missing("vicidial_users", "user_id", &source.user),
        )?;
        self.change(
            "INSERT INTO hotdesk_backup_phone (user, phone_login, phone_pass)
             SELECT ?2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?1",
            [key(&source.user), key(user)],
        )?;
        // Who left ranks behind under this name was somebody else.
        let in_groups = self.put(
            "REPLACE INTO vicidial_inbound_group_agents (user, group_id, group_rank, group_weight, group_grade)
             SELECT ?2, group_id, group_rank, group_weight, group_grade FROM vicidial_inbound_group_agents
             WHERE user = ?1",
            [source.user.as_str(), user],
        )?;
        let campaigns = self.put(
            "REPLACE INTO vicidial_campaign_agents
                    (user, campaign_id, campaign_rank, campaign_weight, campaign_grade)
             SELECT ?2, campaign_id, campaign_rank, campaign_weight, campaign_grade FROM vicidial_campaign_agents
             WHERE user = ?1",
            [source.user.as_str(), user],
        )?;
        Ok(CopiedRanks { in_groups, campaigns })
    }

    fn change_account(&mut self, user: &User, values: &UserValues) -> Result<(), TxError> {
        let columns: Vec<String> = values.all().iter().map(|(column, _)| format!("{} = ?", column.name())).collect();
        let sql = format!("UPDATE vicidial_users SET {} WHERE user_id = ?", columns.join(", "));
        let mut bound: Vec<SqlValue<'_>> = values.all().iter().map(|(_, value)| SqlValue::from(value)).collect();
        bound.push(SqlValue::from(user.user_id));
        match self.database.change_once(&sql, &bound)? {
            1 => Ok(()),
            _ => Err(missing("vicidial_users", "user_id", &user.user)),
        }
    }

    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError> {
        let digit = |flag: bool| if flag { "1" } else { "0" };
        self.change_one(
            "UPDATE vicidial_users SET active = ?2, user_level = ?3, vdc_agent_api_access = ?4, ast_admin_access = ?5,
                    ast_delete_phones = ?6, api_allowed_functions = ?7
             WHERE user_id = ?1",
            params![
                user_id,
                if access.active { "Y" } else { "N" },
                access.user_level,
                digit(access.vdc_agent_api_access),
                digit(access.ast_admin_access),
                digit(access.ast_delete_phones),
                access.api_allowed_functions
            ],
            || missing("vicidial_users", "user_id", &user_id.to_string()),
        )
    }

    fn delete_account(&mut self, user: &User) -> Result<(), TxError> {
        self.database.forget();
        self.change("DELETE FROM vicidial_campaign_agents WHERE user = ?1", [&user.user])?;
        self.change("DELETE FROM vicidial_inbound_group_agents WHERE user = ?1", [&user.user])?;
        self.change("DELETE FROM hotdesk_credentials WHERE user = ?1", [key(&user.user)])?;
        self.change("DELETE FROM hotdesk_backup_phone WHERE user = ?1", [key(&user.user)])?;
        self.change_one("DELETE FROM vicidial_users WHERE user_id = ?1", [user.user_id], || {
            missing("vicidial_users", "user_id", &user.user)
        })
    }

    fn does_not_take(&mut self, values: &UserValues) -> Result<Option<UserColumn>, TxError> {
        let takes = |column: UserColumn, value: &str| self.database.takes("vicidial_users", column.name(), value);
        Ok(values.all().iter().find(|(column, value)| !takes(*column, value)).map(|(column, _)| *column))
    }

    fn auto_user(&mut self) -> Result<i64, TxError> {
        let value =
            self.one("SELECT auto_user_add_value FROM system_settings LIMIT 1 /*FOR UPDATE*/", params![], |row| {
                number(row, 0)
            })?;
        Ok(value.unwrap_or(0))
    }

    fn set_auto_user(&mut self, number: i64) -> Result<(), TxError> {
        self.change("UPDATE system_settings SET auto_user_add_value = ?1", [number]).map(drop)
    }

    fn rank(&mut self, user: &User, rank: &Rank<'_>) -> Result<RankedRows, TxError> {
        let (keep, show) = match rank.ranked {
            Ranked::Campaigns => (
                "INSERT INTO vicidial_campaign_agents (user, campaign_id, campaign_rank, campaign_weight, campaign_grade)
                 SELECT ?1, campaign_id, ifnull(?2, 0), ifnull(?2, 0), ifnull(?3, 1) FROM vicidial_campaigns
                 WHERE ?4 IS NULL OR campaign_id = ?4 COLLATE NOCASE
                 ON CONFLICT (user, campaign_id) DO UPDATE SET campaign_rank = ifnull(?2, campaign_rank),
                    campaign_weight = ifnull(?2, campaign_weight), campaign_grade = ifnull(?3, campaign_grade)",
                "UPDATE vicidial_live_agents SET campaign_weight = ifnull(?2, campaign_weight),
                    campaign_grade = ifnull(?3, campaign_grade)
                 WHERE user = ?1 AND (?4 IS NULL OR campaign_id = ?4 COLLATE NOCASE)",
            ),
            Ranked::InGroups => (
                "INSERT INTO vicidial_inbound_group_agents (user, group_id, group_rank, group_weight, group_grade)
                 SELECT ?1, group_id, ifnull(?2, 0), ifnull(?2, 0), ifnull(?3, 1) FROM vicidial_inbound_groups
                 WHERE ?4 IS NULL OR group_id = ?4 COLLATE NOCASE
                 ON CONFLICT (user, group_id) DO UPDATE SET group_rank = ifnull(?2, group_rank),
                    group_weight = ifnull(?2, group_weight), group_grade = ifnull(?3, group_grade)",
                "UPDATE vicidial_live_inbound_agents SET group_weight = ifnull(?2, group_weight),
                    group_grade = ifnull(?3, group_grade)
                 WHERE user = ?1 AND (?4 IS NULL OR group_id = ?4 COLLATE NOCASE)",
            ),
        };
        let kept = self.put(keep, params![user.user, rank.rank, rank.grade, rank.only])?;
        let live = self.change(show, params![user.user, rank.rank, rank.grade, rank.only])?;
        Ok(RankedRows { kept, live })
    }

    fn live_agents(&mut self, with_pauses: bool) -> Result<Vec<LiveAgentRow>, TxError> {
        let select = if with_pauses {
            live_agents!(
                "g.sub_status, EXISTS (SELECT 1 FROM vicidial_auto_calls c WHERE c.callerid = l.callerid)",
                "LEFT JOIN vicidial_agent_log g ON g.agent_log_id = l.agent_log_id"
            )
        } else {
            live_agents!("'', 0", "")
        };
        self.all(select, params![], live)
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
}
