//! Users and their ranks, as the API changes them. Columns are written by names that are part of the program; every value is
//! bound.

use fleet::TxError;
use fleet::name::key;
use fleet::records::User;
use fleet::users::columns::{AccountsTx, CopiedRanks, LiveAgentRow, Rank, Ranked, RankedRows, UserColumn, UserValues};

use super::{SqlTx, missing};
use crate::database::{Database, NameColumn, Read, ResultRow, SqlValue, number, params, text};

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

impl<D: Database> AccountsTx for SqlTx<D> {
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

    fn does_not_take(&mut self, values: &UserValues) -> Result<Option<UserColumn>, TxError> {
        let takes = |column: UserColumn, value: &str| self.database.takes("vicidial_users", column.name(), value);
        Ok(values.all().iter().find(|(column, value)| !takes(*column, value)).map(|(column, _)| *column))
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
}
