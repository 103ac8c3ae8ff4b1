//! Translation of statements from SQLite's dialect to MariaDB's.
//!
//! The statements of `tx` use the common subset, except for a few constructs that this module translates: comparisons of names (on
//! MariaDB, the column's collation compares, with an index), upserts, and numbered parameters. A statement whose wording must differ
//! on MariaDB contains both variants, marked.

/// Marker at the end of a look-up whose row will be changed: MariaDB locks the row.
pub(super) const FOR_UPDATE: &str = "/*FOR UPDATE*/";

/// Marker at the end of a look-up that must not skip uncommitted rows: MariaDB waits up to a second for their commit.
const SETTLED: &str = "/*SETTLED*/";

/// A statement in MariaDB's dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translated {
    pub text: String,
    /// The index of the value for each parameter.
    pub order: Vec<usize>,
}

/// Time zone of the DATETIME and TIMESTAMP columns of shared tables. Hotdesk's own tables always hold UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedTimes {
    /// UTC, in tables that Hotdesk created.
    Utc,
    /// The server's local time, in VICIdial's own.
    Local,
}

/// Encloses a time in UTC that is stored in a column of a shared table or compared with one: `/*TO LOCAL*/(?1)`.
const TO_LOCAL: &str = "/*TO LOCAL*/(";

/// Encloses a column of a shared table that is read as a time: `/*FROM LOCAL*/(event_date)`.
const FROM_LOCAL: &str = "/*FROM LOCAL*/(";

/// Translates a statement. In a transaction that `writes`, a look-up marked with [`FOR_UPDATE`] locks its row.
pub(super) fn translate(sql: &str, writes: bool, times: SharedTimes) -> Translated {
    let text = select_mariadb_variant(sql);
    let text = match times {
        SharedTimes::Utc => text,
        SharedTimes::Local => {
            let text = replace_calls(&text, TO_LOCAL, ")", to_local);
            replace_calls(&text, FROM_LOCAL, ")", from_local)
        }
    };
    let text = text.replace("INSERT OR IGNORE INTO", "INSERT IGNORE INTO").replace(" COLLATE NOCASE", "");
    let text = translate_index_hints(&text);
    let text = if writes { text.replace(FOR_UPDATE, "FOR UPDATE") } else { text };
    let text = text.replace(SETTLED, "LOCK IN SHARE MODE WAIT 1");
    let text = replace_calls(&text, "lower(rtrim(", "))", str::to_owned);
    let text = replace_calls(&text, "ON CONFLICT (", "DO UPDATE SET", |_| "ON DUPLICATE KEY UPDATE".to_owned());
    positional(&replace_prefixed(&text, "excluded.", |column| format!("VALUES({column})")))
}

/// SQL for the server's local time at a time in UTC. The server knows the rules of its zone, including daylight saving, even if its
/// tables of named zones are empty.
fn to_local(utc: &str) -> String {
    format!("convert_tz({utc}, '+00:00', @@time_zone)")
}

/// SQL for the time in UTC at a local time. A local time in the hour that the end of daylight saving repeats means the later of both,
/// or the earlier one while the later is in the future, so that the age of a new row is correct in that hour too.
fn from_local(local: &str) -> String {
    let utc = format!("convert_tz({local}, @@time_zone, '+00:00')");
    let has_same_local_time = |shifted: &str| format!("{} = {local}", to_local(shifted));
    let (later, earlier) = (format!("{utc} + INTERVAL 1 HOUR"), format!("{utc} - INTERVAL 1 HOUR"));
    let now = "utc_timestamp() + INTERVAL 1 MINUTE";
    format!(
        "(CASE WHEN {later} <= {now} AND {} THEN {later} WHEN {utc} > {now} AND {} THEN {earlier} ELSE {utc} END)",
        has_same_local_time(&later),
        has_same_local_time(&earlier)
    )
}

/// Selects MariaDB's variant in a statement with two variants: `/*SQLITE*/one/*MARIADB other*/`. SQLite reads it as `one`.
fn select_mariadb_variant(sql: &str) -> String {
    let mut translated = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, behind)) = rest.split_once("/*SQLITE*/") {
        let variant = behind.split_once("/*MARIADB").and_then(|(_, variant)| variant.split_once("*/"));
        let Some((variant, after)) = variant else { break };
        translated.push_str(before);
        translated.push_str(variant.strip_prefix(' ').unwrap_or(variant));
        rest = after;
    }
    translated + rest
}

/// Removes the name of an index, unless Hotdesk creates this index on MariaDB too.
fn translate_index_hints(text: &str) -> String {
    replace_prefixed(text, "INDEXED BY ", |index| {
        if index.starts_with("hotdesk_") { format!("FORCE INDEX ({index})") } else { String::new() }
    })
}

/// Replaces `begin`, `end` and the text between them by `become_` of that text.
fn replace_calls(text: &str, begin: &str, end: &str, become_: impl Fn(&str) -> String) -> String {
    let mut translated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(begin) {
        let Some((inner, after)) = behind.split_once(end) else { break };
        translated.push_str(before);
        translated.push_str(&become_(inner));
        rest = after;
    }
    translated + rest
}

/// Replaces every `begin` and the word after it by `become_` of that word.
fn replace_prefixed(text: &str, begin: &str, become_: impl Fn(&str) -> String) -> String {
    let mut translated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(begin) {
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
        let (word, after) = behind.split_at(end);
        translated.push_str(before);
        translated.push_str(&become_(word));
        rest = after;
    }
    translated + rest
}

