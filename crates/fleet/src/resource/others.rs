//! Dialers, templates, groups of users, campaigns and lists of addresses: what a row names has to be there, and what is named by
//! another one stays.

use super::change::{Ended, Refusal, Task};
use super::may::Lack;
use super::{Fault, Wrong};
use crate::fleet_file::{Entry, Section, What};
use crate::panel::dialers::{self, Deleted};
use crate::{FleetTx, TxError, name};

/// Keys that name rows of another section.
const REFERENCES: [(Section, &str, Section); 4] = [
    (Section::Server, "active_twin_server_ip", Section::Server),
    (Section::Template, "user_group", Section::UserGroup),
    (Section::UserGroup, "admin_ip_list", Section::IpList),
    (Section::UserGroup, "api_ip_list", Section::IpList),
];

/// What belongs to no group in particular.
const EVERYBODY: &str = "---ALL---";

pub(super) fn save(tx: &mut dyn FleetTx, task: &Task<'_>, before: Option<&Entry>, values: &Entry) -> Ended {
    let section = task.change.row.section();
    let mut wrong = Vec::new();
    for key in section.keys().iter().filter(|key| key.needed && !key.names_row && before.is_none()) {
        if values.get(key.name).is_none() {
            wrong.push(What::Missing { key: key.name }.into());
        }
    }
    for (_, key, target) in REFERENCES.into_iter().filter(|(of, ..)| *of == section) {
        let Some(value) = values.get(key).filter(|value| !value.is_empty() && *value != EVERYBODY) else { continue };
        if before.is_some_and(|row| row.text(key) == value) {
            continue;
        }
        if section == target && name::same(value, &task.change.row.name()) {
            wrong.push(Wrong { key: key.to_owned(), fault: Fault::Itself });
        } else if !is_there(tx, task, target, value)? {
            wrong.push(What::NamesNothing { key, value: value.to_owned(), target }.into());
        }
    }
    if !wrong.is_empty() {
        return Ok(Err(Refusal::Wrong(wrong)));
    }
    task.write(tx, before, values)?;
    Ok(Ok(()))
}

/// Whether there is a row of this name that the account sees.
fn is_there(tx: &mut dyn FleetTx, task: &Task<'_>, section: Section, name: &str) -> Result<bool, TxError> {
    let mut named = Entry::new(section);
    for key in section.keys().iter().filter(|key| key.names_row) {
        named.set(key.name, name.to_owned());
    }
    Ok(tx.row(&named)?.is_some_and(|row| task.eyes.see(&row)))
}

pub(super) fn delete(tx: &mut dyn FleetTx, task: &Task<'_>, row: &Entry) -> Ended {
    if row.section() != Section::Server {
        if tx.is_named(row)? {
            return Ok(Err(Refusal::InUse));
        }
        task.remove(tx, row)?;
        return Ok(Ok(()));
    }
    Ok(match dialers::delete(tx, row.text("server_ip"), task.hand.by)? {
        Deleted::Done => Ok(()),
        Deleted::MayNot => Err(Refusal::MayNot(Lack::AdminAccess)),
        Deleted::NoSuchDialer => Err(Refusal::NotFound),
        Deleted::HasPhones(phones) => Err(Refusal::HasPhones(phones)),
        Deleted::HasAgents(agents) => Err(Refusal::HasAgents(agents)),
    })
}
