//! Carrying a plan out: one transaction, in which every changed row also gets a row of the admin log.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::fleet::Fleet;
use super::plan::{Act, Change, Detail, Plan};
use crate::schema::Row;
use crate::schema::Table;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// Who changes rows, for the admin log.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Which user.
    pub user: &'a str,
    /// From where.
    pub from: IpAddr,
    /// With what, in words.
    pub code: &'static str,
}

impl By<'static> {
    /// A command on the database itself, for which nobody logs in.
    #[must_use]
    pub fn command(code: &'static str) -> Self {
        Self { user: "hotdesk", from: IpAddr::V4(Ipv4Addr::LOCALHOST), code }
    }
}

impl Fleet {
    /// All rows that there are.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let mut fleet = Self::default();
        for section in Table::ALL {
            fleet.set(section, tx.rows(section)?);
        }
        Ok(fleet)
    }
}

/// Carries a plan out, unless the rows are not those any more that it was made from: then nothing is written and the answer
/// is `false`. `told` hears how many changes are written, after each.
///
/// # Errors
/// [`TxError`] when the database fails; nothing must be kept then.
pub fn execute(tx: &mut dyn FleetTx, plan: &Plan, by: By<'_>, told: &dyn Fn(usize)) -> Result<bool, TxError> {
    if Fleet::read(tx)? != plan.before {
        return Ok(false);
    }
    for (change, written) in plan.changes.iter().zip(1..) {
        write_row(tx, change, by)?;
        told(written);
    }
    ask_rebuilds(tx, &plan.changes)?;
    Ok(true)
}

/// Adds, changes or removes one row, with its row of the admin log. None of this looks at any rule.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn write_row(tx: &mut dyn FleetTx, change: &Change, by: By<'_>) -> Result<(), TxError> {
    match change.act {
        Act::Add => tx.add_row(&change.entry)?,
        Act::Change => tx.change_row(&change.entry)?,
        Act::Remove => tx.remove_row(&change.entry)?,
    }
    let entry = &change.entry;
    let record_id = entry.names().last().map_or(entry.table().name(), |(_, name)| name);
    tx.log_admin(&AdminEntry {
        user: by.user,
        from: by.from,
        section: entry.table().log_name(),
        event: match change.act {
            Act::Add => "ADD",
            Act::Change => "MODIFY",
            Act::Remove => "DELETE",
        },
        record_id,
        code: by.code,
        notes: format!("{} {}", entry.title(), words(change)).trim_end().to_owned(),
    })
}

/// What becomes of each column, without any secret: `alias_name "A" -> "B", registration_password changed`.
pub(super) fn words(change: &Change) -> String {
    let word = |detail: &Detail<'_>| match detail.values {
        Some((was, now)) => format!("{} {was:?} -> {now:?}", detail.key),
        None => format!("{} changed", detail.key),
    };
    change.details().iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Asks the dialers whose configuration these changes touch to read it again: their phones, or a template, which any of them
/// may use.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn ask_rebuilds(tx: &mut dyn FleetTx, changes: &[Change]) -> Result<(), TxError> {
    let rows_of = |section| changes.iter().map(|change| &change.entry).filter(move |row| row.table() == section);
    let dialers: BTreeSet<String> = if rows_of(Table::Template).next().is_some() {
        tx.rows(Table::Dialer)?.iter().map(Row::name).collect()
    } else {
        let dialers = rows_of(Table::Phone).chain(rows_of(Table::Dialer));
        dialers.map(|row| row.text("server_ip").to_owned()).collect()
    };
    dialers.iter().try_for_each(|server_ip| tx.ask_rebuild(server_ip))
}
