//! Carrying a plan out: one transaction, in which every changed row also gets a row of the admin log.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::entry::Entry;
use super::fleet::Fleet;
use super::plan::{Act, Change, Plan};
use super::section::Section;
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError};

/// Who changes rows, for the admin log.
const USER: &str = "hotdesk";

/// What changes them, for the admin log.
const CODE: &str = "HOTDESK APPLY";

/// Rows by their section. Every method fails with [`TxError`] when the database does.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait FileTx {
    /// All rows of a section with all their columns, in the order of their names.
    fn rows(&mut self, section: Section) -> Result<Vec<Entry>, TxError>;

    /// The row with these names, in the order of the section's keys.
    fn row(&mut self, section: Section, names: &[String]) -> Result<Option<Entry>, TxError>;

    /// Adds a row; what the entry does not set gets the schema's default.
    fn add_row(&mut self, entry: &Entry) -> Result<(), TxError>;

    /// Sets the columns that the entry has, apart from those that name the row.
    fn change_row(&mut self, entry: &Entry) -> Result<(), TxError>;

    /// Removes the row that the entry names.
    fn remove_row(&mut self, entry: &Entry) -> Result<(), TxError>;
}

impl Fleet {
    /// All rows that there are.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read(tx: &mut dyn FileTx) -> Result<Self, TxError> {
        let mut fleet = Self::default();
        for section in Section::ALL {
            fleet.set(section, tx.rows(section)?);
        }
        Ok(fleet)
    }
}

/// Carries a plan out, unless the rows are not those any more that it was made from: then nothing is written and the answer
/// is `false`.
///
/// # Errors
/// [`TxError`] when the database fails; nothing must be kept then.
pub fn carry_out(tx: &mut dyn FleetTx, plan: &Plan) -> Result<bool, TxError> {
    if Fleet::read(tx)? != plan.before {
        return Ok(false);
    }
    for change in &plan.changes {
        match change.act {
            Act::Add => tx.add_row(&change.entry)?,
            Act::Change => tx.change_row(&change.entry)?,
            Act::Remove => tx.remove_row(&change.entry)?,
        }
        log(tx, change)?;
    }
    for server_ip in dialers_to_rebuild(tx, plan)? {
        tx.ask_rebuild(&server_ip)?;
    }
    Ok(true)
}

fn log(tx: &mut dyn FleetTx, change: &Change) -> Result<(), TxError> {
    let entry = &change.entry;
    let record_id = entry.names().last().map_or(entry.section().word(), |(_, name)| name);
    tx.log_admin(&AdminEntry {
        user: USER,
        from: IpAddr::V4(Ipv4Addr::LOCALHOST),
        section: entry.section().log_name(),
        event: match change.act {
            Act::Add => "ADD",
            Act::Change => "MODIFY",
            Act::Remove => "DELETE",
        },
        record_id,
        code: CODE,
        notes: format!("{} {}", entry.title(), change.details()).trim_end().to_owned(),
    })
}

/// The dialers whose configuration a plan changes: their phones, or a template, which any of them may use.
fn dialers_to_rebuild(tx: &mut dyn FleetTx, plan: &Plan) -> Result<BTreeSet<String>, TxError> {
    let changed = |section| plan.changes.iter().map(|change| &change.entry).filter(move |row| row.section() == section);
    if changed(Section::Template).next().is_some() {
        return Ok(tx.rows(Section::Server)?.iter().map(Entry::name).collect());
    }
    let dialers = changed(Section::Phone).chain(changed(Section::Server));
    Ok(dialers.map(|row| row.text("server_ip").to_owned()).collect())
}
