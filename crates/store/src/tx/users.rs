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
use crate::database::{
    Database, NameColumn, Read, ResultRow, SqlValue, WriteConflict, columns, flag, number, params, text,
};

columns! { own_columns, OWN: OwnColumns { phone_login, phone_pass } }

columns! { live_columns, LIVE: LiveColumns {
    user = "l.user", campaign_id = "l.campaign_id", conf_exten = "l.conf_exten", status = "l.status",
    lead_id = "l.lead_id", callerid = "l.callerid", calls_today = "l.calls_today", full_name = "u.full_name",
    user_group = "u.user_group", user_level = "u.user_level"
} }

/// The pause code and whether there is a call come behind these columns.
const BEHIND: usize = LIVE.user_level + 1;

columns! { account_columns, ACCOUNT: AccountColumns { full_name, modify_users } }

columns! { summary_columns, SUMMARY: SummaryColumns {
    user, full_name, user_level, user_group, active, vdc_agent_api_access, ast_admin_access, api_allowed_functions
} }

columns! { group_columns, GROUP: GroupColumns { user_group, admin_viewable_groups, api_ip_list, allowed_campaigns } }

columns! { user_columns, USER: UserColumns {
    user_id = "u.user_id", user = "u.user", pass = "u.pass", digest = "c.digest", user_level = "u.user_level",
    user_group = "u.user_group", active = "u.active", api_allowed_functions = "u.api_allowed_functions",
    vdc_agent_api_access = "u.vdc_agent_api_access", ast_admin_access = "u.ast_admin_access",
    ast_delete_phones = "u.ast_delete_phones", ignore_ip_list = "u.ignore_ip_list",
    failed_login_count = "u.failed_login_count", last_login_date = "u.last_login_date", last_ip = "u.last_ip",
    api_only_user = "u.api_only_user", modify_users = "u.modify_users", delete_users = "u.delete_users",
    modify_same_user_level = "u.modify_same_user_level", view_reports = "u.view_reports", pass_hash = "u.pass_hash",
    digest_made_for = "c.pass_hash"
} }

/// Finds the live agents.
macro_rules! live_agents {
    ($more:literal, $joins:literal) => {
        concat!(
            "SELECT ",
            live_columns!(),
            ", ",
            $more,
            " FROM vicidial_live_agents l JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(l.user)) ",
            $joins,
            " ORDER BY l.live_agent_id"
        )
    };
}

fn live(row: &ResultRow<'_>) -> Read<LiveAgentRow> {
    Ok(LiveAgentRow {
        user: text(row, LIVE.user)?,
        campaign_id: text(row, LIVE.campaign_id)?,
        conf_exten: text(row, LIVE.conf_exten)?,
        status: text(row, LIVE.status)?,
        lead_id: text(row, LIVE.lead_id)?,
        callerid: text(row, LIVE.callerid)?,
        calls_today: text(row, LIVE.calls_today)?,
        full_name: text(row, LIVE.full_name)?,
        user_group: text(row, LIVE.user_group)?,
        user_level: text(row, LIVE.user_level)?,
        pause_code: text(row, BEHIND)?,
        has_call: row.get(BEHIND + 1)?,
    })
}

