//! Users, by the rules of `add_user` and `update_user`; and nobody gives a right that they lack.

use crate::authorization::Role;
use crate::authorization::Scope;
use crate::authorization::{MissingPermission, missing_permission};
use crate::records::User;
use crate::rows::change::{Ended, Refusal, Task};
use crate::rows::{Fault, Wrong};
use crate::schema::{Invalid, Row, Table};
use crate::users::permissions::ALL_FUNCTIONS;
use crate::{FleetTx, TxError, name};

/// What `add_user` needs beyond a password.
const NEEDED: [&str; 3] = ["full_name", "user_level", "user_group"];

/// The level of a user of whom nothing is said.
const LOWEST: i64 = 1;

/// The key of a password's digest.
const DIGEST: &str = "pass_hash";

/// The key of what an account may call.
const FUNCTIONS: &str = "api_allowed_functions";

/// A right, as its key is called, if the account has it. `None` for what is no right.
fn right(user: &User, key: &str) -> Option<bool> {
    Some(match key {
        "vdc_agent_api_access" => user.vdc_agent_api_access,
        "ast_admin_access" => user.ast_admin_access,
        "ast_delete_phones" => user.ast_delete_phones,
        "modify_users" => user.modify_users,
        "delete_users" => user.delete_users,
        "view_reports" => user.view_reports,
        "modify_same_user_level" => user.modify_same_user_level,
        "ignore_ip_list" => user.ignore_ip_list,
        _ => return None,
    })
}

pub(super) fn save(tx: &mut dyn FleetTx, task: &Task<'_>, before: Option<&Row>, values: &Row) -> Ended {
    if before.is_some_and(|row| level(row) > task.user.highest_to_change()) {
        return Ok(Err(Refusal::MayNot(MissingPermission::AboveOwnLevel)));
    }
    let has_password = values.get(DIGEST).is_some() || task.change.password.is_some();
    let mut wrong = if before.is_none() { missing(values, has_password) } else { Vec::new() };
    wrong.extend(wrong_level(task.user, before, values));
    wrong.extend(wrong_group(tx, task, before, values)?);
    wrong.extend(lacking(task.user, before, values));
    if !wrong.is_empty() {
        return Ok(Err(Refusal::Wrong(wrong)));
    }
    if before.is_some_and(|row| name::same(&task.user.user, row.text("user"))) && shuts_out(task.user, values) {
        let wrong = values.values().map(|(key, _)| key.name.to_owned());
        let wrong = wrong.map(|key| Wrong { key, fault: Fault::LocksOneselfOut });
        return Ok(Err(Refusal::Wrong(wrong.collect())));
    }
    let mut values = values.clone();
    if values.get(DIGEST).is_some() {
        // A plain password would win over the digest.
        values.set("pass", String::new());
    }
    task.write(tx, before, &values)?;
    let name = before.unwrap_or(&task.change.row).text("user").to_owned();
    let user = tx.user(&name)?;
    if let (Some(user), Some(password)) = (&user, &task.change.password) {
        tx.store_password(user, password)?;
        if let Some(row) = before {
            task.log(tx, "MODIFY", row, "pass changed")?;
        }
    }
    let may_enter = user.is_some_and(|user| Role::of(&user).is_some());
    if has_password || !may_enter {
        tx.end_admin_sessions_of(&name, "")?;
    }
    Ok(Ok(()))
}

fn level(row: &Row) -> i64 {
    row.text("user_level").parse().unwrap_or(i64::MAX)
}

/// What a new user lacks.
fn missing(values: &Row, has_password: bool) -> Vec<Wrong> {
    let keys = NEEDED.into_iter().filter(|key| values.text(key).is_empty());
    keys.chain((!has_password).then_some("pass")).map(|key| Invalid::Missing { key }.into()).collect()
}

