//! Schema migrations. MariaDB commits each change of a table separately, so every step can be repeated.

use mysql::prelude::Queryable;

use super::address::Address;
use super::dialect::SharedTimes;
use super::link::Link;
use crate::{Location, OpenError};

/// The statements of one version. Each part can be empty: tables shared with VICIdial, Hotdesk's own tables, and triggers and views on
/// the shared tables.
struct Step {
    shared: &'static str,
    own: &'static str,
    follow: &'static str,
}

const STEPS: [Step; 9] = [
    Step {
        shared: include_str!("schema/shared.sql"),
        own: include_str!("schema/own.sql"),
        follow: include_str!("schema/follow.sql"),
    },
    Step::own(include_str!("schema/0002_tokens.sql")),
    Step::own(include_str!("schema/0003_repeats.sql")),
    Step::own(include_str!("schema/0004_nodes.sql")),
    Step::own(include_str!("schema/0005_webhooks.sql")),
    Step {
        follow: include_str!("schema/0006_dialer_files_follow.sql"),
        ..Step::own(include_str!("schema/0006_dialer_files.sql"))
    },
    Step {
        shared: include_str!("schema/0007_pass_key.sql"),
        own: include_str!("schema/0007_credentials.sql"),
        follow: "",
    },
    Step { shared: include_str!("schema/0008_functions.sql"), own: "", follow: "" },
    Step { shared: include_str!("schema/0009_call_context.sql"), own: "", follow: "" },
];

impl Step {
    /// A step that changes only Hotdesk's own tables.
    const fn own(own: &'static str) -> Self {
        Self { shared: "", own, follow: "" }
    }
}

/// The schema version of this Hotdesk.
#[expect(clippy::cast_possible_wrap, reason = "there are few steps")]
pub(crate) const VERSION: i64 = STEPS.len() as i64;

/// The oldest version of Hotdesk, by its table version, that may still run on these tables. During a rolling upgrade, older nodes work
/// on the newer tables; a step that breaks them must raise this number. Before version 4, nodes did not know each other.
const OLDEST: i64 = 4;

/// Waits up to 60 seconds while another node upgrades the tables.
const LOCK: &str = "SELECT GET_LOCK('hotdesk tables', 60)";
const UNLOCK: &str = "DO RELEASE_LOCK('hotdesk tables')";

/// Creates the table with the owner and the version of the schema. Its row is written last.
const CREATE_VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS hotdesk_schema (
    version INT NOT NULL, shared_by VARCHAR(10) NOT NULL, changed TIMESTAMP NOT NULL DEFAULT current_timestamp()
) ENGINE=InnoDB";

/// Adds the column for [`OLDEST`]. Versions of Hotdesk from before this column do not check it.
const ADD_OLDEST: &str = "ALTER TABLE hotdesk_schema ADD COLUMN oldest INT NOT NULL DEFAULT 0";

/// Collations of names, the preferred one first: it distinguishes accents, as the embedded database does.
const COLLATIONS: [&str; 2] = ["utf8mb4_uca1400_as_ci", "utf8mb4_general_ci"];

/// The program that created the shared tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TableOwner {
    Hotdesk,
    /// Hotdesk never alters its tables and adds nothing to them.
    Vicidial,
}

impl TableOwner {
    fn word(self) -> &'static str {
        match self {
            Self::Hotdesk => "hotdesk",
            Self::Vicidial => "vicidial",
        }
    }
}

/// Upgrades the tables to [`VERSION`]. In a database of VICIdial, only if `adopts`.
pub(super) fn upgrade(link: &mut Link, address: &Address, adopts: bool) -> Result<(), OpenError> {
    let at = || Location::Mariadb(Box::new(address.clone()));
    let cannot = |error: mysql::Error| OpenError::Database { at: at(), source: Box::new(error) };
    let found = version(link).map_err(cannot)?;
    if found == VERSION || may_run_on_newer(link, found).map_err(cannot)? {
        return Ok(());
    }
    link.conn.query_drop(LOCK).map_err(cannot)?;
    let upgraded = version(link).map_err(cannot).and_then(|found| {
        let missing = usize::try_from(found).ok().and_then(|done| STEPS.get(done..));
        let missing = missing.ok_or_else(|| OpenError::TooNew { at: at(), found, known: VERSION })?;
        let owner = owner(link, found).map_err(cannot)?;
        if owner == TableOwner::Vicidial && !adopts && !missing.is_empty() {
            return Err(OpenError::Foreign { at: at() });
        }
        run_steps(link, missing, owner).map_err(cannot)
    });
    // The server also releases the lock when the connection ends.
    drop(link.conn.query_drop(UNLOCK));
    upgraded
}

