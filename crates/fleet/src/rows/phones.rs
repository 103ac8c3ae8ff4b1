//! Phones, by the rules of the panel, which are those of `add_phone` and `update_phone`.

use crate::FleetTx;
use crate::authorization::MissingPermission;
use crate::phones::save::{Goal, sitting, version};
use crate::phones::{Removal, Removed, Save, Saved, rules};
use crate::records::PhoneKey;
use crate::rows::change::{Ended, Refusal, Task};
use crate::rows::{Fault, Wrong};
use crate::schema::{Invalid, Row, Table};

fn key_of(row: &Row) -> PhoneKey {
    PhoneKey { extension: row.text("extension").to_owned(), server_ip: row.text("server_ip").to_owned() }
}

pub(super) fn save(tx: &mut dyn FleetTx, task: &Task<'_>, before: Option<&Row>, values: &Row) -> Ended {
    // In a form, an empty secret is one that nobody typed; here it is one that nobody can have.
    let empty = values.values().filter(|(key, value)| key.secret && value.is_empty());
    let wrong: Vec<Wrong> = empty.map(|(key, _)| Invalid::Missing { key: key.name }.into()).collect();
    if !wrong.is_empty() {
        return Ok(Err(Refusal::Wrong(wrong)));
    }
    let (typed, goal) = match before {
        None => (values.over(&task.change.row), Goal::New { like: None }),
        Some(row) => {
            let Some(phone) = tx.phone(&key_of(row))? else { return Ok(Err(Refusal::NotFound)) };
            let mut open = row.clone();
            row.values().filter(|(key, _)| key.secret).for_each(|(key, _)| open.unset(key.name));
            let (version, key) = (version(&phone, task.hand.tag_key), task.hand.tag_key.to_owned());
            (values.over(&open), Goal::Changed { phone: phone.key(), version, key, with_aliases: false })
        }
    };
    let by = task.hand.by;
    let save = Save { typed, alphabet: task.change.alphabet, goal, by: by.user.clone(), from: by.from };
    let saved = match save.execute(tx)? {
        Saved::Done => Ok(()),
        Saved::Wrong(wrong) => Err(Refusal::Wrong(
            wrong
                .into_iter()
                .map(|wrong| Wrong { key: wrong.key.to_owned(), fault: Fault::Phone(wrong.fault) })
                .collect(),
        )),
        Saved::MayNot => Err(Refusal::MayNot(MissingPermission::AdminAccess)),
        // The row was held when it was looked at, so nobody has changed it meanwhile.
        Saved::NoSuchPhone | Saved::Outdated { .. } => Err(Refusal::NotFound),
    };
    let rest = beside_the_panel(values);
    if saved.is_ok() && rest.values().next().is_some() {
        let stored = tx.row(&task.change.row)?;
        task.write(tx, stored.as_ref(), &rest)?;
    }
    Ok(saved)
}

/// What the panel's form does not have, such as what only the dialers' configuration files need.
fn beside_the_panel(values: &Row) -> Row {
    let mut rest = Row::new(Table::Phone);
    let is_of_the_panel = |name: &str| rules::form_columns().any(|key| key.name == name);
    for (key, value) in values.values().filter(|(key, _)| !is_of_the_panel(key.name)) {
        rest.set(key.name, value.to_owned());
    }
    rest
}

pub(super) fn delete(tx: &mut dyn FleetTx, task: &Task<'_>) -> Ended {
    let key = key_of(&task.change.row);
    let Some(phone) = tx.phone(&key)? else { return Ok(Err(Refusal::NotFound)) };
    let agent = sitting(tx, &phone)?.unwrap_or_default();
    let by = task.hand.by;
    let removal = Removal { phone: key, agent, by: by.user.clone(), from: by.from };
    Ok(match removal.execute(tx)? {
        Removed::Done => Ok(()),
        Removed::NoSuchPhone | Removed::AgentChanged => Err(Refusal::NotFound),
        Removed::MayNot => Err(Refusal::MayNot(MissingPermission::DeletePhones)),
    })
}
