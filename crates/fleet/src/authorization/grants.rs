//! Rules for changing accounts: nobody grants a right or a level that they lack, changes an account above their own level, or
//! locks themselves out. They apply to the panel, the JSON API and the Non-Agent API.

use crate::authorization::functions::ALL_FUNCTIONS;
use crate::authorization::{MissingPermission, Scope, missing_permission};
use crate::name;
use crate::records::User;
use crate::save::{InvalidKey, KeyFault, SaveRefusal};
use crate::schema::Row;

/// The column with the functions that an account may call.
const FUNCTIONS: &str = "api_allowed_functions";

/// The columns with the rights of an account.
const RIGHTS: [&str; 8] = [
    "vdc_agent_api_access",
    "ast_admin_access",
    "ast_delete_phones",
    "modify_users",
    "delete_users",
    "view_reports",
    "modify_same_user_level",
    "ignore_ip_list",
];

/// Whether the account has the right in this column; `None` if the column is not a right.
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

/// Refuses to change or delete an account of a higher level than the actor may change.
pub(crate) fn check_level(actor: &User, user_level: i64) -> Result<(), SaveRefusal> {
    if user_level > actor.highest_changeable_level() {
        return Err(SaveRefusal::Missing(MissingPermission::AboveOwnLevel));
    }
    Ok(())
}

/// The fault if the actor may not grant this level.
pub(crate) fn level_too_high(actor: &User, before: Option<i64>, level: i64) -> Option<InvalidKey> {
    let may = match before {
        Some(before) => level == before || level <= actor.highest_changeable_level(),
        None => u64::try_from(level).is_ok_and(|level| actor.may_create_level(level)),
    };
    (!may).then(|| InvalidKey::new("user_level", KeyFault::LevelTooHigh))
}

/// Rights in these values that the actor may not grant. Rights that the account already has may stay.
pub(crate) fn rights_lacking(actor: &User, before: Option<&Row>, values: &Row) -> Vec<InvalidKey> {
    let is_new = |key: &str, value: &str| before.is_none_or(|row| row.text(key) != value);
    let mut values = values.clone();
    if before.is_none() && values.text("vdc_agent_api_access") == "1" && values.get(FUNCTIONS).is_none() {
        // The table's default.
        values.set(FUNCTIONS, ALL_FUNCTIONS.to_owned());
    }
    let given = values.values().filter(|(key, value)| is_new(key.name, value));
    let lacking = given.filter(|(key, value)| match key.name {
        FUNCTIONS => !may_allow(actor, before, value),
        name => *value == "1" && right(actor, name) == Some(false),
    });
    lacking.map(|(key, _)| InvalidKey::new(key.name, KeyFault::RightLacking)).collect()
}

/// Whether the actor has every right that a copy of this account would have. Exception: VICIdial copies `modify_same_user_level`,
/// which every account has by default, even for callers without it (recorded: `copy_user/as-8008-8003`).
pub(crate) fn may_copy(actor: &User, source: &User) -> bool {
    let rights = RIGHTS.iter().filter(|key| **key != "modify_same_user_level");
    let has_all = rights.copied().all(|key| right(source, key) != Some(true) || right(actor, key) == Some(true));
    // Without API access, the list of functions has no effect.
    has_all && (!source.vdc_agent_api_access || may_allow(actor, None, &source.api_allowed_functions))
}

/// Whether the actor may grant these functions: those that the actor may call, and those that the account already has.
fn may_allow(actor: &User, before: Option<&Row>, functions: &str) -> bool {
    let is_allowed = |function: &str| {
        let before = before.map_or("", |row| row.text(FUNCTIONS));
        actor.may_call(function) || before.split_whitespace().any(|allowed| allowed == function)
    };
    let stands_for_all = |function: &str| function == "ALL" || function.contains("ALL_FUNCTIONS");
    actor.may_call("ALL_FUNCTIONS")
        || functions.split_whitespace().all(|function| !stands_for_all(function) && is_allowed(function))
}

/// Refuses values that would take permissions from the actor's own account.
pub(crate) fn check_own_account(actor: &User, before: &Row, values: &Row) -> Result<(), SaveRefusal> {
    if !name::same(&actor.user, before.text("user")) || !locks_out(actor, values) {
        return Ok(());
    }
    let changed = values.values().filter(|(key, value)| !key.is_key && before.get(key.name) != Some(value));
    Err(SaveRefusal::Invalid(changed.map(|(key, _)| InvalidKey::new(key.name, KeyFault::LocksOwnAccountOut)).collect()))
}

/// Refuses to delete the actor's own account.
pub(crate) fn check_deletes_other(actor: &User, user: &str) -> Result<(), SaveRefusal> {
    if name::same(&actor.user, user) {
        return Err(SaveRefusal::Invalid(vec![InvalidKey::new("user", KeyFault::LocksOwnAccountOut)]));
    }
    Ok(())
}

fn locks_out(user: &User, values: &Row) -> bool {
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
