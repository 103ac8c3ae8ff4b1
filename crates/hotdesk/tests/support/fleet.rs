//! Test fleet written directly into the tables, and requests for it.

use std::io::Write;
use std::path::Path;

use mysql::prelude::Queryable;
use rusqlite::Connection;

/// The logins that the aliases of [`write_call`] stand for.
pub const LOGINS: &str = "cc100a,cc100b";

const DIALER_AND_USER: &str = "
    INSERT INTO servers (server_id, server_ip) VALUES ('one', '192.0.2.1');
    INSERT INTO phones (extension, server_ip, login) VALUES ('cc100', '192.0.2.1', 'cc100a'), ('cc101', '192.0.2.1', 'cc100b');
    INSERT INTO vicidial_users (user, pass, user_level, user_group, api_allowed_functions, vdc_agent_api_access,
           ast_admin_access, ast_delete_phones, modify_users)
    VALUES ('6666', '1234', 9, 'ADMIN', ' ALL_FUNCTIONS ', '1', '1', '1', '1');";

const PHONES: &str = "
    WITH RECURSIVE counted(number) AS (VALUES (1) UNION ALL SELECT number + 1 FROM counted WHERE number < ?1)
    INSERT INTO phones (extension, server_ip, dialplan_number, voicemail_id, login, pass, fullname, conf_secret)
    SELECT printf('x%07d', number), '192.0.2.1', printf('%07d', number), printf('%07d', number), printf('x%07da', number),
           'agent', printf('Phone %07d', number), 'secret' FROM counted";

/// Fills migrated tables: one dialer, the API user 6666 with the password 1234 and every right, the two phones of
/// [`LOGINS`], and `more_phones` further phones.
pub fn fill(database: &Path, more_phones: u32) -> rusqlite::Result<()> {
    let mut connection = Connection::open(database)?;
    let all = connection.transaction()?;
    all.execute_batch(DIALER_AND_USER)?;
    if more_phones > 0 {
        all.execute(PHONES, [more_phones])?;
    }
    all.commit()
}

/// The same on MariaDB.
pub fn fill_mariadb(connection: &mut mysql::Conn, more_phones: u32) -> mysql::Result<()> {
    for statement in DIALER_AND_USER.split_terminator(';') {
        connection.query_drop(statement)?;
    }
    if more_phones == 0 {
        return Ok(());
    }
    connection.query_drop(format!(
        "INSERT INTO phones (extension, server_ip, dialplan_number, voicemail_id, login, pass, fullname, conf_secret)
         SELECT concat('x', lpad(seq, 7, 0)), '192.0.2.1', lpad(seq, 7, 0), lpad(seq, 7, 0), concat('x', lpad(seq, 7, 0), 'a'),
                'agent', concat('Phone ', lpad(seq, 7, 0)), 'secret' FROM seq_1_to_{more_phones}"
    ))
}

/// Writes a request that adds an alias with this id.
pub fn write_call(request: &mut Vec<u8>, alias_id: &str) {
    // Writing to memory cannot fail.
    let _ = write!(
        request,
        "GET /vicidial/non_agent_api.php?function=add_phone_alias&source=load&user=6666&pass=1234&alias_id={alias_id}\
         &alias_name=Alias+{alias_id}&phone_logins={LOGINS} HTTP/1.1\r\nHost: hotdesk\r\n\r\n"
    );
}
