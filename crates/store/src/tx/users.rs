//! [`UsersTx`] on any engine.

use std::net::IpAddr;

use fleet::TxError;
use fleet::agent_states::{AgentState, sub_statuses};
use fleet::lists::{NamePage, UserSummary};
use fleet::name::key;
use fleet::password::vicidial::HashRule;
use fleet::password::{NewPassword, PasswordColumns, StoredDigest, StoredPassword};
use fleet::records::{OwnPhone, User, UserGroup};
use fleet::schema::Table;
use fleet::tx::{AgentStatesTx, UsersTx};
use fleet::users::columns::{CopiedRanks, LiveAgentRow, Rank, Ranked, RankedRows, UserColumn, UserValues};
use fleet::users::permissions::{Access, Account};

use super::agent_states::{state, state_columns};
use super::{SqlTx, address, missing, new_row, passwords, range};
use crate::database::{Database, NameColumn, Read, SqlValue, WriteConflict, params};
use crate::row::{Reader, insert_columns, row, update, update_columns};

row! { own_phone: OwnPhone { login = "phone_login", pass = "phone_pass" } }

row! { live_agent: LiveAgentRow {
    user = "l.user", campaign_id = "l.campaign_id", conf_exten = "l.conf_exten", status = "l.status",
    lead_id = "l.lead_id", callerid = "l.callerid", calls_today = "l.calls_today", full_name = "u.full_name",
    user_group = "u.user_group", user_level = "u.user_level"
} with { pause_code: String::new(), sub_status: None } }

row! { summary: UserSummary from "vicidial_users" {
    user, full_name, user_level, user_group, active, vdc_agent_api_access, ast_admin_access, api_allowed_functions
} }

row! { group: UserGroup from "vicidial_user_groups" {
    user_group, admin_viewable_groups, api_ip_list, allowed_campaigns
} }

row! { user_columns: User {
    user_id = "u.user_id", user = "u.user", user_level = "u.user_level", user_group = "u.user_group", active = "u.active",
    api_allowed_functions = "u.api_allowed_functions", vdc_agent_api_access = "u.vdc_agent_api_access",
    ast_admin_access = "u.ast_admin_access", ast_delete_phones = "u.ast_delete_phones",
    ignore_ip_list = "u.ignore_ip_list", failed_login_count = "u.failed_login_count",
    last_login_date = "/*FROM LOCAL*/(u.last_login_date)", last_ip = "u.last_ip", api_only = "u.api_only_user",
    modify_users = "u.modify_users", delete_users = "u.delete_users",
    modify_same_user_level = "u.modify_same_user_level", view_reports = "u.view_reports",
    modify_remote_agents = "u.modify_remoteagents"
} with { stored_password: StoredPassword::Nothing } }

row! { passwords: struct Passwords {
    pass: String = "u.pass", pass_hash: String = "u.pass_hash", digest: Option<String> = "c.digest",
    digest_made_for: String = "c.pass_hash"
} }

fn read_user(row: &mut Reader<'_>, rule: Option<&HashRule>) -> Read<User> {
    let user = user_columns(row)?;
    let Passwords { pass, pass_hash, digest, digest_made_for } = passwords(row)?;
    let digest = digest.map(|digest| StoredDigest { digest, made_for: digest_made_for });
    let stored_password = StoredPassword::from_columns(PasswordColumns { pass, pass_hash, digest }, rule);
    Ok(User { stored_password, ..user })
}

fn digit(flag: bool) -> &'static str {
    if flag { "1" } else { "0" }
}

/// No row of an account that was found before.
fn no_account(user: &str) -> TxError {
    missing("vicidial_users", "user_id", user)
}

/// The columns of a user that the API writes, with their values.
fn written(values: &UserValues) -> Vec<(&'static str, SqlValue<'_>)> {
    values.all().iter().map(|(column, value)| (column.name(), value.into())).collect()
}

impl<D: Database> UsersTx for SqlTx<D> {
    fn user(&mut self, user: &str) -> Result<Option<User>, TxError> {
        let settings = self.database.settings()?;
        let key = self.key(NameColumn::User, user)?;
        self.one(
            concat!(
                "SELECT ",
                user_columns!(),
                ", ",
                passwords!(),
                " FROM vicidial_users u LEFT JOIN hotdesk_credentials c ON c.user = ?1 AND c.user_id IN (u.user_id, 0)
             WHERE lower(rtrim(u.user)) = ?1"
            ),
            [key],
            |row| read_user(row, settings.hash_rule.as_ref()),
        )
    }

    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError> {
        let Some(user_id) = self.user(user)?.map(|user| user.user_id) else { return Ok(None) };
        let find = "SELECT full_name FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/";
        let full_name = self.value(find, [user_id])?;
        // Its permissions are read after the row is locked.
        let user = self.user(user)?;
        Ok(user.zip(full_name).map(|(user, full_name)| Account { user, full_name }))
    }

    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError> {
        let (begins, end) = range(&wanted.begins);
        self.all(
            concat!(
                summary!(),
                "WHERE lower(rtrim(user)) >= /*SQLITE*/max/*MARIADB greatest*/(?1, ?3) AND lower(rtrim(user)) < ?2
               AND (lower(rtrim(user)) > ?3 OR ?3 = '')
             ORDER BY lower(rtrim(user)) LIMIT ?4"
            ),
            params![begins, end, key(&wanted.after), wanted.at_most],
            summary,
        )
    }

    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError> {
        self.all(
            concat!(
                "SELECT ",
                own_phone!(),
                " FROM
                 (SELECT 1 AS turn, phone_login, phone_pass FROM vicidial_users WHERE user_id = ?1
                  UNION ALL SELECT 2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?2) own
             WHERE phone_login <> '' ORDER BY turn"
            ),
            params![user.user_id, key(&user.user)],
            own_phone,
        )
    }