/// Time zone of the shared tables: the server's local time if VICIdial created them.
pub(super) fn shared_times(link: &mut Link) -> Result<SharedTimes, mysql::Error> {
    let found = version(link)?;
    Ok(match owner(link, found)? {
        TableOwner::Hotdesk => SharedTimes::Utc,
        TableOwner::Vicidial => SharedTimes::Local,
    })
}

fn owner(link: &mut Link, version: i64) -> Result<TableOwner, mysql::Error> {
    let is_vicidial = if version == 0 {
        table_exists(link, "phones")?
    } else {
        let written: Option<String> = link.conn.query_first("SELECT shared_by FROM hotdesk_schema")?;
        written.as_deref() == Some(TableOwner::Vicidial.word())
    };
    Ok(if is_vicidial { TableOwner::Vicidial } else { TableOwner::Hotdesk })
}

fn run_steps(link: &mut Link, steps: &[Step], owner: TableOwner) -> Result<(), mysql::Error> {
    let names = match owner {
        TableOwner::Hotdesk => collation(link)?,
        TableOwner::Vicidial => vicidial_collation(link)?,
    };
    link.conn.query_drop(CREATE_VERSION_TABLE)?;
    if !column_exists(link, "hotdesk_schema", "oldest")? {
        link.conn.query_drop(ADD_OLDEST)?;
    }
    for step in steps {
        let scripts = match owner {
            TableOwner::Hotdesk => vec![step.shared, step.own, step.follow],
            TableOwner::Vicidial => vec![step.own],
        };
        for statements in scripts.into_iter().filter(|statements| !statements.is_empty()) {
            let mut results = link.conn.query_iter(statements.replace("{names}", &names))?;
            while let Some(result) = results.iter() {
                result.for_each(drop);
            }
        }
    }
    link.conn.query_drop("DELETE FROM hotdesk_schema")?;
    let write = "INSERT INTO hotdesk_schema (version, shared_by, oldest) VALUES (?, ?, ?)";
    link.conn.exec_drop(write, (VERSION, owner.word(), OLDEST))
}

fn collation(link: &mut Link) -> Result<String, mysql::Error> {
    let mut error = mysql::Error::server_disconnected();
    for collation in COLLATIONS {
        match link.conn.query_drop(format!("SELECT _utf8mb4'a' COLLATE {collation}")) {
            Ok(()) => return Ok(collation.to_owned()),
            Err(unknown) => error = unknown,
        }
    }
    Err(error)
}

/// The collation of VICIdial's names. MariaDB compares names only within one collation.
fn vicidial_collation(link: &mut Link) -> Result<String, mysql::Error> {
    let find = "SELECT collation_name FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = 'vicidial_users' AND column_name = 'user'";
    let found: Option<Option<String>> = link.conn.query_first(find)?;
    found.flatten().map_or_else(|| collation(link), Ok)
}

/// Whether a newer Hotdesk upgraded the tables but still allows this version.
pub(super) fn may_run_on_newer(link: &mut Link, found: i64) -> Result<bool, mysql::Error> {
    if found <= VERSION || !column_exists(link, "hotdesk_schema", "oldest")? {
        return Ok(false);
    }
    let oldest: Option<Option<i64>> = link.conn.query_first("SELECT max(oldest) FROM hotdesk_schema")?;
    Ok(oldest.flatten().is_some_and(|oldest| (1..=VERSION).contains(&oldest)))
}

/// The schema version; 0 without tables.
pub(super) fn version(link: &mut Link) -> Result<i64, mysql::Error> {
    if !table_exists(link, "hotdesk_schema")? {
        return Ok(0);
    }
    Ok(link.conn.query_first("SELECT max(version) FROM hotdesk_schema")?.flatten().unwrap_or(0))
}

/// Whether rows of shared tables cannot be locked, because the tables' engine has no transactions.
pub(super) fn lacks_row_locks(link: &mut Link) -> Result<bool, mysql::Error> {
    let find = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'InnoDB'
        AND table_name IN ('phones', 'phones_alias', 'vicidial_users', 'servers', 'system_settings')";
    Ok(link.conn.query_first::<i64, _>(find)?.is_some())
}

fn table_exists(link: &mut Link, table: &str) -> Result<bool, mysql::Error> {
    let find = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
    Ok(link.conn.exec_first::<i64, _, _>(find, (table,))?.is_some())
}

fn column_exists(link: &mut Link, table: &str, column: &str) -> Result<bool, mysql::Error> {
    let find = "SELECT 1 FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?";
    Ok(link.conn.exec_first::<i64, _, _>(find, (table, column))?.is_some())
}