fn read_user(row: &ResultRow<'_>, rule: Option<&HashRule>) -> Read<User> {
    let digest: Option<String> = row.get(USER.digest)?;
    let beside = text(row, USER.digest_made_for)?;
    let digest = digest.map(|digest| KeptDigest { digest, beside });
    let passwords = PasswordColumns { pass: text(row, USER.pass)?, pass_hash: text(row, USER.pass_hash)?, digest };
    Ok(User {
        user_id: row.get(USER.user_id)?,
        user: text(row, USER.user)?,
        stored_password: StoredPassword::from_columns(passwords, rule),
        user_level: number(row, USER.user_level)?,
        user_group: text(row, USER.user_group)?,
        active: flag(row, USER.active)?,
        api_allowed_functions: text(row, USER.api_allowed_functions)?,
        vdc_agent_api_access: flag(row, USER.vdc_agent_api_access)?,
        ast_admin_access: flag(row, USER.ast_admin_access)?,
        ast_delete_phones: flag(row, USER.ast_delete_phones)?,
        ignore_ip_list: flag(row, USER.ignore_ip_list)?,
        failed_login_count: number(row, USER.failed_login_count)?,
        last_login_date: text(row, USER.last_login_date)?,
        last_ip: text(row, USER.last_ip)?,
        api_only: flag(row, USER.api_only_user)?,
        modify_users: flag(row, USER.modify_users)?,
        delete_users: flag(row, USER.delete_users)?,
        modify_same_user_level: flag(row, USER.modify_same_user_level)?,
        view_reports: flag(row, USER.view_reports)?,
    })
}

impl<D: Database> UsersTx for SqlTx<D> {
    fn user(&mut self, user: &str) -> Result<Option<User>, TxError> {
        let settings = self.database.settings()?;
        let key = self.key(NameColumn::User, user)?;
        self.one(
            concat!(
                "SELECT ",
                user_columns!(),
                " FROM vicidial_users u LEFT JOIN hotdesk_credentials c ON c.user = ?1 AND c.user_id IN (u.user_id, 0)
             WHERE lower(rtrim(u.user)) = ?1"
            ),
            [key],
            |row| read_user(row, settings.hash_rule.as_ref()),
        )
    }

    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError> {
        let Some(user_id) = self.user(user)?.map(|user| user.user_id) else { return Ok(None) };
        let more = self.one(
            concat!("SELECT ", account_columns!(), " FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/"),
            [user_id],
            |row| Ok((text(row, ACCOUNT.full_name)?, flag(row, ACCOUNT.modify_users)?)),
        )?;
        // What it may do is looked at once nobody else changes it any more.
        let user = self.user(user)?;
        Ok(user.zip(more).map(|(user, (full_name, modify_users))| Account { user, full_name, modify_users }))
    }

    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            concat!("SELECT ", summary_columns!(), " FROM vicidial_users
             WHERE lower(rtrim(user)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(user)) < ?2 AND (lower(rtrim(user)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(user)) LIMIT ?4"),
            params![begins, end, key(&wanted.after), wanted.at_most],
            |row| {
                Ok(UserSummary {
                    user: text(row, SUMMARY.user)?,
                    full_name: text(row, SUMMARY.full_name)?,
                    user_level: number(row, SUMMARY.user_level)?,
                    user_group: text(row, SUMMARY.user_group)?,
                    active: flag(row, SUMMARY.active)?,
                    vdc_agent_api_access: flag(row, SUMMARY.vdc_agent_api_access)?,
                    ast_admin_access: flag(row, SUMMARY.ast_admin_access)?,
                    api_allowed_functions: text(row, SUMMARY.api_allowed_functions)?,
                })
            },
        )
    }

    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                own_columns!(),
                " FROM
                 (SELECT 1 AS turn, phone_login, phone_pass FROM vicidial_users WHERE user_id = ?1
                  UNION ALL SELECT 2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?2) own
             WHERE phone_login <> '' ORDER BY turn"
            ),
            params![user.user_id, key(&user.user)],
            |row| Ok(OwnPhone { login: text(row, OWN.phone_login)?, pass: text(row, OWN.phone_pass)? }),
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
            concat!(
                "SELECT ",
                group_columns!(),
                " FROM vicidial_user_groups
             WHERE lower(rtrim(user_group)) = ?1"
            ),
            [key],
            |row| {
                Ok(UserGroup {
                    user_group: text(row, GROUP.user_group)?,
                    admin_viewable_groups: text(row, GROUP.admin_viewable_groups)?,
                    api_ip_list: text(row, GROUP.api_ip_list)?,
                    allowed_campaigns: text(row, GROUP.allowed_campaigns)?,
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
