//! Aliases, by the rules of the panel, which are those of `add_phone_alias` and `update_phone_alias`.

use crate::aliases::problems::logins;
use crate::aliases::save::{Delete, Deleted, Draft, Problem, Save, Saved};
use crate::authorization::MissingPermission;
use crate::rows::change::{Ended, Refusal, Task};
use crate::rows::{Fault, Wrong, others};
use crate::schema::{Invalid, Row, Table};
use crate::{FleetTx, name};

/// The key of an alias's group.
const GROUP: &str = "user_group";

pub(super) fn save(tx: &mut dyn FleetTx, task: &Task<'_>, before: Option<&Row>, values: &Row) -> Ended {
    let whole = before.map_or_else(|| values.over(&task.change.row), |row| values.over(row));
    let draft = Draft {
        alias_id: whole.text("alias_id").to_owned(),
        alias_name: whole.text("alias_name").to_owned(),
        logins: logins(whole.text("phone_logins")).map(str::to_owned).collect(),
        active: whole.get("active") != Some("N"),
    };
    // The panel has no group of aliases.
    let group = values.get(GROUP).filter(|group| before.is_none_or(|row| row.text(GROUP) != *group));
    if let Some(group) = group
        && !others::is_there(tx, task, Table::UserGroup, group)?
    {
        let nothing = Invalid::NamesNothing { key: GROUP, value: group.to_owned(), target: Table::UserGroup };
        return Ok(Err(Refusal::Wrong(vec![nothing.into()])));
    }
    let saved = save_draft(tx, task, before.is_some(), draft)?;
    if saved.is_err() {
        return Ok(saved);
    }
    let Some(group) = group else { return Ok(Ok(())) };
    let mut only_group = Row::new(Table::Alias);
    only_group.set(GROUP, group.to_owned());
    let stored = tx.row(&task.change.row)?;
    task.write(tx, stored.as_ref(), &only_group)?;
    Ok(Ok(()))
}

fn save_draft(tx: &mut dyn FleetTx, task: &Task<'_>, is_there: bool, draft: Draft) -> Ended {
    // The row is held since it was looked at, so this is the version that was looked at.
    let version = if is_there { tx.alias(&draft.alias_id)?.map(|alias| Draft::of(&alias).version()) } else { None };
    let save = Save { draft, version, by: task.hand.by.clone() };
    Ok(match save.execute(tx, task.hand.live_status)? {
        Saved::Done => Ok(()),
        Saved::MayNot => Err(Refusal::MayNot(MissingPermission::AdminAccess)),
        Saved::NoSuchAlias | Saved::Outdated(_) => Err(Refusal::NotFound),
        Saved::Refused(problems) => Err(Refusal::Wrong(problems.into_iter().map(wrong).collect())),
    })
}

fn wrong(problem: Problem) -> Wrong {
    let key = match problem {
        Problem::IdLength | Problem::IdCharacters | Problem::IdTaken => "alias_id",
        Problem::NameLength(_) | Problem::NameCharacters => "alias_name",
        Problem::NoMembers | Problem::TooManyMembers | Problem::Unknown(_) | Problem::NeverRegistered(_) => {
            "phone_logins"
        }
    };
    Wrong { key: key.to_owned(), fault: Fault::Alias(problem) }
}

/// Adds a login to an alias, behind the others, or takes one away. A login that is there already stays where it is.
pub(super) fn set_member(tx: &mut dyn FleetTx, task: &Task<'_>, row: &Row, login: &str, is_in: bool) -> Ended {
    let Some(alias) = tx.alias(row.text("alias_id"))? else { return Ok(Err(Refusal::NotFound)) };
    let mut draft = Draft::of(&alias);
    let was_in = draft.logins.iter().any(|member| name::same(member, login));
    match (is_in, was_in) {
        (true, true) => return Ok(Ok(())),
        (false, false) => return Ok(Err(Refusal::NoSuchMember)),
        (true, false) => draft.logins.push(login.to_owned()),
        (false, true) => draft.logins.retain(|member| !name::same(member, login)),
    }
    save_draft(tx, task, true, draft)
}

pub(super) fn delete(tx: &mut dyn FleetTx, task: &Task<'_>, row: &Row) -> Ended {
    let Some(alias) = tx.alias(row.text("alias_id"))? else { return Ok(Err(Refusal::NotFound)) };
    let version = Draft::of(&alias).version();
    let delete = Delete { alias_id: alias.alias_id, version, by: task.hand.by.clone() };
    Ok(match delete.execute(tx)? {
        Deleted::Done => Ok(()),
        Deleted::MayNot => Err(Refusal::MayNot(MissingPermission::AdminAccess)),
        Deleted::MayNotDelete => Err(Refusal::MayNot(MissingPermission::DeletePhones)),
        Deleted::NoSuchAlias | Deleted::Outdated => Err(Refusal::NotFound),
    })
}
