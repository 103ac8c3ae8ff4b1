//! What is begun on tables that know no transactions. A change of such a table is there at once, its rows of the logs only with
//! the commit: so a row of `hotdesk_intent`, which knows them, says before the first change what is about to be changed, and goes
//! with the commit. One that stays tells of a command that was broken off, and is written into the admin log.

use mysql::prelude::Queryable;

use super::link::Link;

/// Written before the first change, on a connection of its own: it is on the disk then.
const BEGIN: &str = "INSERT INTO hotdesk_intent (connection, began, statement) VALUES (?, utc_timestamp(), ?)";

/// Goes with the commit.
pub(super) const END: &str = "DELETE FROM hotdesk_intent WHERE intent_id = ?1";

/// Those whose connection is there no more. The numbers of connections begin anew with the server.
const LEFT: &str = "SELECT intent_id, began, statement FROM hotdesk_intent
    WHERE connection NOT IN (SELECT id FROM information_schema.processlist) OR began < utc_timestamp() - INTERVAL 10 MINUTE";

const TELL: &str = "INSERT INTO vicidial_admin_log
        (event_date, user, ip_address, event_section, event_type, record_id, event_code, event_notes)
    VALUES (?, 'hotdesk', '', 'HOTDESK', 'OTHER', ?, 'HOTDESK COMMAND BROKEN OFF', ?)";

/// How much of a statement is kept. Its values are not: there may be secrets among them.
const STATEMENT: usize = 250;

/// Says that a command is about to change something, and returns the row's number.
pub(super) fn begin(beside: &mut Link, connection: u32, sql: &str) -> Result<u64, mysql::Error> {
    let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let statement = &words[..words.floor_char_boundary(STATEMENT)];
    beside.conn.exec_drop(BEGIN, (connection, statement))?;
    Ok(beside.conn.last_insert_id())
}

/// Takes it back: nothing was changed.
pub(super) fn take_back(beside: &mut Link, intent: u64) -> Result<(), mysql::Error> {
    beside.conn.exec_drop("DELETE FROM hotdesk_intent WHERE intent_id = ?", (intent,))
}

/// Tells of the commands that were broken off. Only one node tells of each.
pub(super) fn tell_what_is_left(beside: &mut Link) -> Result<(), mysql::Error> {
    let left: Vec<(u64, String, String)> = beside.conn.query(LEFT)?;
    for (intent, began, statement) in left {
        take_back(beside, intent)?;
        if beside.conn.affected_rows() == 1 {
            tracing::warn!(%began, statement, "a command was broken off: this is done, and its rows of the logs may be missing");
            let told = format!("broken off after: {statement}");
            beside.conn.exec_drop(TELL, (began, intent.to_string(), told))?;
        }
    }
    Ok(())
}
