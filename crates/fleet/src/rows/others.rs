//! Dialers, templates, groups of users, campaigns and lists of addresses: what a row names has to be there, and what is named by
//! another one stays.

use crate::authorization::MissingPermission;
use crate::authorization::Visibility;
use crate::dialers::save;
use crate::dialers::save::Deleted;
use crate::records::UserGroup;
use crate::rows::change::{Ended, Refusal, Task};
use crate::rows::{Fault, Wrong};
use crate::schema::{Invalid, Row, Table};
use crate::{FleetTx, TxError, name};

/// Keys that name rows of another section.
const REFERENCES: [(Table, &str, Table); 4] = [
    (Table::Dialer, "active_twin_server_ip", Table::Dialer),
    (Table::Template, "user_group", Table::UserGroup),
    (Table::UserGroup, "admin_ip_list", Table::IpList),
    (Table::UserGroup, "api_ip_list", Table::IpList),
];

/// The key of what a group sees.
const VIEW: &str = "admin_viewable_groups";

/// What belongs to no group in particular.
const EVERYBODY: &str = "---ALL---";

pub(super) fn save(tx: &mut dyn FleetTx, task: &Task<'_>, before: Option<&Row>, values: &Row) -> Ended {
    let section = task.change.row.table();
    let mut wrong = Vec::new();
    for key in section.columns().iter().filter(|key| key.required && !key.is_key && before.is_none()) {
        if values.get(key.name).is_none() {
            wrong.push(Invalid::Missing { key: key.name }.into());
        }
    }
    for (_, key, target) in REFERENCES.into_iter().filter(|(of, ..)| *of == section) {
        let Some(value) = values.get(key).filter(|value| !value.is_empty()) else { continue };
        if before.is_some_and(|row| row.text(key) == value) {
            continue;
        }
        if section == target && name::same(value, &task.change.row.name()) {
            wrong.push(Wrong { key: key.to_owned(), fault: Fault::Itself });
        } else if !is_there(tx, task, target, value)? {
            wrong.push(Invalid::NamesNothing { key, value: value.to_owned(), target }.into());
        }
    }
    if section == Table::UserGroup && shows_more(task.eyes, before, values) {
        wrong.push(Wrong { key: VIEW.to_owned(), fault: Fault::RightLacking });
    }
    if !wrong.is_empty() {
        return Ok(Err(Refusal::Wrong(wrong)));
    }
    task.write(tx, before, values)?;
    Ok(Ok(()))
}

/// Whether a group would get to see what the account does not see itself.
fn shows_more(eyes: &Visibility, before: Option<&Row>, values: &Row) -> bool {
    // A new group of which nothing is said sees everything.
    let Some(list) = values.get(VIEW).or(before.is_none().then_some("")) else { return false };
    let is_new = before.is_none_or(|row| row.text(VIEW) != list);
    let group = UserGroup { admin_viewable_groups: list.to_owned(), ..UserGroup::default() };
    is_new && !eyes.see_all() && (group.sees_all() || list.split_whitespace().any(|group| !eyes.see_group(group)))
}

/// Whether there is a row of this name that the account sees; everybody is a group too.
pub(super) fn is_there(tx: &mut dyn FleetTx, task: &Task<'_>, section: Table, name: &str) -> Result<bool, TxError> {
    if name == EVERYBODY {
        return Ok(true);
    }
    let mut named = Row::new(section);
    for key in section.columns().iter().filter(|key| key.is_key) {
        named.set(key.name, name.to_owned());
    }
    Ok(tx.row(&named)?.is_some_and(|row| task.eyes.see(&row)))
}

pub(super) fn delete(tx: &mut dyn FleetTx, task: &Task<'_>, row: &Row) -> Ended {
    if row.table() != Table::Dialer {
        if tx.is_referenced(row)? {
            return Ok(Err(Refusal::InUse));
        }
        task.remove(tx, row)?;
        return Ok(Ok(()));
    }
    Ok(match save::delete(tx, row.text("server_ip"), task.hand.by)? {
        Deleted::Done => Ok(()),
        Deleted::MayNot => Err(Refusal::MayNot(MissingPermission::AdminAccess)),
        Deleted::NoSuchDialer => Err(Refusal::NotFound),
        Deleted::HasPhones(phones) => Err(Refusal::HasPhones(phones)),
        Deleted::HasAgents(agents) => Err(Refusal::HasAgents(agents)),
    })
}