fn wrong_level(user: &User, before: Option<&Row>, values: &Row) -> Option<Wrong> {
    let wanted = values.get("user_level")?.parse().unwrap_or(LOWEST);
    let may = match before {
        Some(row) => wanted == level(row) || wanted <= user.highest_to_change(),
        None => u64::try_from(wanted).is_ok_and(|wanted| user.may_make_level(wanted)),
    };
    (!may).then(|| Wrong { key: "user_level".to_owned(), fault: Fault::LevelTooHigh })
}

fn wrong_group(
    tx: &mut dyn FleetTx,
    task: &Task<'_>,
    before: Option<&Row>,
    values: &Row,
) -> Result<Option<Wrong>, TxError> {
    let key = "user_group";
    let Some(group) = values.get(key).filter(|group| before.is_none_or(|row| row.text(key) != *group)) else {
        return Ok(None);
    };
    // Without a group, an account sees everything.
    let is_seen = task.eyes.see_group(group) && (group.is_empty() || tx.user_group(group)?.is_some());
    let nothing = || Invalid::NamesNothing { key, value: group.to_owned(), target: Table::UserGroup };
    Ok((!is_seen).then(|| nothing().into()))
}

/// Rights that would be given by somebody who lacks them.
fn lacking(user: &User, before: Option<&Row>, values: &Row) -> Vec<Wrong> {
    let is_new = |key: &str, value: &str| before.is_none_or(|row| row.text(key) != value);
    let mut values = values.clone();
    if before.is_none() && values.text("vdc_agent_api_access") == "1" && values.get(FUNCTIONS).is_none() {
        // The table's default.
        values.set(FUNCTIONS, ALL_FUNCTIONS.to_owned());
    }
    let given = values.values().filter(|(key, value)| is_new(key.name, value));
    let lacking = given.filter(|(key, value)| match key.name {
        FUNCTIONS => !may_allow(user, value),
        name => *value == "1" && right(user, name) == Some(false),
    });
    lacking.map(|(key, _)| Wrong { key: key.name.to_owned(), fault: Fault::RightLacking }).collect()
}

/// Whether somebody may allow these functions: those that they may call.
fn may_allow(user: &User, functions: &str) -> bool {
    let may_call_all = user.may_call("ALL_FUNCTIONS");
    may_call_all || functions.split_whitespace().all(|function| function != "ALL" && user.may_call(function))
}

/// Whether an account could not change users any more if it had these values.
fn shuts_out(user: &User, values: &Row) -> bool {
    let flag = |key: &str, now: bool| values.get(key).map_or(now, |value| matches!(value, "1" | "Y"));
    let after = User {
        active: flag("active", user.active),
        vdc_agent_api_access: flag("vdc_agent_api_access", user.vdc_agent_api_access),
        ast_admin_access: flag("ast_admin_access", user.ast_admin_access),
        modify_users: flag("modify_users", user.modify_users),
        user_level: values.get("user_level").and_then(|level| level.parse().ok()).unwrap_or(user.user_level),
        ..user.clone()
    };
    let loses = |scope| missing_permission(user, scope).is_none() && missing_permission(&after, scope).is_some();
    loses(Scope::Users) || loses(Scope::Phones)
}

pub(super) fn delete(tx: &mut dyn FleetTx, task: &Task<'_>, row: &Row) -> Ended {
    if level(row) > task.user.highest_to_change() {
        return Ok(Err(Refusal::MayNot(MissingPermission::AboveOwnLevel)));
    }
    if name::same(&task.user.user, row.text("user")) {
        let wrong = Wrong { key: "user".to_owned(), fault: Fault::LocksOneselfOut };
        return Ok(Err(Refusal::Wrong(vec![wrong])));
    }
    let Some(user) = tx.user(row.text("user"))? else { return Ok(Err(Refusal::NotFound)) };
    tx.delete_account(&user)?;
    // Somebody else may get the name.
    tx.end_admin_sessions_of(&user.user, "")?;
    task.log(tx, "DELETE", row, "")?;
    Ok(Ok(()))
}