/// Replaces numbered parameters by bare ones, and records their numbers. A bare parameter has the next number.
fn positional(text: &str) -> Translated {
    let mut translated = Translated { text: String::with_capacity(text.len()), order: Vec::new() };
    let mut characters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        translated.text.push(character);
        is_quoted ^= character == '\'';
        if character != '?' || is_quoted {
            continue;
        }
        let mut number = None;
        while let Some(digit) = characters.peek().and_then(|next| next.to_digit(10)) {
            number = Some(number.unwrap_or(0) * 10 + digit as usize);
            characters.next();
        }
        translated.order.push(number.map_or(translated.order.len(), |number| number.saturating_sub(1)));
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(sql: &str) -> (String, Vec<usize>) {
        let Translated { text, order } = translate(sql, false, SharedTimes::Utc);
        (text, order)
    }

    #[test]
    fn names_are_compared_by_their_column() {
        let (text, order) =
            translated("SELECT 1 FROM phones WHERE lower(rtrim(p.login)) = ?1 AND lower(rtrim(server_ip)) = ?2");
        assert_eq!(text, "SELECT 1 FROM phones WHERE p.login = ? AND server_ip = ?");
        assert_eq!(order, [0, 1]);
        assert_eq!(translated("WHERE campaign_id = ?1 COLLATE NOCASE").0, "WHERE campaign_id = ?");
    }

    #[test]
    fn an_existing_row_is_changed_or_kept() {
        let upsert =
            "INSERT INTO t (a, b_c) VALUES (?1, ?2) ON CONFLICT (a) DO UPDATE SET b_c = excluded.b_c, d = excluded.d";
        let wanted = "INSERT INTO t (a, b_c) VALUES (?, ?) ON DUPLICATE KEY UPDATE b_c = VALUES(b_c), d = VALUES(d)";
        assert_eq!(translated(upsert).0, wanted);
        assert_eq!(translated("INSERT OR IGNORE INTO t VALUES (?1)").0, "INSERT IGNORE INTO t VALUES (?)");
    }

    #[test]
    fn a_value_can_have_several_marks_in_any_order_and_a_quoted_mark_is_text() {
        let (text, order) = translated("UPDATE t SET a = ?12, b = '?3' WHERE c = ?1 OR d = ?12");
        assert_eq!(text, "UPDATE t SET a = ?, b = '?3' WHERE c = ? OR d = ?");
        assert_eq!(order, [11, 0, 11]);
        assert_eq!(translated("VALUES (?, ?, ?)").1, [0, 1, 2]);
    }

    #[test]
    fn an_index_is_named_only_if_mariadb_has_it() {
        let (text, _) = translated("FROM hotdesk_session INDEXED BY hotdesk_session_began WHERE began < ?3");
        assert_eq!(text, "FROM hotdesk_session FORCE INDEX (hotdesk_session_began) WHERE began < ?");
        assert_eq!(translated("FROM phones INDEXED BY phones_inactive WHERE a").0, "FROM phones  WHERE a");
    }

    #[test]
    fn of_two_variants_mariadb_gets_its_own() {
        let (text, order) = translated(
            "SELECT /*SQLITE*/rowid/*MARIADB crc32(a)*/, b FROM t WHERE /*SQLITE*/rowid > ?2/*MARIADB ?2 < 0 OR a > ?3*/ LIMIT ?1",
        );
        assert_eq!(text, "SELECT crc32(a), b FROM t WHERE ? < 0 OR a > ? LIMIT ?");
        assert_eq!(order, [1, 2, 0]);
        assert_eq!(translated("/*SQLITE*/max/*MARIADB greatest*/(?1, ?3)").0, "greatest(?, ?)");
    }

    #[test]
    fn uncommitted_rows_are_waited_for() {
        assert_eq!(
            translated("SELECT a FROM t LIMIT ?2 /*SETTLED*/").0,
            "SELECT a FROM t LIMIT ? LOCK IN SHARE MODE WAIT 1"
        );
    }

    #[test]
    fn times_of_shared_tables_are_converted_where_they_are_local() {
        let sql = "UPDATE t SET at = /*TO LOCAL*/(?2) WHERE /*FROM LOCAL*/(at) < ?1";
        assert_eq!(translated(sql).0, "UPDATE t SET at = /*TO LOCAL*/(?) WHERE /*FROM LOCAL*/(at) < ?");
        let Translated { text, order } = translate(sql, true, SharedTimes::Local);
        assert!(text.starts_with("UPDATE t SET at = convert_tz(?, '+00:00', @@time_zone) WHERE (CASE WHEN"), "{text}");
        assert!(text.ends_with("ELSE convert_tz(at, @@time_zone, '+00:00') END) < ?"), "{text}");
        assert_eq!(order, [1, 0]);
    }

    #[test]
    fn only_a_writing_transaction_locks_a_row() {
        let sql = "SELECT a FROM t WHERE b = ?1 /*FOR UPDATE*/";
        assert_eq!(translate(sql, true, SharedTimes::Utc).text, "SELECT a FROM t WHERE b = ? FOR UPDATE");
        assert_eq!(translate(sql, false, SharedTimes::Utc).text, "SELECT a FROM t WHERE b = ? /*FOR UPDATE*/");
    }
}