    fn create_account(&mut self, user: &str, values: &UserValues) -> Result<(), TxError> {
        self.database.note(NameColumn::User, user);
        let mut columns = vec![("user", user.into())];
        columns.extend(written(values));
        let (sql, values) = insert_columns("vicidial_users", new_row::complete(Table::User, columns));
        self.database.change_once(&sql, &values).map(drop)
    }

    fn copy_account(&mut self, source: &User, user: &str, full_name: &str) -> Result<CopiedRanks, TxError> {
        self.database.note(NameColumn::User, user);
        self.change_one(
            "INSERT INTO vicidial_users (user, pass, full_name, user_level, user_group, phone_login, phone_pass, hotkeys_active,
                    voicemail_id, email, custom_one, custom_two, custom_three, custom_four, custom_five,
                    wrapup_seconds_override, agent_choose_ingroups, agent_choose_blended, closer_default_blended,
                    closer_campaigns, active, api_only_user, api_allowed_functions, vdc_agent_api_access, ast_admin_access,
                    ast_delete_phones, modify_users, delete_users, view_reports, modify_same_user_level,
                    force_change_password, ignore_ip_list, two_factor_override)
             SELECT ?2, '', ?3, user_level, user_group, phone_login, phone_pass, hotkeys_active,
                    voicemail_id, email, custom_one, custom_two, custom_three, custom_four, custom_five,
                    wrapup_seconds_override, agent_choose_ingroups, agent_choose_blended, closer_default_blended,
                    closer_campaigns, active, api_only_user, api_allowed_functions, vdc_agent_api_access, ast_admin_access,
                    ast_delete_phones, modify_users, delete_users, view_reports, modify_same_user_level,
                    force_change_password, ignore_ip_list, two_factor_override
             FROM vicidial_users WHERE user_id = ?1",
            params![source.user_id, user, full_name],
            || no_account(&source.user),
        )?;
        self.change(
            "INSERT INTO hotdesk_backup_phone (user, phone_login, phone_pass)
             SELECT ?2, phone_login, phone_pass FROM hotdesk_backup_phone WHERE user = ?1",
            [key(&source.user), key(user)],
        )?;
        // REPLACE: ranks that were left under this name belong to an earlier user.
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
        let number = [user.user_id.into()];
        let (sql, values) = update_columns("vicidial_users", written(values), "user_id = ?", number);
        match self.database.change_once(&sql, &values)? {
            1 => Ok(()),
            _ => Err(no_account(&user.user)),
        }
    }

    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError> {
        self.run_one(
            update!("vicidial_users" {
                active: if access.active { "Y" } else { "N" },
                user_level: access.user_level,
                vdc_agent_api_access: digit(access.vdc_agent_api_access),
                ast_admin_access: digit(access.ast_admin_access),
                ast_delete_phones: digit(access.ast_delete_phones),
                api_allowed_functions: access.api_allowed_functions,
            } "WHERE user_id = ?", user_id),
            || no_account(&user_id.to_string()),
        )
    }

    fn delete_account(&mut self, user: &User) -> Result<(), TxError> {
        self.database.forget();
        self.change("DELETE FROM vicidial_campaign_agents WHERE user = ?1", [&user.user])?;
        self.change("DELETE FROM vicidial_inbound_group_agents WHERE user = ?1", [&user.user])?;
        self.change("DELETE FROM hotdesk_credentials WHERE user = ?1", [key(&user.user)])?;
        self.change("DELETE FROM hotdesk_backup_phone WHERE user = ?1", [key(&user.user)])?;
        self.change_one("DELETE FROM vicidial_users WHERE user_id = ?1", [user.user_id], || no_account(&user.user))
    }

    fn first_too_long(&mut self, values: &UserValues) -> Result<Option<UserColumn>, TxError> {
        let takes = |column: UserColumn, value: &str| self.database.takes("vicidial_users", column.name(), value);
        Ok(values.all().iter().find(|(column, value)| !takes(*column, value)).map(|(column, _)| *column))
    }

    fn auto_user(&mut self) -> Result<i64, TxError> {
        let find = "SELECT auto_user_add_value FROM system_settings LIMIT 1 /*FOR UPDATE*/";
        Ok(self.value(find, params![])?.unwrap_or(0))
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
        if !with_pauses {
            let select = concat!(
                "SELECT ",
                live_agent!(),
                " FROM vicidial_live_agents l JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(l.user))
                 ORDER BY l.live_agent_id"
            );
            return self.all(select, params![], live_agent);
        }
        let select = concat!(
            "SELECT ",
            live_agent!(),
            ", ",
            state_columns!(),
            ", g.sub_status FROM vicidial_live_agents l
             JOIN vicidial_users u ON lower(rtrim(u.user)) = lower(rtrim(l.user))
             LEFT JOIN vicidial_agent_log g
                ON g.agent_log_id = l.agent_log_id AND lower(rtrim(g.user)) = lower(rtrim(l.user))
             ORDER BY l.live_agent_id"
        );
        let agents: Vec<(LiveAgentRow, AgentState)> = self.all(select, params![], |row| {
            let (agent, state) = (live_agent(row)?, state(row)?);
            Ok((LiveAgentRow { pause_code: row.read()?, ..agent }, state))
        })?;
        let (calls, parked) = (self.active_calls()?, self.parked_callerids()?);
        let states: Vec<&AgentState> = agents.iter().map(|(_, state)| state).collect();
        let sub_statuses = sub_statuses(&states, &calls, &parked);
        let agents = agents.into_iter().zip(sub_statuses);
        Ok(agents.map(|((agent, _), sub_status)| LiveAgentRow { sub_status, ..agent }).collect())
    }

    fn record_login(&mut self, user: &User, from: IpAddr) -> Result<(), TxError> {
        let from = self.database.cut("vicidial_users", "last_ip", &address(from)).into_owned();
        if user.last_login_date == self.stamp && user.last_ip == from && user.failed_login_count == 0 {
            return Ok(());
        }
        self.run_one(
            update!("vicidial_users" { last_login_date: self.stamp => "/*TO LOCAL*/(?)", last_ip: from, failed_login_count: 0_u32 }
                "WHERE user_id = ?", user.user_id),
            || no_account(&user.user),
        )
    }

    fn record_login_failure(&mut self, user: &User, count: i64, restart: bool) -> Result<(), TxError> {
        let find = "SELECT failed_login_count FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/";
        // Simultaneous failures must all count.
        if self.value::<i64>(find, [user.user_id])? != Some(user.failed_login_count) {
            return Err(WriteConflict::error());
        }
        if restart {
            self.run(update!("vicidial_users" { last_login_date: self.stamp => "/*TO LOCAL*/(?)" } "WHERE user_id = ?", user.user_id))?;
        }
        self.run_one(update!("vicidial_users" { failed_login_count: count } "WHERE user_id = ?", user.user_id), || {
            no_account(&user.user)
        })
    }

    fn store_password(&mut self, user: &User, password: &NewPassword) -> Result<(), TxError> {
        let find = "SELECT pass FROM vicidial_users WHERE user_id = ?1 /*FOR UPDATE*/";
        let pass: String = self.value(find, [user.user_id])?.unwrap_or_default();
        // A password that another program wrote meanwhile must not be lost.
        let is_new = match &user.stored_password {
            StoredPassword::Plain(seen) => pass != *seen,
            StoredPassword::Nothing | StoredPassword::Digest(_) => !pass.is_empty(),
            StoredPassword::PassHash(_) => false,
        };
        if is_new {
            return Err(WriteConflict::error());
        }
        if self.database.is_shared_with_vicidial() {
            let plain = std::str::from_utf8(password.plain.bytes()).map_err(|_| passwords::not_text())?;
            return self.keep_as_vicidial(&key(&user.user), plain, password.pass_hash.as_deref());
        }
        self.change_one(
            "UPDATE vicidial_users SET pass = '', pass_hash = ifnull(?2, pass_hash) WHERE user_id = ?1",
            params![user.user_id, password.pass_hash.as_deref()],
            || no_account(&user.user),
        )?;
        self.keep_digest(&key(&user.user), &password.digest)
    }

    fn user_email(&mut self, user: &User) -> Result<String, TxError> {
        Ok(self.value("SELECT email FROM vicidial_users WHERE user_id = ?1", [user.user_id])?.unwrap_or_default())
    }

    fn require_password_change(&mut self, user: &User) -> Result<(), TxError> {
        self.change_one(
            "UPDATE vicidial_users SET force_change_password = 'Y' WHERE user_id = ?1",
            [user.user_id],
            || missing("vicidial_users", "user_id", &user.user),
        )
    }

    fn user_group(&mut self, user_group: &str) -> Result<Option<UserGroup>, TxError> {
        let key = self.key(NameColumn::UserGroup, user_group)?;
        self.one(concat!(group!(), "WHERE lower(rtrim(user_group)) = ?1"), [key], group)
    }

    fn ip_list(&mut self, ip_list_id: &str) -> Result<Vec<String>, TxError> {
        self.values(
            "SELECT ip_address FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1",
            [key(ip_list_id)],
        )
    }
}
