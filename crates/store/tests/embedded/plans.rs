//! Query plans: look-ups use an index.

use crate::path_of;
use crate::support::Fixture;

#[test]
fn no_query_of_a_request_scans_a_table() {
    let fixture = Fixture::new();
    let connection = rusqlite::Connection::open(path_of(&fixture)).unwrap();
    for lookup in [
        "SELECT 1 FROM phones WHERE lower(rtrim(login)) = ?1",
        "SELECT 1 FROM phones WHERE lower(rtrim(extension)) = ?1 AND lower(rtrim(server_ip)) = ?2",
        "SELECT login FROM phones WHERE lower(rtrim(extension)) = ?1 AND protocol = ?2",
        "SELECT 1 FROM phones_alias WHERE lower(rtrim(alias_id)) = ?1",
        "SELECT 1 FROM servers WHERE lower(rtrim(server_ip)) = ?1",
        "SELECT 1 FROM vicidial_users WHERE lower(rtrim(user)) = ?1",
        "SELECT 1 FROM vicidial_user_groups WHERE lower(rtrim(user_group)) = ?1",
        "SELECT 1 FROM vicidial_conf_templates WHERE lower(rtrim(template_id)) = ?1",
        "SELECT 1 FROM vicidial_ip_list_entries WHERE lower(rtrim(ip_list_id)) = ?1",
        "SELECT 1 FROM phones WHERE lower(rtrim(extension)) > ?1 AND lower(rtrim(extension)) < ?2
         ORDER BY lower(rtrim(extension)), lower(rtrim(server_ip)) LIMIT ?3",
        "SELECT 1 FROM phones WHERE lower(rtrim(server_ip)) = ?1 AND lower(rtrim(extension)) < ?2
         ORDER BY lower(rtrim(extension)) DESC LIMIT ?3",
        "SELECT 1 FROM vicidial_users WHERE lower(rtrim(user)) > ?1 AND lower(rtrim(user)) < ?2
         ORDER BY lower(rtrim(user)) LIMIT ?3",
        "DELETE FROM hotdesk_repeat WHERE began < ?1",
        "SELECT 1 FROM hotdesk_repeat WHERE user = ?1 AND repeat_key = ?2 AND began > ?3",
    ] {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {lookup}")).unwrap();
        let unbound = vec![rusqlite::types::Value::Null; plan.parameter_count()];
        let steps: Vec<String> = plan
            .query_map(rusqlite::params_from_iter(unbound), |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{lookup}: {steps:?}");
    }
}

#[test]
fn finding_names_with_letters_beyond_ascii_reads_only_those() {
    let fixture = Fixture::new();
    let connection = rusqlite::Connection::open(path_of(&fixture)).unwrap();
    for (table, column) in
        [("phones", "login"), ("phones", "extension"), ("phones_alias", "alias_id"), ("vicidial_users", "user")]
    {
        let question = format!("EXPLAIN QUERY PLAN SELECT {column} FROM {table} WHERE {column} GLOB '*[^ -~]*'");
        let step: String = connection.query_row(&question, [], |row| row.get(3)).unwrap();
        assert!(step.contains("beyond_ascii"), "{table}.{column}: {step}");
    }
}
